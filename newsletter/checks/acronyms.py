"""Acronyms that are not spelt out where they stand first."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from newsletter.checks.team import Team

_ACRONYM = re.compile(r"(?<![\w&/.@|-])([A-Z]{2,6})s?\b(?![-&/.@]\w)")
_SPELT = re.compile(r"\(\s*(?:the\s+)?([A-Z]{2,6})s?\b|\b([A-Z]{2,6})s?\s+\([^()]*[a-z]{3}[^()]*\)")
_ROMAN = re.compile(r"[IVXLC]+")
# What nearly every reader in the United Kingdom has met; a team adds its own in wording.toml.
_COMMON = (
    "AGM AM BBC BMC BMJ BSL BST CD CEO CET COVID CV DIY DNA DOI DVD ECG EU FAQ GDPR GMT GP HIV HR ID ISBN IT JAMA MP MRI NB NHS OK "
    "ORCID PA PC PDF PIN PLOS PM PS QR RSVP SMS TB TV UK UN URL US USA USB UTC VAT VIP WC YMCA "
    "FIXME TBA TBC TBD TODO"  # told as what was left from a draft
)
_KNOWN = frozenset(_COMMON.split(" "))


@dataclass(frozen=True, slots=True)
class Acronym:
    """An acronym, and the field where it stands first."""

    name: str
    field: str


def unexplained(texts: Sequence[tuple[str, str]], team: Team) -> Iterator[Acronym]:
    """Each acronym whose first use, in the order of the texts (field and words), comes without its words."""
    known = _KNOWN | {name.upper() for name in team.acronyms} | {word.upper() for word in team.words}
    explained: set[str] = set()
    for field, words in texts:
        # Titles and subject are short; the words may come with the text beneath.
        heads = field.rpartition(".")[2] in {"title", "subject", "preheader", "label", "alt"}
        first = {hit[1]: hit.start() for hit in reversed(list(_ACRONYM.finditer(words)))}
        for name, start in first.items():
            passed = name in explained or name in known or _spelt_at(words, start)
            if heads or passed or _ROMAN.fullmatch(name) or _shouts(words, name):
                continue
            explained.add(name)
            yield Acronym(name, field)
        explained |= {hit[1] or hit[2] for hit in _SPELT.finditer(words)}


def _spelt_at(words: str, start: int) -> bool:
    """Whether the acronym at `start` stands in brackets behind its words, or has them in brackets behind it."""
    return any(hit.start() <= start < hit.end() for hit in _SPELT.finditer(words))


def _shouts(words: str, name: str) -> bool:
    """Whether it is no acronym but a word in a line that stands in capitals."""
    line = next((line for line in words.splitlines() if name in line), "")
    return len(line.split()) > 2 and line == line.upper()
