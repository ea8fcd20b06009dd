"""The files of a workspace that hold a person: ours are deleted or mended, others are told of."""

import csv
import html
import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal
from unicodedata import normalize

from newsletter.database import Database
from newsletter.privacy.subject import Subject

_BLOCK = 1 << 20
#: The most that is unpacked of one file, in bytes; a bomb would unpack without end.
_UNPACKED = 512 << 20
_LOCKED = 0x1  # the bit that says that a member of a ZIP file is encrypted
_PASSED_OVER = {".git", ".venv", "venv", "node_modules", "__pycache__"}
_DATABASE = ("", "-wal", "-shm")
_BACKUP = ".newsletter-backup"
#: What a command that was killed may have left beside the database.
_LEFTOVERS = (".import-", ".newsletter-", ".contacts.db.")


@dataclass(frozen=True, slots=True)
class Trace:
    """A file that holds the person, and what is done: 'delete' it, take their 'rows' out, or 'tell' of it."""

    path: Path
    what: Literal["delete", "rows", "tell"]


def traces_of(db: Database, subject: Subject) -> list[Trace]:
    """Every file of the workspace in which the person is found, in the order of their paths.

    Looked for are names and addresses as plain text (UTF-8 and UTF-16); what is encrypted, packed
    or a picture cannot be looked into. To be asked before the person is erased: evidence is known
    by the entries that name it.
    """
    root = db.path.parent
    evidence, needles = _evidence(db, subject, root), needles_of(subject)
    found = []
    for path in _files(db.path):
        trace = _known_trace(path, root, subject, evidence) or _found_trace(path, root, needles)
        found += [trace] if trace else []
    # Evidence that is kept elsewhere is told of, wherever it is.
    return found + [Trace(path, "tell") for path in sorted(evidence) if not path.is_relative_to(root)]


def remove_traces(traces: Sequence[Trace], subject: Subject) -> tuple[Path, ...]:
    """Delete or mend our files; those with which that failed."""
    failed = []
    for trace in traces:
        try:
            if trace.what == "delete":
                trace.path.unlink(missing_ok=True)
            elif trace.what == "rows":
                _without_rows(trace.path, subject)
        except OSError:
            failed.append(trace.path)
    return tuple(failed)


def holds(path: Path, needles: Sequence[bytes]) -> bool:
    """Whether any of the needles stands in the file or in what is packed in it, whatever the case of its letters."""
    with path.open("rb") as file:
        if _stands_in(file, needles):
            return True
    return zipfile.is_zipfile(path) and any(_stands_in(part, needles) for part in _packed_in(path))


def _packed_in(path: Path) -> Iterator[IO[bytes]]:
    """What a packed file holds, as workbooks and documents are; no more of it than `_UNPACKED`."""
    try:
        with zipfile.ZipFile(path) as packed:
            size = 0
            for member in packed.infolist():
                size += member.file_size
                if size > _UNPACKED or member.flag_bits & _LOCKED:
                    return
                with packed.open(member) as part:
                    yield part
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError):
        return  # damaged, or packed in a way that nobody here unpacks: `erase` says what it cannot reach


def _stands_in(file: IO[bytes], needles: Sequence[bytes]) -> bool:
    overlap = max(map(len, needles), default=1) - 1
    tail = b""
    while block := file.read(_BLOCK):
        window = (tail + block).lower()
        if any(needle in window for needle in needles):
            return True
        tail = window[-overlap:] if overlap else b""
    return False


def needles_of(subject: Subject) -> list[bytes]:
    """Names and addresses as bytes, in UTF-8 and both kinds of UTF-16; A to Z in small letters.

    Bytes know the case of A to Z alone, so letters such as É are looked for as written, small and
    capital; in one piece and in two, as macOS has them; and as they stand in a page (O&#x27;Hara).
    """
    spelt = {
        word for known in subject.words for word in (known, normalize("NFC", known), normalize("NFD", known))
    }
    spelt |= {html.escape(word) for word in spelt} | {
        html.escape(word).replace("&#x27;", "&#39;") for word in spelt
    }
    spelt |= {case(word) for word in spelt for case in (str.lower, str.upper)}
    return sorted({word.encode(how).lower() for word in spelt for how in ("utf-8", "utf-16-le", "utf-16-be")})


def _files(database: Path) -> Iterator[Path]:
    ours = {database.with_name(database.name + end) for end in _DATABASE}
    for folder, names, files in os.walk(database.parent):
        names[:] = sorted(name for name in names if name not in _PASSED_OVER)
        for name in sorted(files):
            path = Path(folder) / name
            if path not in ours and path.is_file() and not path.is_symlink():
                yield path


def _known_trace(path: Path, root: Path, subject: Subject, evidence: set[Path]) -> Trace | None:
    """A file that needs not be looked into: what it is says that it holds the person, or may."""
    top = path.relative_to(root).parts[0]
    made = top == "build" and any(str(number) in path.name for number in subject.ids)
    if made or path.name == "contacts.db.before-migration.db" or (top == "evidence" and path in evidence):
        return Trace(path, "delete")
    if path.suffix == _BACKUP or path in evidence:
        return Trace(path, "tell")
    return None


def _found_trace(path: Path, root: Path, needles: Sequence[bytes]) -> Trace | None:
    """A file in which the person is found."""
    if not _found_in(path, needles):
        return None
    top = path.relative_to(root).parts[0]
    if path.name.endswith(".rejects.csv"):
        return Trace(path, "rows")
    return Trace(path, "delete" if top == "build" or top.startswith(_LEFTOVERS) else "tell")


def _found_in(path: Path, needles: Sequence[bytes]) -> bool:
    try:
        return bool(needles) and holds(path, needles)
    except OSError:
        return False  # not ours to read, so not written by us


def _evidence(db: Database, subject: Subject, root: Path) -> set[Path]:
    """Files that entries about this person name, and entries about nobody else."""
    rows = db.conn.execute(
        "SELECT d.detail, e.contact_id IN (SELECT value FROM json_each(?)) FROM consent_details d "
        "JOIN consents e USING (sequence) WHERE instr(d.detail, '\"evidence\":[')",
        (subject.values["ids"],),
    )
    theirs: set[Path] = set()
    others: set[Path] = set()
    for detail, mine in rows:
        named = {root / str(file["kept"]) for file in json.loads(detail)["evidence"]}
        (theirs if mine else others).update(named)
    return {path for path in theirs - others if path.is_file()}


def _without_rows(path: Path, subject: Subject) -> None:
    """The file of rejected rows without those that hold the person; it is gone where none is left."""
    text = path.read_bytes().decode("utf-8-sig", "replace")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    words = [word.casefold() for word in subject.words]
    left = [row for row in rows[1:] if not any(word in ",".join(row).casefold() for word in words)]
    if not left:
        path.unlink()
        return
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([*rows[:1], *left])
    fresh.replace(path)
