"""Tells whether an author is one of the team, however either name is written."""

import unicodedata
from collections.abc import Mapping, Sequence

from newsletter.issue import parse_name


def is_team_member(name: Mapping[str, str], team: Sequence[str]) -> bool:
    """Whether the CSL name is one that newsletter.toml names: 'Tierney S', 'Tierney, S.', 'Stephanie Tierney'.

    The family name must be the same; of given names as much as both say: 'S' fits 'Stephanie', but
    'Stephen' does not.
    """
    family, given = _parts(name)
    return any(family == theirs and _fit(given, first) for theirs, first in map(_team_parts, team))


def _team_parts(text: str) -> tuple[str, list[str]]:
    return _parts(parse_name(text))


def _parts(name: Mapping[str, str]) -> tuple[str, list[str]]:
    """Family name, and given names or initials, all folded; a name in the order of speech is taken apart."""
    if "literal" in name:
        words = name["literal"].split()
        small = next((n for n, word in enumerate(words[1:-1], 1) if word[:1].islower()), len(words) - 1)
        family, given = " ".join(words[small:]), " ".join(words[:small])
    else:
        keys = ("dropping-particle", "non-dropping-particle", "family")
        family = " ".join(name[key] for key in keys if name.get(key))
        given = name.get("given", "")
    return _folded(family), _given(given)


def _given(text: str) -> list[str]:
    found: list[str] = []
    for word in text.replace(".", " ").replace("-", " ").split():
        found += [_folded(char) for char in word] if word.isupper() and len(word) <= 3 else [_folded(word)]
    return found


def _fit(one: list[str], other: list[str]) -> bool:
    pairs = list(zip(one, other, strict=False))
    return bool(pairs or one == other) and all(a.startswith(b) or b.startswith(a) for a, b in pairs)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold().replace("’", "'")
