"""Read the rows of a file as it is found in the wild, or refuse it with line and column."""

import codecs
import csv
import hashlib
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NoReturn, TextIO

from newsletter.contacts.transfer import json_file, workbook, written
from newsletter.errors import InputError, Problem, near

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
_WORKBOOK = b"PK\x03\x04"
_NOT_TEXT = {
    b"\xd0\xcf\x11\xe0": "an old Excel workbook, or one with a password",
    b"%PDF": "a PDF",
}
_HEADER_LIST = re.compile(r"\s*(?:b?cc|to)\s*:", re.IGNORECASE)
_LIST_LIMIT = 20_000_000  # characters of a list of addresses, which is read whole
# Letters with accents in Mac Roman that are rare or mean nothing in Windows-1252, beside plain letters.
_MAC = re.compile(rb"[A-Za-z][\x87\x88\x8a\x8d\x8e\x8f\x90\x9a\x9d\x9f](?=[a-z])")
_WINDOWS = re.compile(rb"[A-Za-z][\xc0-\xff]|[\xc0-\xff][A-Za-z]")


class BadFile(InputError):
    """The file cannot be read as one of people."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What has to be known of a file to read it: `lines` counts its line ends, `digest` is SHA-256.

    `kind` is 'text', 'workbook', 'json' (an export of ours) or 'addresses' (as in a Bcc field); `shown` is
    what messages call it; `sheets` are a workbook's, the one that is read first.
    """

    path: Path
    encoding: str
    digest: str
    lines: int
    shown: str
    kind: Literal["text", "workbook", "addresses", "json"] = "text"
    sheets: tuple[str, ...] = ()


def inspect_file(path: Path, *, shown: str = "", encoding: str = "", sheet: str = "") -> Shape:
    """Find out the file's kind and encoding by reading it once. Raises BadFile where it holds no people.

    `encoding` and `sheet` are what the operator says of it.
    """
    shown = shown or str(path)
    _require_file(path, shown)
    shape = _inspected(path, shown, _known_encoding(encoding))
    if shape.kind != "workbook":
        if sheet:
            raise BadFile(f"--sheet: {shown} is no workbook and has no sheets")
        return shape
    try:
        sheets = workbook.sheets_of(path)
    except workbook.BadWorkbook as error:
        raise BadFile(f"{shown}: {error}", remedy="Save it as 'CSV UTF-8', then import that.") from None
    if sheet and sheet not in sheets:
        raise BadFile(
            f"--sheet: there is none called {sheet!r}{near(sheet, sheets)}; there are: {', '.join(sheets)}"
        )
    first = sheet or sheets[0]
    return replace(shape, sheets=(first, *(name for name in sheets if name != first)))


def _inspected(path: Path, shown: str, encoding: str) -> Shape:
    digest, lines, told, mac, windows = hashlib.sha256(), 0, encoding, 0, 0
    utf8 = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            encoding = (not lines and _program(chunk)) or encoding or _first_guess(shown, chunk)
            if encoding == "utf-8" and not told and not _decodes(utf8, chunk):
                encoding = "cp1252"
            if encoding == "cp1252":
                mac += len(_MAC.findall(chunk))
                windows += len(_WINDOWS.findall(chunk))
            lines += max(chunk.count(b"\n"), chunk.count(b"\r"), 1)
    if not encoding or not lines:
        raise BadFile(f"{shown}: the file is empty")
    if encoding == "workbook":
        return Shape(path, "", digest.hexdigest(), 0, shown, "workbook")
    if encoding == "json":
        return Shape(path, "utf-8", digest.hexdigest(), lines, shown, "json")
    if encoding == "utf-8" and not told and not _decodes(utf8, b"", final=True):
        encoding = "cp1252"
    if encoding == "cp1252" and not told and mac > windows:
        encoding = "mac_roman"
    return Shape(path, encoding, digest.hexdigest(), lines, shown)


def _program(chunk: bytes) -> str:
    """'workbook' or 'json', where a file that begins so is no table in text; else ''."""
    if chunk.startswith(_WORKBOOK):
        return "workbook"
    return "json" if json_file.BEGINS.match(chunk) else ""


def _known_encoding(name: str) -> str:
    """The encoding as Python calls it; '' where none was said. Raises BadFile."""
    if not name:
        return ""
    try:
        "".encode(name)  # Python knows codecs that are none of text, such as base64
        return codecs.lookup(name).name
    except (LookupError, UnicodeError):
        raise BadFile(
            f"--encoding: {name!r} is none; utf-8, utf-16, cp1252 and mac_roman are the usual"
        ) from None


def _require_file(path: Path, shown: str) -> None:
    try:
        kind = path.stat().st_mode
    except OSError as error:
        said = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise BadFile(f"{shown[:200]}: {said}") from None
    if stat.S_ISDIR(kind):
        raise BadFile(f"{shown}: this is a folder; name the CSV file in it")
    if not stat.S_ISREG(kind):
        raise BadFile(f"{shown}: this is no ordinary file; save it to one first, or pass it on stdin as '-'")


def as_addresses(shape: Shape) -> Shape:
    """The same file, read as addresses one after another."""
    return replace(shape, kind="addresses")


def holds_addresses(line: str) -> bool:
    """Whether a first line is a list of addresses, as in a Bcc field, and no row of a table."""
    found = written.split_addresses(_HEADER_LIST.sub("", line))
    several = len(found) > 1 or bool(found and found[0].name) or line.rstrip()[-1:] in (";", ",")
    return bool(several or _HEADER_LIST.match(line)) and all("@" in one.email for one in found)


def sample(shape: Shape) -> list[str]:
    """The first lines of the file, as they stand."""
    with _open(shape) as file:
        return [line for line, _ in zip(_lines(file, shape), range(_SAMPLE_LINES), strict=False)]


def read_rows(shape: Shape, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line on which it begins, counted from 1; rows without any text are left out.

    Raises BadFile at a quote gone wrong, a NUL, a field or line that is too long.
    """
    if shape.kind == "workbook":
        return _workbook_rows(shape)
    if shape.kind == "json":
        return _json_rows(shape)
    return _address_rows(shape) if shape.kind == "addresses" else _text_rows(shape, delimiter)


def _text_rows(shape: Shape, delimiter: str) -> Iterator[tuple[int, list[str]]]:
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


def _workbook_rows(shape: Shape) -> Iterator[tuple[int, list[str]]]:
    try:
        yield from workbook.rows_of(shape.path, shape.sheets[0])
    except workbook.BadWorkbook as error:
        refuse(shape, error.row, str(error), "save it as 'CSV UTF-8', then import that")


def _json_rows(shape: Shape) -> Iterator[tuple[int, list[str]]]:
    try:
        yield from json_file.rows_of(shape.path)
    except json_file.BadExport as error:
        refuse(shape, error.line, str(error), "export again with `newsletter contacts export FILE.json`")


def _address_rows(shape: Shape) -> Iterator[tuple[int, list[str]]]:
    """Name and address of each, with the line it stands on."""
    lines, size = [], 0
    with _open(shape) as file:
        for line in _lines(file, shape, _LIST_LIMIT):
            lines.append(line)
            size += len(line)
            if size > _LIST_LIMIT:
                refuse(shape, 1, f"a list of addresses of more than {_LIST_LIMIT:,} characters", "divide it")
    text = "".join(lines)
    head = _HEADER_LIST.match(text)
    for one in written.split_addresses(text[head.end() :] if head else text):
        yield one.line, [one.name, one.email]


def _open(shape: Shape) -> TextIO:
    return shape.path.open(encoding=shape.encoding, newline="")


def _lines(file: TextIO, shape: Shape, limit: int = _LINE_LIMIT) -> Iterator[str]:
    number = 0
    try:
        while line := file.readline(limit):
            number += 1
            if "\0" in line:
                refuse(shape, number, f"there is a NUL byte in column {line.index(chr(0)) + 1}")
            if len(line) == limit:
                refuse(shape, number, f"the line is longer than {limit:,} characters")
            yield line
    except UnicodeDecodeError as error:
        _refuse_byte(shape, number + 1, error)


def _refuse_byte(shape: Shape, line: int, error: UnicodeDecodeError) -> NoReturn:
    """`line` is the one that was to be read; the byte lies in it or in those that were decoded with it."""
    tried = "UTF-16" if shape.encoding.startswith("utf-16") else "UTF-8 or Windows-1252"
    tried = tried if shape.encoding in ("cp1252", "utf-16", "utf-16-le", "utf-16-be") else shape.encoding
    before = error.object[: error.start].decode(shape.encoding, "replace")
    line += max(before.count("\n"), before.count("\r"))
    byte = error.object[error.start : error.start + 1].hex()
    refuse(shape, line, f"this is not {tried} text: there is a byte that means nothing (0x{byte})")


def refuse(shape: Shape, line: int, message: str, remedy: str = "") -> NoReturn:
    """Raise BadFile for a place in the file."""
    mend = remedy or "open it in a spreadsheet program and save it as 'CSV UTF-8'"
    raise BadFile(problems=[Problem("import", "error", shape.shown, line, "", message, mend)])


def _refuse_quotes(shape: Shape, line: int, error: str) -> NoReturn:
    double = 'write a quote inside quotes twice (""), and close every quote'
    if "end of data" in error:
        refuse(shape, line, "a quote is opened here and never closed", double)
    if "field larger" in error:
        refuse(shape, line, "a field is longer than 131,072 characters; is a quote never closed?", double)
    refuse(shape, line, f"the quotes have gone wrong ({error})", double)


def _first_guess(shown: str, chunk: bytes) -> str:
    for magic, name in _NOT_TEXT.items():
        if chunk.startswith(magic):
            raise BadFile(
                f"{shown}: this is {name}, no CSV file", remedy="Save it as 'CSV UTF-8', then import that."
            )
    for bom, encoding in _BOMS:
        if chunk.startswith(bom):
            if not encoding:
                raise BadFile(f"{shown}: this is UTF-32 text", remedy="Save it as 'CSV UTF-8'.")
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
