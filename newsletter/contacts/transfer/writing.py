"""Write people to a file: CSV, Excel workbook or JSON, row by row."""

import csv
import io
import json
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import BinaryIO

from newsletter.contacts.transfer.formulas import guarded
from newsletter.contacts.transfer.headings import OWN
from newsletter.contacts.transfer.layout import HEADINGS, SEVERAL, SINGLE, Person, cells_of
from newsletter.errors import InputError, near

_ROWS_LIMIT = 1_048_575  # of a sheet, without the headings
_CELL_LIMIT = 32_767  # characters; Excel drops what is longer
Write = Callable[[Iterable[Person], Sequence[str], BinaryIO], int]


class BadColumns(InputError):
    """There is no such column."""


def chosen_columns(wanted: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The columns named, in their order; all of them where none is. Raises BadColumns with the nearest."""
    named = [part.strip() for text in wanted for part in text.split(",") if part.strip()]
    for name in named:
        if name not in known:
            own = [heading.removeprefix(OWN) for heading in known if heading.startswith(OWN)]
            raise BadColumns(
                f"--columns: there is none called {name!r}{near(name, known)}",
                remedy=f"There are: {', '.join(HEADINGS)}{''.join(f', {OWN}{field}' for field in own)}.",
            )
    return tuple(dict.fromkeys(named)) or tuple(known)


def write_csv(people: Iterable[Person], headings: Sequence[str], file: BinaryIO) -> int:
    """Write a CSV file in UTF-8 that spreadsheet programs open; how many people."""
    line = io.StringIO(newline="")
    rows = csv.writer(line)

    def write(cells: Sequence[str]) -> None:
        rows.writerow(cells)
        file.write(line.getvalue().encode())
        line.seek(0)
        line.truncate()

    # The mark at the beginning tells Excel that this is UTF-8.
    file.write("\ufeff".encode())
    write(headings)
    number = 0
    for person in people:
        write([guarded(cell) for cell in cells_of(person, headings)])
        number += 1
    return number


def write_xlsx(people: Iterable[Person], headings: Sequence[str], file: BinaryIO) -> int:
    """Write an Excel workbook, every cell as text; how many people. Raises InputError for what no sheet holds."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("people")
    sheet.freeze_panes = "C2"
    sheet.append([*headings])
    number = 0
    for number, person in enumerate(people, 1):
        cells = [guarded(cell) for cell in cells_of(person, headings)]
        if number > _ROWS_LIMIT or max(map(len, cells), default=0) > _CELL_LIMIT:
            what = "more rows" if number > _ROWS_LIMIT else "a longer text"
            raise InputError(f"a sheet of a workbook cannot hold {what}", remedy="Export to CSV or JSON.")
        sheet.append([_plain(cell) for cell in cells])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # openpyxl writes its times without a zone
        book.save(file)
    return number


def write_json(people: Iterable[Person], headings: Sequence[str], file: BinaryIO) -> int:
    """Write JSON, one person a line, so that it may be read so too; how many people."""
    own = [name.removeprefix(OWN) for name in headings if name.startswith(OWN)]
    about = json.dumps({"newsletter": "people", "version": 1, "fields": own}, ensure_ascii=False)
    file.write(f'{about[:-1]}, "people": ['.encode())
    number = 0
    for number, person in enumerate(people, 1):
        text = json.dumps(_chosen(person, headings), ensure_ascii=False)
        file.write(("," * (number > 1) + "\n" + text).encode())
    file.write(b"\n]}\n")
    return number


#: How to write each kind of file, by its ending.
WRITERS: Mapping[str, Write] = {"csv": write_csv, "xlsx": write_xlsx, "json": write_json}


def _chosen(person: Person, headings: Sequence[str]) -> Person:
    """Of a person what these columns stand for; a table is kept whole where one of its columns is wanted."""
    keys = {SINGLE.get(name) or SEVERAL.get(name, ("fields",))[0] for name in headings}
    return {key: value for key, value in person.items() if key in keys}


def _plain(cell: str) -> str | None:
    """What XML cannot hold has a mark in its place; an empty cell is none."""
    return cell.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd") or None
