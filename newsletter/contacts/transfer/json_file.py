"""Read a JSON export of ours as rows: the headings, then a row for each person."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from newsletter.contacts.transfer.formulas import guarded
from newsletter.contacts.transfer.layout import cells_of, headings_with

#: How such a file begins.
BEGINS = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"newsletter"\s*:')
_LINE_LIMIT = 10_000_000  # characters
_WHOLE_LIMIT = 100_000_000  # of a file that is not written one person a line, and so is read whole


class BadExport(Exception):
    """The file is no export of ours any more; `line` is where."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def rows_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each row with its line: the headings, then each person's. Raises BadExport."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            first = file.readline(_LINE_LIMIT)
            if first.rstrip().endswith("["):
                yield from _streamed(first, file)
                return
            whole = first + file.read(_WHOLE_LIMIT)
            if file.read(1):
                raise BadExport(f"it has more than {_WHOLE_LIMIT:,} characters in another layout than ours")
    except UnicodeDecodeError as error:
        raise BadExport(f"it is no UTF-8 text: {error.reason}") from None
    about = _object(whole, 1)
    people = [one for one in about.get("people", []) if isinstance(one, dict)]
    own = {name: None for one in people for name in one.get("fields", {})}
    yield from _rows(own, ((1, one) for one in people))


def _streamed(first: str, file: TextIO) -> Iterator[tuple[int, list[str]]]:
    own = _object(first.rstrip() + "]}", 1).get("fields", [])
    yield from _rows(own, _people(file))


def _people(file: TextIO) -> Iterator[tuple[int, Mapping[str, Any]]]:
    number = 1
    while line := file.readline(_LINE_LIMIT):
        number += 1
        text = line.strip().rstrip(",")
        if text == "]}":
            return
        if text:
            yield number, _object(text, number)
    raise BadExport("the file ends before its end; was it cut?", number)


def _rows(
    own: Iterable[str], people: Iterable[tuple[int, Mapping[str, Any]]]
) -> Iterator[tuple[int, list[str]]]:
    headings = headings_with(own)
    yield 1, [*headings]
    for line, person in people:
        # As the cells of a table, which are what is read: guarded like them.
        try:
            yield line, [guarded(cell) for cell in cells_of(dict(person), headings)]
        except (AttributeError, TypeError, KeyError):
            raise BadExport("this person is not written as in an export of ours", line) from None


def _object(text: str, line: int) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadExport(f"this is no JSON: {str(error)[:100]}", line) from None
    if not isinstance(found, dict):
        raise BadExport("this is no JSON object", line)
    return found
