"""Wordings: the very words under which people agreed, kept by their digest."""

import datetime as dt
import hashlib
from pathlib import Path

from newsletter.contacts.dates import stamp
from newsletter.database import Database
from newsletter.errors import InputError

_LIMIT_BYTES = 1_000_000


class BadWording(InputError):
    """This file cannot be kept as the wording of a consent."""


def record_wording(db: Database, path: Path, now: dt.datetime) -> str:
    """Keep the text of a file of the workspace; its SHA-256 digest, hex. Twice gives the same.

    Raises BadWording where the file is absent, outside the workspace, empty, too large or no text.
    """
    text = read_wording(path, db.path.parent)
    digest = hashlib.sha256(text.encode()).hexdigest()
    db.conn.execute(
        "INSERT OR IGNORE INTO wordings VALUES (?, ?, ?, ?)", (digest, path.name, text, stamp(now))
    )
    return digest


def read_wording(path: Path, root: Path) -> str:
    """The text of a wording. `path` may be relative to `root` or to the current folder; raises BadWording."""
    inside = (root / path).resolve()
    found = inside if inside.is_file() else path.resolve()
    if not found.is_relative_to(root.resolve()):
        raise BadWording(f"{path}: a wording must lie inside the workspace, as consent/partners-v1.md does")
    if not found.is_file():
        raise BadWording(f"{path}: there is no such file", remedy="Wordings lie in the folder consent/.")
    if found.stat().st_size > _LIMIT_BYTES:
        raise BadWording(f"{path}: it is larger than {_LIMIT_BYTES:,} bytes; that is no wording")
    try:
        # newline="": the digest is over what was shown, whatever the system's line ends are.
        with found.open(encoding="utf-8-sig", newline="") as file:
            text = file.read().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise BadWording(f"{path}: it is not UTF-8 text: {error.reason}") from None
    if not text.strip():
        raise BadWording(f"{path}: it is empty")
    return text
