"""Wordings: the very words under which people agreed, kept by their digest."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path

from newsletter.contacts.dates import stamp
from newsletter.database import Database
from newsletter.errors import InputError

_LIMIT_BYTES = 1_000_000


class BadWording(InputError):
    """This file cannot be kept as the wording of a consent."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The name of a wording's file, its text, and the text's SHA-256 digest, hex."""

    name: str
    text: str
    digest: str


def record_wording(db: Database, path: Path, now: dt.datetime) -> str:
    """Keep the text of a file of the workspace; its digest. Twice gives the same.

    Raises BadWording where the file is absent, outside the workspace, empty, too large or no text.
    """
    wording = read_wording(path, db.path.parent)
    keep_wording(db, wording, now)
    return wording.digest


def keep_wording(db: Database, wording: Wording, now: dt.datetime) -> None:
    """Keep a wording that was read; nothing happens where it is kept already."""
    row = (wording.digest, wording.name, wording.text, stamp(now))
    db.conn.execute("INSERT OR IGNORE INTO wordings VALUES (?, ?, ?, ?)", row)


def read_wording(path: Path, root: Path) -> Wording:
    """The wording in a file; `path` may be relative to `root` or to the current folder.

    Raises BadWording.
    """
    inside = (root / path).resolve()
    found = inside if inside.is_file() else path.resolve()
    if not found.is_file():
        raise BadWording(f"{path}: there is no such file", remedy="Wordings lie in the folder consent/.")
    if not found.is_relative_to(root.resolve()):
        raise BadWording(f"{path}: a wording must lie inside the workspace, as consent/partners-v1.md does")
    if found.stat().st_size > _LIMIT_BYTES:
        raise BadWording(f"{path}: it is larger than {_LIMIT_BYTES:,} bytes; that is no wording")
    text = _text(found, path)
    return Wording(found.name, text, hashlib.sha256(text.encode()).hexdigest())


def _text(found: Path, path: Path) -> str:
    try:
        text = found.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadWording(f"{path}: it is not UTF-8 text: {error.reason}") from None
    if not text.strip():
        raise BadWording(f"{path}: it is empty")
    # The digest is over what people were shown, whatever the line ends of the system.
    return text.replace("\r\n", "\n")
