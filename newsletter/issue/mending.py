"""Where YAML gives up: its error said as a line, what stands there, and how to mend it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from newsletter.errors import Problem
from newsletter.issue.wording import clip

_KEY = re.compile(r"\s*(?:- +)*(?P<key>[\w-]+)\s*:(?P<value>\s.*|)$")
_JOINED = re.compile(r"\s*(?:- +)*(?P<key>[A-Za-z][\w-]*):(?P<value>[^\s:/].*)$")
_BEYOND = re.compile(r"\\U(?!000|0010)[0-9A-Fa-f]{8}")
_QUOTE = "put quotes round the whole text"
_INDENT = "begin it in the same column as the lines it belongs with"

Finding = tuple[int, str, str]


@dataclass(frozen=True)
class _Fault:
    """What YAML said, and where: lines count from 0."""

    problem: str
    context: str
    line: int
    column: int
    opened: int
    lines: list[str]

    def text(self, line: int) -> str:
        return self.lines[line] if 0 <= line < len(self.lines) else ""

    def above(self) -> int:
        """The nearest line above that is not empty, or -1."""
        return next((i for i in range(self.line - 1, -1, -1) if self.text(i).strip()), -1)


def explain(error: Exception, lines: list[str], shown: str) -> Problem:
    """The Problem that tells an editor what YAML stumbled over."""
    fault = _fault(error, lines)
    if not fault.problem:
        return _unmarked(lines, shown)
    for sign, rule in _RULES:
        if sign in fault.problem and (finding := rule(fault)):
            line, found, wanted = finding
            return Problem("issue", "error", shown, line + 1, _field(fault.text(line)), found, wanted)
    found = f"YAML cannot read {clip(fault.text(fault.line).strip())}"
    return Problem("issue", "error", shown, fault.line + 1, "", found, f"{_QUOTE}, or {_INDENT}")


def _field(line: str) -> str:
    """The field of a line that stands at the margin; further in, its path is not known."""
    match = _KEY.match(line)
    return match["key"] if match and not line[:1].isspace() and not line.startswith("-") else ""


def _unmarked(lines: list[str], shown: str) -> Problem:
    """The Problem where YAML fails without a word: a code beyond the last character there is."""
    line = next((i for i, text in enumerate(lines, 1) if _BEYOND.search(text)), 0)
    found = "a code in double quotes stands for no character" if line else "YAML cannot read the file"
    return Problem(
        "issue", "error", shown, line, "", found, "use single quotes, or type the character itself"
    )


def _fault(error: Any, lines: list[str]) -> _Fault:
    mark, opened = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    mark = mark or opened
    line = min(mark.line, len(lines) - 1) if mark else 0
    return _Fault(
        problem=str(getattr(error, "problem", "") or ""),
        context=str(getattr(error, "context", "") or ""),
        line=line,
        column=mark.column if mark else 0,
        opened=opened.line if opened else line,
        lines=lines,
    )


def _open_quote(fault: _Fault) -> Finding:
    return (
        fault.opened,
        "the quote that opens here is not closed",
        "close it at the end of the text, or delete it",
    )


def _escape(fault: _Fault) -> Finding:
    return (
        fault.line,
        "inside double quotes a backslash begins a code",
        "use single quotes, or / for a backslash",
    )


def _first_mark(fault: _Fault) -> Finding:
    mark = fault.text(fault.line)[fault.column : fault.column + 1]
    if mark == "\t":
        return fault.line, "a tab stands here", "use spaces: YAML takes no tabs before or between its parts"
    return fault.line, f"no plain text may begin with {mark}", _QUOTE


def _fold_mark(fault: _Fault) -> Finding:
    return fault.line, "a text that begins with > or | is taken for a block of lines", _QUOTE


def _colon(fault: _Fault) -> Finding:
    line = fault.text(fault.line)
    key = _KEY.match(line)
    if key and ":" in key["value"] and fault.column >= key.start("value"):
        return (
            fault.line,
            "the text has a colon in it",
            f"put quotes round it: {_quoted(key['key'], key['value'])}",
        )
    above = fault.above()
    joined = _JOINED.match(fault.text(above))
    if joined:
        return _missing_space(above, joined)
    if _KEY.match(fault.text(above)) and _indent(line) > _indent(fault.text(above)):
        return fault.line, "this line stands further in than the one above", _INDENT
    if above >= 0 and not _KEY.match(fault.text(above)):
        return _no_key(above, fault.text(above))
    return fault.line, "there is a colon where none is expected", f"{_QUOTE}, or {_INDENT}"


def _missing_colon(fault: _Fault) -> Finding:
    text = fault.text(fault.opened)
    joined = _JOINED.match(text)
    return _missing_space(fault.opened, joined) if joined else _no_key(fault.opened, text)


def _missing_space(line: int, joined: re.Match[str]) -> Finding:
    wanted = f"write {clip(joined['key'] + ': ' + joined['value'])}"
    return line, f"there is no space after the colon of {joined['key']}", wanted


def _no_key(line: int, text: str) -> Finding:
    if re.match(r"\s*-\w", text):
        return line, f"{clip(text.strip())} has no space after its hyphen", f"write '- {text.strip()[1:]}'"
    wanted = "begin it with a key and a colon; if it goes on with the text above, indent it further"
    return line, f"{clip(text.strip())} belongs to no key", wanted


def _dash(fault: _Fault) -> Finding:
    wanted = "put each entry on a line of its own below the key; a text that begins with '- ' needs quotes"
    return fault.line, "a list begins in the middle of a line", wanted


def _question(fault: _Fault) -> Finding:
    return fault.line, "no plain text may begin with '? '", _QUOTE


def _bracket(fault: _Fault) -> Finding:
    if cut := _cut_above(fault):
        return cut
    return (
        fault.opened,
        "the bracket that opens here is not closed",
        f"close it; if it begins a text, {_QUOTE}",
    )


def _odd_start(fault: _Fault) -> Finding:
    mark = fault.text(fault.line)[fault.column : fault.column + 1]
    if not mark.strip():
        return _bracket(fault)
    return fault.line, f"no plain text may begin with {mark}", f"{_QUOTE}, or delete the mark"


def _block_end(fault: _Fault) -> Finding:
    if cut := _cut_above(fault):
        return cut
    for back in range(fault.line, max(fault.line - 50, -1), -1):
        key = _KEY.match(fault.text(back))
        if not key:
            continue
        start = key["value"].strip()[:1]
        if start in {"'", '"'} and (back == fault.line or key["value"].count(start) % 2):
            other = "'" if start == '"' else '"'
            found = f"the text goes on after its closing quote {start}"
            return back, found, f"put the whole text into {other} quotes"
        if back == fault.line and start and start in "[{":
            return back, f"no plain text may begin with {start}", _QUOTE
    return (
        fault.line,
        f"{clip(fault.text(fault.line).strip())} does not line up with the lines above",
        _INDENT,
    )


def _cut_above(fault: _Fault) -> Finding | None:
    """The line above whose text was cut at ` #`, where that is why YAML stumbles here."""
    for line in (fault.line, fault.above(), fault.opened):
        if cut := re.search(r"\S #\S.*", fault.text(line)):
            return line, f"YAML drops {clip(cut[0][2:])}, since a # after a space begins a comment", _QUOTE
    return None


def _quoted(key: str, value: str) -> str:
    text = value.strip()
    return (
        f"{key}: '{text}'"
        if '"' in text and "'" not in text
        else f'{key}: "{text.replace(chr(34), chr(39))}"'
    )


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


_RULES: tuple[tuple[str, Callable[[_Fault], Finding | None]], ...] = (
    ("unexpected end of stream", _open_quote),
    ("unexpected document separator", _open_quote),
    ("unknown escape character", _escape),
    ("expected escape sequence", _escape),
    ("cannot start any token", _first_mark),
    ("expected a comment or a line break", _fold_mark),
    ("expected chomping or indentation", _fold_mark),
    ("expected indentation indicator", _fold_mark),
    ("mapping values are not allowed", _colon),
    ("could not find expected ':'", _missing_colon),
    ("sequence entries are not allowed", _dash),
    ("mapping keys are not allowed", _question),
    ("expected alphabetic or numeric", _odd_start),
    ("expected ',' or", _bracket),
    ("expected the node content", _odd_start),
    ("expected <block end>", _block_end),
)
