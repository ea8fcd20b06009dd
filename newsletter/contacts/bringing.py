"""Brings what a newer contacts.db of the same lineage knows against writing to people into a restored one."""

import datetime as dt
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter.contacts.consent import record_consent, standing
from newsletter.contacts.dates import stamp
from newsletter.contacts.ledger import SIGNED, ConsentEvent, entry_of
from newsletter.contacts.operations import Actor, operation, touching
from newsletter.contacts.standing import standing_of
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
    """Each no that stands there and not here, as an entry of its own, with the day of the old one."""
    taken, common = 0, _common(db, source)
    for there, name in source.execute(_CHANGED, (common,)).fetchall():
        ids = _ids_there(source, there)
        no = _no(source, ids, name, common)
        if no is None:
            continue
        for person in _persons_here(db, ids):
            if _stands(db, person, name, no.kind):
                day = no.effective_at or stamp(now)
                event = ConsentEvent(person, name, no.kind, "unknown", day, _CHANNEL, actor.name)
                said = f"brought over from entry {no.sequence} of a newer contacts.db"
                record_consent(db, replace(event, detail={"source": said}), now)
                taken += 1
    return taken


@dataclass(frozen=True, slots=True)
class _No:
    """Why the newer file writes to somebody no more: they withdrew, or what they agreed to ended or was struck out."""

    kind: str
    effective_at: str
    sequence: int


#: Whose yes may have become a no since the files parted; whoever was merged may have said no as another.
_CHANGED = """
    SELECT coalesce(a.contact_id, e.contact_id), e.list FROM consents e
    LEFT JOIN contact_aliases a ON a.old_id = e.contact_id
    WHERE e.sequence > ? AND e.kind IN ('withdrawn', 'expired', 'voided')
    UNION SELECT a.contact_id, e.list FROM contact_aliases a
    CROSS JOIN consents e ON e.contact_id IN (a.old_id, a.contact_id)
"""


def _no(source: sqlite3.Connection, ids: list[int], name: str, common: int) -> _No | None:
    """What the newer file says against writing to a person; also where they came back since: that evidence is there."""
    rows = source.execute(
        f"SELECT {', '.join(SIGNED[:-1])} FROM consents WHERE list = ? "
        "AND contact_id IN (SELECT value FROM json_each(?)) ORDER BY sequence",
        (name, json.dumps(ids)),
    )
    entries = [entry_of(row) for row in rows]
    voided = {entry.voids for entry in entries}
    left = [e for e in entries if e.kind == "withdrawn" and e.sequence > common and e.sequence not in voided]
    if left:
        return _No("withdrawn", max(entry.effective_at for entry in left), left[-1].sequence)
    stood = standing_of(entries)
    if stood.agreed:
        return None
    return _No("withdrawn" if stood.state == "withdrawn" else "expired", stood.since, stood.sequence)


def _ids_there(source: sqlite3.Connection, contact_id: int) -> list[int]:
    old = source.execute("SELECT old_id FROM contact_aliases WHERE contact_id = ?", (contact_id,))
    return [contact_id, *(row[0] for row in old)]


def _persons_here(db: Database, ids: list[int]) -> list[int]:
    """Who the person with these ids is here: several people, where they were merged since."""
    rows = db.conn.execute(
        "SELECT id FROM contacts WHERE id IN (SELECT value FROM json_each(?1)) "
        "UNION SELECT contact_id FROM contact_aliases WHERE old_id IN (SELECT value FROM json_each(?1))",
        (json.dumps(ids),),
    )
    return [row[0] for row in rows]


def _stands(db: Database, person: int, name: str, kind: str) -> bool:
    """Whether this kind of entry would change where a person stands here.

    That they left counts also where nothing is on record here: a form from before may come to light.
    """
    stood = standing(db, person, name)
    if kind == "withdrawn":
        known = stood.sequence or db.one("SELECT 1 FROM lists WHERE list = ?", name)
        return bool(known) and (stood.state != "withdrawn" or stood.pending is not None)
    return stood.state in ("given", "unconfirmed")


def _stops(db: Database, source: sqlite3.Connection) -> int:
    """Who has died, left the study, asked not to be contacted or to pause, and is not so marked here."""
    taken = 0
    stopped = "SELECT id, stop, paused_until FROM contacts WHERE stop <> '' OR paused_until <> ''"
    for there, stop, paused in source.execute(stopped).fetchall():
        for person in _persons_here(db, _ids_there(source, there)):
            row = db.one("SELECT stop, paused_until FROM contacts WHERE id = ?", person)
            if row is None or ((row["stop"] or not stop) and paused <= row["paused_until"]):
                continue
            touching(db, [person])
            db.conn.execute(
                "UPDATE contacts SET stop = CASE stop WHEN '' THEN ? ELSE stop END, "
                "paused_until = max(paused_until, ?) WHERE id = ?",
                (stop, paused, person),
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
