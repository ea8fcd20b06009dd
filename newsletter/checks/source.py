"""The YAML as it lies on disk, to say on which line of a long text a finding stands."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from newsletter.issue import Issue, Place


@dataclass(frozen=True, slots=True)
class Source:
    """The lines of each file that the issue came from, by the path under which it is shown."""

    files: Mapping[str, tuple[str, ...]]


def read_source(issue: Issue) -> Source:
    """The files that `issue.places` names; those that are not there any more are left out."""
    shown = {place.path for place in issue.places.values()}
    files = {name: _lines(path) for name in shown if (path := _file(issue, name))}
    return Source(files)


def line_of(source: Source, issue: Issue, field: str, *, words: str = "", nth: int = 0) -> Place:
    """The line of `field` on which `words` stand for the `nth` time (from 0), else the field's own."""
    place = issue.place(field)
    lines = source.files.get(place.path)
    if not words or not lines or not place.line:
        return place
    end = _end_of(issue, field, place, len(lines))
    text = "\n".join(lines[place.line - 1 : end])
    hits = [hit.start() for hit in re.finditer(re.escape(words), text)]
    if not hits:
        return place
    return Place(place.path, place.line + text.count("\n", 0, hits[min(nth, len(hits) - 1)]))


def _end_of(issue: Issue, field: str, place: Place, last: int) -> int:
    """The last line that can belong to `field`: the one before the next field that is not part of it."""
    following = [
        other.line
        for name, other in issue.places.items()
        if other.path == place.path and other.line > place.line and not name.startswith(f"{field}.")
    ]
    return min(following, default=last + 1) - 1


def _file(issue: Issue, shown: str) -> Path | None:
    # Paths are shown relative to the workspace, whose folder is one of those above the issue.
    candidates = [folder / shown for folder in issue.path.resolve().parents]
    return next((path for path in candidates if path.is_file()), None)


def _lines(path: Path) -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8-sig", errors="replace").splitlines())
