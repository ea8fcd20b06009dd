"""Brings what a newer contacts.db of the same lineage knows against writing to people into a restored one."""

import datetime as dt
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter.contacts.consent import record_consent, standing
from newsletter.contacts.ledger import ConsentEvent
from newsletter.contacts.operations import Actor, operation, touching
from newsletter.contacts.suppression import REASONS
from newsletter.database import Database, open_for_reading
from newsletter.errors import InputError

_CHANNEL = "newer-database"


@dataclass(frozen=True, slots=True)
class Brought:
    """What came over, in numbers, and the people who were erased there and are here again."""

    suppressions: int = 0
    withdrawals: int = 0
    stops: int = 0
    left_behind: int = 0  # agreements that only the newer file has: their evidence is there
    erased: tuple[int, ...] = ()


def bring_over(db: Database, newer: Path, actor: Actor, now: dt.datetime) -> Brought:
    """Take over suppressions, withdrawals, stops and pauses that only `newer` knows; nothing that allows writing.

    Raises InputError where `newer` is another workspace's database, and DatabaseProblem where it
    cannot be read.
    """
    with closing(open_for_reading(newer)) as source:
        _require_lineage(db, source, newer)
        with operation(db, actor, "adopt", now) as running:
            brought = Brought(
                _suppressions(db, source),
                _withdrawals(db, source, actor, now),
                _stops(db, source),
                _agreements(db, source),
                _erased(db, source),
            )
            running.summary = {
                "suppressions": brought.suppressions,
                "withdrawals": brought.withdrawals,
                "stops": brought.stops,
            }
    return brought


def _require_lineage(db: Database, source: sqlite3.Connection, newer: Path) -> None:
    asked = "SELECT database_id, key_fingerprint FROM identity"
    here, there = db.one(asked), source.execute(asked).fetchone()
    if here is None or tuple(here) != tuple(there):
        raise InputError(
            f"{newer} is the database of another workspace; nothing was taken from it",
            remedy="Name the file that this backup was once made from.",
        )


def _suppressions(db: Database, source: sqlite3.Connection) -> int:
    """Those that are missing here, and those that stand for a stronger reason there."""
    here = dict(db.conn.execute("SELECT address_key, reason FROM suppressions"))
    rows = [
        tuple(row)
        for row in source.execute(
            "SELECT address_key, reason, recorded_at, recorder, source FROM suppressions"
        )
        if row[0] not in here or REASONS.index(row[1]) > REASONS.index(here[row[0]])
    ]
    db.conn.executemany("INSERT OR REPLACE INTO suppressions VALUES (?, ?, ?, ?, ?)", rows)
    return len(rows)


def _withdrawals(db: Database, source: sqlite3.Connection, actor: Actor, now: dt.datetime) -> int:
    """Each withdrawal that stands there and not here, as an entry of its own, with the day of the old one."""
    taken = 0
    for contact_id, name, effective_at, entry in source.execute(
        "SELECT contact_id, list, max(effective_at), max(sequence) FROM consents w WHERE kind = 'withdrawn' "
        "AND sequence > ? AND NOT EXISTS (SELECT 1 FROM consents v WHERE v.voids = w.sequence) "
        "GROUP BY contact_id, list ORDER BY 4",
        (_common(db, source),),
    ):
        if not _knows(db, contact_id, name) or standing(db, contact_id, name).state == "withdrawn":
            continue
        event = ConsentEvent(contact_id, name, "withdrawn", "unknown", effective_at, _CHANNEL, actor.name)
        said = f"brought over from entry {entry} of a newer contacts.db"
        record_consent(db, replace(event, detail={"source": said}), now)
        taken += 1
    return taken


def _knows(db: Database, contact_id: int, name: str) -> bool:
    """Whether the ledger here speaks of this person and list at all: where it does not, nobody would write."""
    return db.one(
        "SELECT 1 FROM consents WHERE contact_id = ? AND list = ?", contact_id, name
    ) is not None and (db.one("SELECT 1 FROM contacts WHERE id = ?", contact_id) is not None)


def _stops(db: Database, source: sqlite3.Connection) -> int:
    """Who has died, left the study, asked not to be contacted or to pause, and is not so marked here."""
    taken = 0
    for contact_id, stop, paused in source.execute(
        "SELECT id, stop, paused_until FROM contacts WHERE stop <> '' OR paused_until <> ''"
    ):
        row = db.one("SELECT stop, paused_until FROM contacts WHERE id = ?", contact_id)
        if row is None or ((row["stop"] or not stop) and paused <= row["paused_until"]):
            continue
        touching(db, [contact_id])
        db.conn.execute(
            "UPDATE contacts SET stop = CASE stop WHEN '' THEN ? ELSE stop END, "
            "paused_until = max(paused_until, ?) WHERE id = ?",
            (stop, paused, contact_id),
        )
        taken += 1
    return taken


def _agreements(db: Database, source: sqlite3.Connection) -> int:
    asked = "SELECT count(*) FROM consents WHERE sequence > ? AND kind IN ('given', 'confirmed', 'refreshed')"
    return int(source.execute(asked, (_common(db, source),)).fetchone()[0])


def _erased(db: Database, source: sqlite3.Connection) -> tuple[int, ...]:
    gone = source.execute("SELECT DISTINCT contact_id FROM erasures ORDER BY 1").fetchall()
    asked = "SELECT 1 FROM contacts WHERE id = ?"
    return tuple(row[0] for row in gone if db.one(asked, row[0]) is not None)


def _common(db: Database, source: sqlite3.Connection) -> int:
    """The last entry that both ledgers have: as macs are chained, a search by halves finds it."""
    asked = "SELECT mac FROM consents WHERE sequence = ?"
    low, high = 0, int(source.execute("SELECT coalesce(max(sequence), 0) FROM consents").fetchone()[0])
    while low < high:
        middle = (low + high + 1) // 2
        here, there = db.one(asked, middle), source.execute(asked, (middle,)).fetchone()
        same = here is not None and there is not None and here[0] == there[0]
        low, high = (middle, high) if same else (low, middle - 1)
    return low
