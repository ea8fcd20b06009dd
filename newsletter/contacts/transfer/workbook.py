"""Read the rows of an Excel workbook (.xlsx) as text, within bounds that no bomb can pass."""

import datetime as dt
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

# Texts that cells share are held in memory by openpyxl, so their bound is the tightest.
_WHOLE_LIMIT = 400_000_000  # bytes, unpacked
_SHARED_LIMIT = 24_000_000
_RATIO_LIMIT = 250  # of unpacked to packed; sheets of real workbooks stay below 50
_RATIO_FROM = 10_000_000  # bytes; below that a high ratio harms nobody
_PARTS_LIMIT = 2000
_COLUMNS_LIMIT = 2000
_CELL_LIMIT = 131_072  # characters, as in a CSV file
_ELSEWHERE = "this is no Excel workbook (.xlsx) that can be read"


class BadWorkbook(Exception):
    """The workbook cannot be read; `row` is where, 0: all of it."""

    def __init__(self, message: str, row: int = 0) -> None:
        super().__init__(message)
        self.row = row


def sheets_of(path: Path) -> list[str]:
    """The names of the sheets that hold something, in their order. Raises BadWorkbook."""
    with _opened(path) as book:
        sheets = [sheet.title for sheet in book.worksheets if _filled(sheet)]
    if not sheets:
        raise BadWorkbook("no sheet of this Excel workbook holds anything")
    return sheets


def rows_of(path: Path, sheet: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that holds text, with its number. Formulas give their values. Raises BadWorkbook."""
    with _opened(path) as book:
        book[sheet].reset_dimensions()  # some programs write that there is one cell
        rows = book[sheet].iter_rows(values_only=True)
        number = 0
        while True:
            try:
                row = next(rows, None)
            except Exception as error:
                raise BadWorkbook(f"the sheet {sheet!r} is broken: {error}", number + 1) from None
            if row is None:
                return
            number += 1
            cells = [_text(value) for value in row]
            if any(cells):
                yield number, _trimmed(cells, number)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    _require_bounded(path)
    # A file of ours: openpyxl leaves one that it opened open where it fails.
    with path.open("rb") as file, closing(_loaded(file)) as book:
        yield book


def _loaded(file: BinaryIO) -> Any:
    import warnings

    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            # openpyxl warns of styles and extensions that it passes over; only values are asked for.
            warnings.simplefilter("ignore")
            return load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:
        # Whatever a broken archive makes of the reader, it is the file that is at fault.
        raise BadWorkbook(f"{_ELSEWHERE}: {error}") from None


def _require_bounded(path: Path) -> None:
    """What the archive says of itself is enough: zipfile unpacks no byte more than is said there."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise BadWorkbook(f"{_ELSEWHERE}: {error}") from None
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise BadWorkbook(_ELSEWHERE)
    whole = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    shared = sum(part.file_size for part in parts if "sharedStrings" in part.filename)
    if whole > _WHOLE_LIMIT or shared > _SHARED_LIMIT or len(parts) > _PARTS_LIMIT:
        raise BadWorkbook(f"this workbook is too large: {whole:,} bytes when it is unpacked")
    if whole > _RATIO_FROM and whole > _RATIO_LIMIT * max(packed, 1):
        raise BadWorkbook(
            f"this workbook unpacks to {whole // max(packed, 1)} times its size; that is a trap"
        )


def _filled(sheet: Any) -> bool:
    try:
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True, max_row=50)
        return any(value not in (None, "") for row in rows for value in row)
    except Exception as error:
        raise BadWorkbook(f"the sheet {sheet.title!r} is broken: {error}") from None


def _trimmed(cells: list[str], number: int) -> list[str]:
    """Without the empty cells at the end, which Excel writes by the thousand."""
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > _COLUMNS_LIMIT:
        raise BadWorkbook(f"there are {len(cells):,} columns; {_COLUMNS_LIMIT:,} are the most", number)
    for place, cell in enumerate(cells, 1):
        if len(cell) > _CELL_LIMIT:
            raise BadWorkbook(f"column {place} has more than {_CELL_LIMIT:,} characters", number)
        if "\0" in cell:
            raise BadWorkbook(f"there is a NUL in column {place}", number)
    return cells


def _text(value: object) -> str:
    """A cell's value as somebody would have typed it into a CSV file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "seconds")
    return str(value)
