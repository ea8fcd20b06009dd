"""Who changed what: each change is kept as one operation, with the people it touched as they were before.

An operation names nobody; what it keeps of a person (`before`) is emptied when they are erased.
Of somebody added it keeps that alone: an import adds a million at once. Whether anything happened
to them since is known from what touched them later (`touched_since`).
"""

import datetime as dt
import json
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from newsletter.contacts.dates import stamp
from newsletter.contacts.images import Image, as_text, differing, images_of
from newsletter.database import Database, transaction

_STEP = 500
_TOUCHED_NOW = """
CREATE TEMP TABLE IF NOT EXISTS touched (
    contact_id INTEGER PRIMARY KEY, change TEXT, fields TEXT DEFAULT '', before TEXT DEFAULT '', after_mac TEXT DEFAULT ''
)"""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and from where: 'command', 'browser', 'mailbox' or 'pages'."""

    name: str
    via: str = "command"


@dataclass(slots=True)
class Running:
    """An operation while it lasts; `number` is what it will be known by."""

    number: int
    summary: dict[str, object] = field(default_factory=dict)
    undoes: int | None = None
    added: "array[int]" = field(default_factory=lambda: array("q"))  # eight bytes a person
    noted: dict[int, str] = field(default_factory=dict)


@contextmanager
def operation(db: Database, actor: Actor, command: str, now: dt.datetime) -> Iterator[Running]:
    """One change by one person, all or nothing; it is put on record where anything came of it.

    Functions that change a contact call `touching` first. Operations do not nest: one that is
    begun inside another is part of it.
    """
    if isinstance(db.running, Running):
        yield db.running
        return
    with transaction(db):
        running = Running(_next(db, "SELECT max(id) FROM operations"))
        first = _next(db, "SELECT max(sequence) FROM consents")
        # Not in operation_contacts at once: while rows there wait for their operation, SQLite looks
        # at each new row of any table for what may have waited for it, which takes for ever.
        db.conn.execute(_TOUCHED_NOW)
        db.conn.execute("DELETE FROM temp.touched")
        db.running = running
        try:
            yield running
        finally:
            db.running = None
        _keep(db, running, (actor.name, actor.via, command), first, now)


def touching(db: Database, contact_ids: Iterable[int]) -> None:
    """Say that these people are about to be changed, added or removed; nothing outside an operation."""
    running = db.running
    if not isinstance(running, Running):
        return
    kept = db.conn.execute(
        "SELECT value FROM json_each(?) EXCEPT SELECT contact_id FROM temp.touched",
        (json.dumps([*contact_ids]),),
    )
    ids = [row[0] for row in kept]
    found = images_of(db, ids) if ids else {}
    db.conn.executemany(
        "INSERT INTO temp.touched (contact_id, change, before) VALUES (?, 'changed', ?)",
        ((number, as_text(image)) for number, image in found.items()),
    )


def adding(db: Database, contact_ids: Iterable[int]) -> None:
    """As `touching`, for people who are not there yet: nothing is looked up."""
    if isinstance(db.running, Running):
        db.running.added.extend(contact_ids)


def forgetting(db: Database, contact_ids: Iterable[int]) -> None:
    """Say that these people are forgotten: that they were removed is kept, and nothing of how they were."""
    if isinstance(db.running, Running):
        db.conn.executemany(
            "INSERT OR REPLACE INTO temp.touched (contact_id, change) VALUES (?, 'removed')",
            ((number,) for number in contact_ids),
        )


def noting(db: Database, contact_ids: Iterable[int], what: str) -> None:
    """Say that something was done about these people which is not kept with them, such as a suppression."""
    if isinstance(db.running, Running):
        db.running.noted |= dict.fromkeys(contact_ids, what)


def counting(db: Database, what: str, count: int = 1) -> None:
    """Keep a number that tells more of the operation than whom it touched: {'organisations': 1}."""
    if isinstance(db.running, Running):
        db.running.summary[what] = int(str(db.running.summary.get(what, 0))) + count


def touched_since(db: Database, number: int) -> set[int]:
    """Of the people whom an operation added, those to whom something happened since.

    That is: another operation which was not undone, an entry of the ledger which was not struck
    out, a change of the row, a message, something that hangs on the person.
    """
    rows = db.conn.execute(_TOUCHED, (number, json.dumps([*_come_to_nothing(db, number)])))
    return {row[0] for row in rows}


_TOUCHED = """
SELECT t.contact_id FROM operation_contacts t JOIN operations o ON o.id = t.operation_id
JOIN contacts c ON c.id = t.contact_id WHERE o.id = ?1 AND t.change = 'added' AND (
    c.updated_at > o.at AND NOT EXISTS
        (SELECT 1 FROM operation_contacts l WHERE l.contact_id = c.id AND l.operation_id > ?1)
    OR EXISTS (SELECT 1 FROM operation_contacts l WHERE l.contact_id = c.id AND l.operation_id > ?1
        AND l.operation_id NOT IN (SELECT value FROM json_each(?2)))
    OR EXISTS (SELECT 1 FROM consents e WHERE e.contact_id = c.id
        AND e.sequence > coalesce(o.last_entry, (SELECT max(last_entry) FROM operations WHERE id < ?1), 0) AND e.kind <> 'voided' AND NOT EXISTS
            (SELECT 1 FROM consents v WHERE v.contact_id = e.contact_id AND v.list = e.list AND v.voids = e.sequence))
    OR EXISTS (SELECT 1 FROM deliveries d WHERE d.contact_id = c.id AND d.state NOT IN ('waiting', 'skipped'))
    OR EXISTS (SELECT 1 FROM engagement_contacts g WHERE g.contact_id = c.id)
    OR EXISTS (SELECT 1 FROM media_permissions p WHERE p.contact_id = c.id)
    OR EXISTS (SELECT 1 FROM privacy_requests q WHERE q.contact_id = c.id)
    OR EXISTS (SELECT 1 FROM replies b WHERE b.contact_id <> 0 AND b.contact_id = c.id)
    OR EXISTS (SELECT 1 FROM contact_aliases a WHERE a.contact_id = c.id))
"""


def _come_to_nothing(db: Database, number: int) -> set[int]:
    """Of the operations after this one: those that were undone whole, and what undid them."""
    rows = db.conn.execute("SELECT id, undoes, summary FROM operations WHERE id > ?", (number,)).fetchall()
    undone_by = {row[1]: row[0] for row in rows if row[1] and not json.loads(row[2]).get("left")}
    later = {row[0] for row in rows}
    chains = [[row[0]] for row in rows if row[1] not in later]
    for chain in chains:
        while chain[-1] in undone_by:
            chain.append(undone_by[chain[-1]])
    return {operation_id for chain in chains if len(chain) % 2 == 0 for operation_id in chain}


def _next(db: Database, sql: str) -> int:
    row = db.one(sql)
    return (row[0] or 0) + 1 if row else 1


def _keep(db: Database, running: Running, said: tuple[str, str, str], first: int, now: dt.datetime) -> None:
    last = _next(db, "SELECT max(sequence) FROM consents") - 1
    _see_changes(db)
    _see_added(db, running)
    anybody = db.one("SELECT 1 FROM temp.touched")
    if not anybody and last < first and not running.summary and running.undoes is None:
        return
    entries = (first, last) if last >= first else (None, None)
    db.conn.execute(
        "INSERT INTO operations (id, at, operator, via, command, summary, first_entry, last_entry, undoes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (running.number, stamp(now), *said, json.dumps(running.summary), *entries, running.undoes),
    )
    db.conn.execute(
        "INSERT INTO operation_contacts (operation_id, contact_id, change, fields, before, after_mac) "
        "SELECT ?, contact_id, change, fields, before, after_mac FROM temp.touched ORDER BY contact_id",
        (running.number,),
    )
    db.conn.execute("DELETE FROM temp.touched")


def _see_added(db: Database, running: Running) -> None:
    """Keep who was added, also where they were touched afterwards, and what was noted."""
    db.conn.executemany(
        "INSERT OR REPLACE INTO temp.touched (contact_id, change) VALUES (?, 'added')",
        ((number,) for number in running.added),
    )
    # Whoever was added and removed again was never there.
    db.conn.execute(
        "DELETE FROM temp.touched WHERE change = 'added' AND NOT EXISTS (SELECT 1 FROM contacts WHERE id = contact_id)"
    )
    db.conn.executemany(
        "INSERT INTO temp.touched (contact_id, change, fields) VALUES (?, 'changed', ?) "
        "ON CONFLICT DO UPDATE SET fields = trim(fields || ' ' || excluded.fields)",
        running.noted.items(),
    )


def _see_changes(db: Database) -> None:
    """Say of each who was touched what became of them, and forget those who are as they were."""
    after = 0
    while rows := _touched(db, after):
        after = rows[-1][0]
        found = images_of(db, [contact_id for contact_id, _ in rows])
        for contact_id, was in rows:
            _settle(db, contact_id, _became(db, was, found.get(contact_id)))


def _touched(db: Database, after: int) -> list[tuple[int, str]]:
    rows = db.conn.execute(
        "SELECT contact_id, before FROM temp.touched WHERE contact_id > ? ORDER BY contact_id LIMIT ?",
        (after, _STEP),
    )
    return [(row[0], row[1]) for row in rows]


def _became(db: Database, was: str, image: Image | None) -> tuple[str, str, str] | None:
    """What became of a person, which fields, and the keyed hash of what they are; None: they are as they were."""
    if image is None:
        return "removed", "", ""
    if as_text(image) == was:
        return None
    return "changed", " ".join(differing(was, image)), image_mac(db, image)


def _settle(db: Database, contact_id: int, became: tuple[str, str, str] | None) -> None:
    if became is None:
        db.conn.execute("DELETE FROM temp.touched WHERE contact_id = ?", (contact_id,))
    else:
        db.conn.execute(
            "UPDATE temp.touched SET change = ?, fields = ?, after_mac = ? WHERE contact_id = ?",
            (*became, contact_id),
        )


def image_mac(db: Database, image: Image) -> str:
    """A keyed hash of a person as they are kept, hex: tells later whether anything changed since."""
    return db.key.mac("image", as_text(image).encode())[:16].hex()
