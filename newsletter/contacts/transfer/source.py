"""Read the rows of a CSV file as it is found in the wild, or refuse it with line and column."""

import codecs
import csv
import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TextIO

from newsletter.errors import InputError, Problem

DELIMITERS = (",", ";", "\t", "|")
_CHUNK = 1 << 20
_LINE_LIMIT = 1_000_000  # characters; also what keeps a file without line ends out of memory
_SAMPLE_LINES = 12
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, ""),
    (codecs.BOM_UTF32_BE, ""),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT = {
    b"PK\x03\x04": "an Excel or OpenDocument workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
}


class BadFile(InputError):
    """The file cannot be read as CSV."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What has to be known of a file to read it: `lines` counts its line ends, `digest` is SHA-256."""

    path: Path
    encoding: str
    digest: str
    lines: int


def inspect_file(path: Path) -> Shape:
    """Find out the file's encoding by reading it once. Raises BadFile where it holds no text."""
    _require_file(path)
    digest, lines, encoding = hashlib.sha256(), 0, ""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            encoding = encoding or _first_guess(path, chunk)
            digest.update(chunk)
            if encoding == "utf-8" and not _decodes(utf8, chunk):
                encoding = "cp1252"
            lines += max(chunk.count(b"\n"), chunk.count(b"\r"))
    if not encoding:
        raise BadFile(f"{path}: the file is empty")
    if encoding == "utf-8" and not _decodes(utf8, b"", final=True):
        encoding = "cp1252"
    return Shape(path, encoding, digest.hexdigest(), lines)


def _require_file(path: Path) -> None:
    try:
        kind = path.stat().st_mode
    except OSError as error:
        said = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise BadFile(f"{str(path)[:200]}: {said}") from None
    if stat.S_ISDIR(kind):
        raise BadFile(f"{path}: this is a folder; name the CSV file in it")
    if not stat.S_ISREG(kind):
        raise BadFile(f"{path}: this is no ordinary file; save it to one first")


def sample(shape: Shape) -> list[str]:
    """The first lines of the file, as they stand."""
    with _open(shape) as file:
        return [line for line, _ in zip(_lines(file, shape), range(_SAMPLE_LINES), strict=False)]


def read_rows(shape: Shape, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line on which it begins, counted from 1; rows without any text are left out.

    Raises BadFile at a quote gone wrong, a NUL, a field or line that is too long.
    """
    with _open(shape) as file:
        reader = csv.reader(_lines(file, shape), delimiter=delimiter, strict=True, skipinitialspace=True)
        while True:
            begins = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                _refuse_quotes(shape, begins, str(error))
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield begins, cells


def _open(shape: Shape) -> TextIO:
    return shape.path.open(encoding=shape.encoding, newline="")


def _lines(file: TextIO, shape: Shape) -> Iterator[str]:
    number = 0
    try:
        while line := file.readline(_LINE_LIMIT):
            number += 1
            if "\0" in line:
                _refuse(shape, number, f"there is a NUL byte in column {line.index(chr(0)) + 1}")
            if len(line) == _LINE_LIMIT:
                _refuse(shape, number, f"the line is longer than {_LINE_LIMIT:,} characters")
            yield line
    except UnicodeDecodeError as error:
        tried = "UTF-16" if shape.encoding.startswith("utf-16") else "UTF-8 or Windows-1252"
        byte = error.object[error.start : error.start + 1].hex()
        _refuse(shape, number + 1, f"this is not {tried} text: there is a byte that means nothing (0x{byte})")


def _refuse(shape: Shape, line: int, message: str, remedy: str = "") -> NoReturn:
    mend = remedy or "open it in a spreadsheet program and save it as 'CSV UTF-8'"
    raise BadFile(problems=[Problem("import", "error", str(shape.path), line, "", message, mend)])


def _refuse_quotes(shape: Shape, line: int, error: str) -> NoReturn:
    double = 'write a quote inside quotes twice (""), and close every quote'
    if "end of data" in error:
        _refuse(shape, line, "a quote is opened here and never closed", double)
    if "field larger" in error:
        _refuse(shape, line, "a field is longer than 131,072 characters; is a quote never closed?", double)
    _refuse(shape, line, f"the quotes have gone wrong ({error})", double)


def _first_guess(path: Path, chunk: bytes) -> str:
    for magic, name in _NOT_TEXT.items():
        if chunk.startswith(magic):
            raise BadFile(
                f"{path}: this is {name}, no CSV file", remedy="Save it as 'CSV UTF-8', then import that."
            )
    for bom, encoding in _BOMS:
        if chunk.startswith(bom):
            if not encoding:
                raise BadFile(f"{path}: this is UTF-32 text", remedy="Save it as 'CSV UTF-8'.")
            return encoding
    # UTF-16 without a mark: every other byte of mostly Western text is NUL.
    head = chunk[:2000]
    if len(head) >= 4 and head[1::2].count(0) > 0.7 * len(head[1::2]):
        return "utf-16-le"
    if len(head) >= 4 and head[::2].count(0) > 0.7 * len(head[::2]):
        return "utf-16-be"
    return "utf-8"


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True
