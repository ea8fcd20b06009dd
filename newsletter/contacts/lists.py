"""Lists: copied from newsletter.toml with dated purposes, and counted."""

import datetime as dt
from dataclasses import dataclass

from newsletter.config import Config
from newsletter.contacts.dates import stamp
from newsletter.database import Database, transaction
from newsletter.errors import InputError, near

#: Begins the name under which the ledger keeps somebody's permission to be shown. No list can be called so.
MEDIA = "media:"


class UnknownList(InputError):
    """There is no list of this name."""


@dataclass(frozen=True, slots=True)
class ListInfo:
    """A list as it stands in the database; `purpose` is the newest one."""

    list: str
    name: str
    purpose: str
    members: int


@dataclass(frozen=True, slots=True)
class Purpose:
    """What subscribers of a list were told it is for, from a time on."""

    list: str
    purpose: str
    since: str


def purposes(db: Database) -> list[Purpose]:
    """Every purpose that was ever told, by list, oldest first."""
    rows = db.conn.execute("SELECT list, purpose, since FROM list_purposes ORDER BY list, since")
    return [Purpose(*row) for row in rows]


def sync_lists(db: Database, config: Config, now: dt.datetime) -> None:
    """Copy the lists of newsletter.toml, and each new purpose with the day it came.

    A list that left newsletter.toml stays: people's consents hang on it.
    """
    if not _differs(db, config):
        return
    with transaction(db):
        for name, settings in config.lists.items():
            db.conn.execute(
                "INSERT INTO lists VALUES (?, ?, ?) ON CONFLICT (list) DO UPDATE SET name = excluded.name",
                (name, settings.name, stamp(now)),
            )
            if _purpose(db, name) != settings.purpose:
                db.conn.execute(
                    "INSERT OR REPLACE INTO list_purposes VALUES (?, ?, ?)",
                    (name, settings.purpose, stamp(now)),
                )


def is_media(name: str) -> bool:
    """Whether the ledger keeps a permission to be shown under this name, and no list."""
    return name.startswith(MEDIA)


def require_list(db: Database, name: str) -> None:
    """Raises UnknownList, with the nearest name and all there are, where there is no such list.

    A permission to be shown that is on record will do: entries about it stand in the same ledger.
    """
    if is_media(name) and db.one("SELECT 1 FROM media_permissions WHERE permission = ?", name[len(MEDIA) :]):
        return
    known = [row[0] for row in db.conn.execute("SELECT list FROM lists ORDER BY list")]
    if name not in known:
        raise UnknownList(
            f"list: there is none called {name!r}{near(name, known)}",
            remedy=f"There are: {', '.join(known)}." if known else "Lists stand in newsletter.toml.",
        )


def all_lists(db: Database) -> list[ListInfo]:
    """Every list with its newest purpose and the number of people on it, by name."""
    rows = db.conn.execute(
        "SELECT list, name, coalesce((SELECT purpose FROM list_purposes p WHERE p.list = l.list "
        "ORDER BY since DESC LIMIT 1), ''), "
        "(SELECT count(*) FROM list_members m WHERE m.list = l.list) FROM lists l ORDER BY list"
    )
    return [ListInfo(*row) for row in rows]


def _differs(db: Database, config: Config) -> bool:
    # Asked at the start of every command: who is on the lists is not counted for it.
    kept = {
        row[0]: (row[1], _purpose(db, row[0]) or "")
        for row in db.conn.execute("SELECT list, name FROM lists").fetchall()
    }
    wanted = {name: (settings.name, settings.purpose) for name, settings in config.lists.items()}
    return any(kept.get(name) != settings for name, settings in wanted.items())


def _purpose(db: Database, name: str) -> str | None:
    row = db.one("SELECT purpose FROM list_purposes WHERE list = ? ORDER BY since DESC LIMIT 1", name)
    return row["purpose"] if row else None
