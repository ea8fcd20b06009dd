"""The text of a file that an editor wrote: UTF-8, of bearable size, with nothing hidden in it."""

import re

from newsletter.errors import IssueError, Problem
from newsletter.issue.fields import hidden

LARGEST = 1 << 20
_LONGEST_LINE = 20_000
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# What YAML lets nobody write; a byte order mark at the start was taken off before.
_UNFIT = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def decode(data: bytes, shown: str) -> str:
    """The text in `data` with plain line ends. Raises IssueError with every line that cannot be taken."""
    problems = _not_text(data, shown)
    if problems:
        raise IssueError(problems=problems)
    text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    problems = [*_hidden(text, shown), *_long(text, shown), *_directive(text, shown)]
    if problems:
        raise IssueError(problems=sorted(problems, key=lambda problem: problem.line)[:50])
    return text


def _not_text(data: bytes, shown: str) -> list[Problem]:
    save = "save it as UTF-8 (in the editor: Save with encoding)"
    if len(data) > LARGEST:
        return [_problem(shown, 0, "the file is larger than 1 MB", "pictures stand in files of their own")]
    if data.startswith(_UTF16):
        return [_problem(shown, 0, "the file is saved as UTF-16", save)]
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        return [
            _problem(shown, line, "the file holds a zero byte: it is no text file", "write the issue as text")
        ]
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return [_problem(shown, line, f"the byte {data[error.start]:#04x} is not UTF-8", save)]
    return []


def _hidden(text: str, shown: str) -> list[Problem]:
    return [
        _problem(
            shown,
            text.count("\n", 0, match.start()) + 1,
            f"there is {hidden(match[0]) or 'a forbidden character'} (U+{ord(match[0]):04X})",
            f"delete it{_after(text, match.start())}, and type a space or a new line there",
        )
        for match, _ in zip(_UNFIT.finditer(text), range(50), strict=False)
    ]


def _after(text: str, index: int) -> str:
    words = text[max(index - 25, 0) : index].rpartition("\n")[2].strip()
    return f" after '{words}'" if words.isprintable() and words else ""


def _long(text: str, shown: str) -> list[Problem]:
    return [
        _problem(
            shown,
            number,
            f"the line is {len(line):,} characters long",
            f"at most {_LONGEST_LINE:,} are taken",
        )
        for number, line in enumerate(text.split("\n"), 1)
        if len(line) > _LONGEST_LINE
    ]


def _directive(text: str, shown: str) -> list[Problem]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("%"):
            return [_problem(shown, number, "the file begins with a %", "begin with title: …")]
        if line.strip() and not line.startswith("#"):
            break
    return []


def _problem(shown: str, line: int, found: str, wanted: str) -> Problem:
    return Problem("issue", "error", shown, line, "", found, wanted)
