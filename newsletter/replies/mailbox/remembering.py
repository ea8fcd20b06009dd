"""What is remembered of a mailbox: how far it was read, and when it was last read to its end."""

import datetime as dt
from pathlib import Path

from newsletter.config import Config
from newsletter.database import Database, transaction
from newsletter.oauth import user_of


def mailbox_name(db: Database, config: Config) -> str:
    """By what this mailbox is known in contacts.db: a keyed hash, since a login is often an address."""
    mailbox = config.mailbox
    parts = (
        (str(Path(mailbox.path).resolve()),)
        if mailbox.path
        else (user_of(config, "imap").lower(), mailbox.host.lower(), mailbox.folder)
    )
    return db.key.mac("mailbox", "\0".join(parts).encode()).hex()


def last_uid(db: Database, name: str, validity: int) -> int:
    """The highest UID of the mailbox that is recorded; 0 where the server has numbered it anew since."""
    row = db.one("SELECT last_uid FROM mailboxes WHERE name = ? AND uid_validity = ?", name, validity)
    return int(row["last_uid"]) if row else 0


def remember_uid(db: Database, name: str, validity: int, uid: int) -> None:
    """Note that every message up to `uid` is recorded; never back, unless the server has numbered anew."""
    with transaction(db):
        db.conn.execute(
            "INSERT INTO mailboxes (name, uid_validity, last_uid) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE "
            "SET last_uid = iif(uid_validity = excluded.uid_validity, max(last_uid, excluded.last_uid), "
            "excluded.last_uid), uid_validity = excluded.uid_validity",
            (name, validity, uid),
        )


def remember_end(db: Database, name: str, began: dt.datetime) -> None:
    """Note that whatever lay in the mailbox at `began` is recorded."""
    with transaction(db):
        db.conn.execute(
            "INSERT INTO mailboxes (name, read_at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET read_at = "
            "max(read_at, excluded.read_at)",
            (name, began.isoformat(timespec="seconds")),
        )


def read_to_end_at(db: Database, config: Config) -> dt.datetime | None:
    """Until when everything that came into the mailbox of newsletter.toml is recorded, opt-outs too; None: never read."""
    row = db.one("SELECT read_at FROM mailboxes WHERE name = ?", mailbox_name(db, config))
    return dt.datetime.fromisoformat(row["read_at"]) if row and row["read_at"] else None


def begin_reading(db: Database, source: str, now: dt.datetime) -> int:
    """Note that a mailbox is being read; the number of the note."""
    with transaction(db):
        made = db.conn.execute(
            "INSERT INTO readings (source, began_at) VALUES (?, ?)",
            (source, now.isoformat(timespec="seconds")),
        )
    return int(made.lastrowid or 0)


def count_reading(db: Database, number: int, messages: int) -> None:
    """Note how many messages were recorded until now."""
    with transaction(db):
        db.conn.execute("UPDATE readings SET messages = ? WHERE id = ?", (messages, number))


def end_reading(db: Database, number: int, now: dt.datetime, fault: str = "") -> None:
    """Note that the reading is over; `fault` says, without anybody's address, why it did not come to the end."""
    with transaction(db):
        db.conn.execute(
            "UPDATE readings SET ended_at = ?, fault = ? WHERE id = ?",
            (now.isoformat(timespec="seconds"), fault, number),
        )
