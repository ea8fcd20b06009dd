"""What a team adds to the checks: words of its own in `words.txt`, plain words and more in `wording.toml`."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.config import FILE_NAME
from newsletter.issue import Issue

WORDS_FILE, WORDING_FILE = "words.txt", "wording.toml"


@dataclass(frozen=True, slots=True)
class Team:
    """The team's own words (in small letters), what it would rather read, and what must not be disclosed.

    `faults` are the lines of `wording.toml` that cannot be used, each with its line number or 0.
    """

    root: Path | None = None
    words: frozenset[str] = frozenset()
    plain: Mapping[str, str] = field(default_factory=dict)
    acronyms: frozenset[str] = frozenset()
    conditions: tuple[str, ...] = ()
    faults: tuple[tuple[int, str], ...] = ()


def read_team(issue: Issue) -> Team:
    """What the files beside the workspace's newsletter.toml say; an empty Team where there are none."""
    root = next((path for path in issue.path.resolve().parents if (path / FILE_NAME).is_file()), None)
    if root is None:
        return Team()
    lines = _text(root / WORDS_FILE).splitlines()
    words = {word.casefold() for line in lines for word in line.partition("#")[0].split()}
    try:
        data = tomllib.loads(_text(root / WORDING_FILE))
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"line (\d+)", str(error))
        return Team(
            root, frozenset(words), faults=((int(where[1]) if where else 0, f"this is not TOML: {error}"),)
        )
    return _read(root, frozenset(words), data)


def _read(root: Path, words: frozenset[str], data: Mapping[str, object]) -> Team:
    faults = [f"the key '{key}' is not known" for key in data.keys() - {"plain", "acronyms", "conditions"}]
    plain = data.get("plain", {})
    if not isinstance(plain, dict) or not all(isinstance(mend, str) for mend in plain.values()):
        faults, plain = [*faults, "'plain' is not a table of words, each with a text"], {}
    lists: dict[str, tuple[str, ...]] = {}
    for key in ("acronyms", "conditions"):
        entries = data.get(key, [])
        if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
            faults, entries = [*faults, f"'{key}' is not a list of texts"], []
        lists[key] = tuple(entry for entry in entries if entry.strip())
    return Team(
        root=root,
        words=words,
        plain={str(word).casefold(): mend for word, mend in plain.items()},
        acronyms=frozenset(lists["acronyms"]),
        conditions=lists["conditions"],
        faults=tuple((0, fault) for fault in sorted(faults)),
    )


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig", errors="replace") if path.is_file() else ""
