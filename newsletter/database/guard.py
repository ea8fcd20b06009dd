"""Knows this database from its copies: what sending needs to be sure of before it begins.

A copied or restored database may not know the latest mailings and withdrawals. So a note about
the database lies outside it, in the user's state folder: which file it is, how often it was
changed, and the head of the consent ledger. A copy has another inode, an older state of the same
file was changed less often, a ledger whose tail was cut has fewer entries or another head.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from newsletter.database.opening import Database, transaction
from newsletter.database.placing import ALLOW, reason_not_here

_ADOPT = "was it copied or restored? Check what was sent since, then run `newsletter adopt`"


@dataclass(frozen=True, slots=True)
class Anchor:
    """What is remembered outside the database."""

    inode: int
    generation: int
    entries: int
    head: str
    path: str = ""


def newer_file(db: Database) -> Path | None:
    """The file that was used last under this database's name, where it is another one and still there."""
    anchor = _read(db)
    path = Path(anchor.path) if anchor and anchor.path else None
    if path is None or not path.is_file() or path.samefile(db.path):
        return None
    return path


def reason_not_to_send(db: Database) -> str | None:
    """Why nothing may be sent from this file: it is not the database that sent last, or lies where it breaks."""
    if reason := reason_not_here(db.path):
        move = "move the workspace to a disk of this computer, then run `newsletter adopt` there"
        return f"{reason}; {move} (or set {ALLOW}=1, if you know that this holds)"
    return reason_to_adopt(db)


def reason_to_adopt(db: Database) -> str | None:
    """Why this file may not be the database that sent last, or None where it is."""
    anchor, here = _read(db), _now(db)
    if here.generation < 0:
        return f"this database was restored from a backup: {_ADOPT}"
    if anchor is None:
        return f"this database has not been used for sending by you on this machine: {_ADOPT}"
    if anchor.inode != here.inode:
        return f"this file is a copy of the database that was used before: {_ADOPT}"
    if anchor.generation > here.generation:
        return f"this is an older state of the database that was used before: {_ADOPT}"
    if anchor.entries > here.entries or anchor.head != _head(db, anchor.entries):
        return f"the consent ledger is not the one that was here before: {_ADOPT}, after `newsletter consent verify`"
    return None


def anchor_database(db: Database, *, counted: bool = False) -> None:
    """Remember the ledger's head outside the database; `counted` also counts a run or a change.

    The database is written first: should the machine stop between, it is ahead of the note,
    which is sound.
    """
    if counted:
        with transaction(db):
            db.conn.execute("UPDATE identity SET generation = generation + 1")
    _write(db, _now(db))


def keep_anchored(db: Database) -> None:
    """Count what this connection changed, if this is the database that the note is about.

    Not only entries of the ledger: an address that was suppressed since, or somebody who has died,
    would be written to again from an older state of the same file.
    """
    if db.conn.total_changes and reason_to_adopt(db) is None:
        anchor_database(db, counted=True)


def adopt_database(db: Database) -> None:
    """Take this file, as it is, for the one database that sends."""
    before = _read(db)
    generation = before.generation + 1 if before else 0
    with transaction(db):
        db.conn.execute("UPDATE identity SET generation = max(generation, ?)", (generation,))
    _write(db, _now(db))


def lock_restored(db: Database) -> None:
    """Mark a restored database, so that it does not send before it has been adopted."""
    with transaction(db):
        db.conn.execute("UPDATE identity SET generation = -1")


def anchored_head(db: Database) -> tuple[int, str] | None:
    """The number of ledger entries at the last anchoring and the last one's mac, if known here."""
    anchor = _read(db)
    return (anchor.entries, anchor.head) if anchor else None


def _now(db: Database) -> Anchor:
    row = db.one("SELECT generation, (SELECT max(sequence) FROM consents) AS entries FROM identity")
    generation, entries = (row["generation"], row["entries"] or 0) if row else (0, 0)
    return Anchor(db.path.stat().st_ino, generation, entries, _head(db, entries), str(db.path.resolve()))


def _head(db: Database, entries: int) -> str:
    row = db.one("SELECT mac FROM consents WHERE sequence = ?", entries)
    return str(row["mac"]) if row else ""


def _file(db: Database) -> Path:
    return platformdirs.user_state_path("newsletter") / "anchors" / f"{db.database_id}.json"


def _read(db: Database) -> Anchor | None:
    try:
        noted = json.loads(_file(db).read_text(encoding="utf-8"))
        return Anchor(
            int(noted["inode"]),
            int(noted["generation"]),
            int(noted["entries"]),
            str(noted["head"]),
            str(noted.get("path", "")),
        )
    except (FileNotFoundError, ValueError, TypeError, LookupError, AttributeError):
        return None  # no note, or one that somebody else wrote: as good as none


def _write(db: Database, anchor: Anchor) -> None:
    path = _file(db)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A name of this process alone: two commands may end at the same moment.
    fresh = path.with_suffix(f".{os.getpid()}.new")
    fresh.write_text(json.dumps(asdict(anchor)), encoding="utf-8")
    fresh.replace(path)
