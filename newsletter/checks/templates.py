"""Where in the workspace's own templates something stands that a finished page has."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from newsletter.config import FILE_NAME
from newsletter.issue import Place

_FOLDERS = ("email", "text", "themes")
_LARGEST = 1_000_000  # bytes
_SHORTEST = 4  # characters: fewer stand in too many lines


@dataclass(frozen=True, slots=True)
class Clues:
    """What leads to a template: words of the finished page, the surest first, or a file that is likely."""

    words: tuple[str, ...] = ()
    file: str = ""


def place_in_templates(root: Path | None, clues: Clues) -> Place | None:
    """File and line, as shown from the workspace, of the first clue that a file of the team's own has.

    Its own files are those in `templates/` and the settings, whose [theme] gives colours. Blanks and capitals
    make no difference. Where no file has the words it is, at line 0, the likely file or the only one; else None.
    """
    files = _own_files(root) if root else ()
    for words in map(_squeezed, clues.words):
        for path, lines in files:
            for number, line in enumerate(lines, 1):
                if len(words) >= _SHORTEST and words in line:
                    return Place(path, number)
    own = [path for path, _ in files if path != FILE_NAME]
    return next((Place(path, 0) for path in own if path == f"templates/{clues.file}" or len(own) == 1), None)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text).casefold().replace("'", '"')


def _own_files(root: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
    paths = [path for folder in _FOLDERS for path in sorted((root / "templates" / folder).rglob("*"))]
    return tuple(_read(root, path) for path in [*paths, root / FILE_NAME] if path.is_file())


def _read(root: Path, path: Path) -> tuple[str, tuple[str, ...]]:
    stat = path.stat()
    lines = _lines(path, stat.st_mtime_ns) if stat.st_size <= _LARGEST else ()
    return path.relative_to(root).as_posix(), lines


@lru_cache(maxsize=64)
def _lines(path: Path, changed: int) -> tuple[str, ...]:
    """The squeezed lines of a file; `changed` makes a saved file be read anew, which the preview needs."""
    return tuple(map(_squeezed, path.read_text(encoding="utf-8-sig", errors="replace").splitlines()))
