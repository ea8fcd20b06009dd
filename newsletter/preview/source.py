"""The files that an issue is made of, line by line, with the findings that stand on each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from newsletter.errors import Problem

#: A page with more lines would be slow; those round a finding are shown wherever they stand.
_MOST_LINES, _AROUND = 2_000, 5
_LONGEST_LINE = 1_000
_LARGEST = 2 << 20
_MOST_FILES = 8
#: Marks that turn the direction of writing round would show a line otherwise than it is.
_TURNING = {mark: f"⟨U+{mark:04X}⟩" for mark in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line with its findings; `number` counts from 1, `skipped` lines before it are left out."""

    number: int
    text: str
    problems: tuple[Problem, ...]
    skipped: int = 0

    @property
    def level(self) -> str:
        """The gravest level of its findings, or ''."""
        found = {problem.level for problem in self.problems}
        return next((level for level in ("error", "warning", "note") if level in found), "")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it is on disk; `number` names it in the page's anchors."""

    number: int
    path: str
    lines: tuple[SourceLine, ...]


def read_sources(root: Path, issue: str, problems: Iterable[Problem]) -> tuple[SourceFile, ...]:
    """The issue's own file, then each other file of the workspace that a finding names a line of."""
    found = list(problems)
    others = sorted({problem.path for problem in found if problem.line and problem.path != issue})
    paths = [issue, *others[: _MOST_FILES - 1]]
    files = (
        _source(number, root, path, [one for one in found if one.path == path])
        for number, path in enumerate(paths)
    )
    return tuple(file for file in files if file is not None)


def anchor(files: Sequence[SourceFile], problem: Problem) -> str:
    """The anchor of the line where a finding stands, or '' where that is not shown."""
    for file in files:
        for line in file.lines:
            if problem in line.problems:
                return f"line-{file.number}-{line.number}"
    return ""


def _source(number: int, root: Path, shown: str, problems: list[Problem]) -> SourceFile | None:
    try:
        path = (root / shown).resolve()
        if not path.is_relative_to(root.resolve()) or not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except (OSError, ValueError):
        return None  # it is gone or closed to us, which the findings say
    return SourceFile(number, shown, tuple(_lines(text.split("\n"), problems)))


def _lines(texts: list[str], problems: list[Problem]) -> Iterable[SourceLine]:
    marked: dict[int, list[Problem]] = {}
    for problem in problems:
        # A fault at the very end is told of the line after the last.
        marked.setdefault(min(problem.line, len(texts)), []).append(problem)
    near = {line + step for line in marked for step in range(-_AROUND, _AROUND + 1)}
    last = 0
    for number, text in enumerate(texts, 1):
        if number <= _MOST_LINES or number in near:
            clipped = text if len(text) <= _LONGEST_LINE else text[:_LONGEST_LINE] + " …"
            yield SourceLine(
                number,
                clipped.rstrip("\r").translate(_TURNING),
                tuple(marked.get(number, ())),
                number - last - 1,
            )
            last = number
