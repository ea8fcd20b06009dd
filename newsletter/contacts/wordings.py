"""Wordings: the very words under which people agreed, kept by their digest."""

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from newsletter.contacts.dates import stamp
from newsletter.database import Database
from newsletter.errors import InputError

_LIMIT_BYTES = 1_000_000
_VERSION = re.compile(r"-v(\d+)$")
# How many people ever agreed in each wording, entries that were struck out aside, and whose standing rests on it now.
_USED = """
    WITH used AS (
        SELECT e.wording_digest AS digest, count(DISTINCT e.contact_id) AS agreed,
            count(DISTINCT CASE WHEN s.state = 'given' THEN s.contact_id END) AS in_force
        FROM consents e LEFT JOIN subscriptions s
            ON s.contact_id = e.contact_id AND s.list = e.list AND s.sequence = e.sequence
        WHERE e.wording_digest <> '' AND e.kind IN ('given', 'confirmed', 'refreshed')
            AND e.sequence NOT IN (SELECT voids FROM consents WHERE voids IS NOT NULL)
        GROUP BY e.wording_digest)
    SELECT w.name, w.digest, w.recorded_at, coalesce(u.agreed, 0) AS agreed, coalesce(u.in_force, 0) AS in_force
    FROM wordings w LEFT JOIN used u USING (digest) ORDER BY w.name, w.recorded_at
"""


class BadWording(InputError):
    """This file cannot be kept as the wording of a consent."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The name of a wording's file, its text, and the text's SHA-256 digest, hex."""

    name: str
    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class Version:
    """One wording as it stands in consent/, or stood there.

    `state` is 'in use', 'new' (nobody agreed in it yet), 'changed' (people agreed in words that the
    file has no more) or 'missing' (they did, and the file has gone). `agreed` counts people ever,
    `in_force` those whose standing rests on it now; `first_used` is empty for a new one.
    """

    name: str
    version: int | None
    digest: str
    state: str
    agreed: int
    in_force: int
    first_used: str


def versions(db: Database, folder: Path) -> list[Version]:
    """Every wording: the files of the folder, and what was agreed to and is there no more; by name."""
    files = {
        path.name: read_wording(path, db.path.parent).digest
        for path in sorted(folder.glob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    used = db.conn.execute(_USED).fetchall()
    kept = {row["digest"] for row in used}
    known = [
        Version(
            row["name"],
            _version(row["name"]),
            row["digest"],
            _state(row["name"], row["digest"], files),
            row["agreed"],
            row["in_force"],
            row["recorded_at"],
        )
        for row in used
    ]
    fresh = [
        Version(name, _version(name), digest, "new", 0, 0, "")
        for name, digest in files.items()
        if digest not in kept
    ]
    return sorted([*known, *fresh], key=lambda found: (found.name, found.first_used or "9"))


def _state(name: str, digest: str, files: dict[str, str]) -> str:
    if digest in files.values():
        return "in use"
    return "changed" if name in files else "missing"


def _version(name: str) -> int | None:
    match = _VERSION.search(Path(name).stem)
    return int(match[1]) if match else None


def wording_text(db: Database, digest: str) -> str:
    """The words with this digest, as they were shown; '' where they are not kept."""
    row = db.one("SELECT text FROM wordings WHERE digest = ?", digest)
    return str(row["text"]) if row else ""


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
