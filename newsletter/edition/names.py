"""Who is of the team, and whether an author is one of them, however either name is written."""

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from newsletter.issue import Contact, Issue, MeetTheTeam, Publications, csl_of, parse_name

# What stands before and behind a name in a list of staff, and never in a list of authors.
_TITLES = re.compile(
    r"^(?:(?:dr|prof|professor|mr|mrs|ms|miss|mx|sir|dame|rev|assoc|associate|assistant|emeritus|yr athro)\.?\s+)+",
    re.I,
)
_DEGREES = re.compile(
    r"(?:,?\s+\(?(?:phd|dphil|md|mbbs|bsc|msc|ma|ba|mph|rn|mbe|obe|cbe|frc\w+|mrc\w+|fr\w{1,3}|she/her|he/him|they/them)\)?)+$",
    re.IGNORECASE,
)


def team_of(issue: Issue, named: Sequence[str]) -> tuple[str, ...]:
    """Whose names stand out: those `named` in newsletter.toml, and the people whom the workspace names.

    These are the people of people.yaml, and of the issue's meet-the-team and contact sections. Where
    newsletter.toml names nobody, and none of them is an author in the issue, there is no team.
    """
    people = tuple(dict.fromkeys(_bare(name) for name in (*issue.known, *_shown(issue))))
    if named or any(is_team_member(name, people) for name in _authors(issue)):
        return (*named, *people)
    return ()


def _shown(issue: Issue) -> list[str]:
    sections = issue.sections
    members = [
        one.name for section in sections if isinstance(section, MeetTheTeam) for one in section.members
    ]
    return members + [
        one.name for section in sections if isinstance(section, Contact) for one in section.people
    ]


def _authors(issue: Issue) -> Iterator[Mapping[str, str]]:
    for section in issue.sections:
        for item in section.items if isinstance(section, Publications) else ():
            csl = csl_of(item)
            yield from csl.get("author") or csl.get("editor") or ()


@functools.lru_cache(maxsize=1024)
def _bare(name: str) -> str:
    return _DEGREES.sub("", _TITLES.sub("", name.strip())).strip()


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
