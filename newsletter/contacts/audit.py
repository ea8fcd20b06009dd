"""What was done to people, when and by whom: the operations as they are told."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from newsletter.contacts.ids import ids_of
from newsletter.database import Database
from newsletter.errors import InputError


@dataclass(frozen=True, slots=True)
class Done:
    """One operation. `first` and `last` are its entries of the ledger, 0 where it made none.

    `undoes` and `undone_by` are the numbers of other operations, 0 for none.
    """

    number: int
    at: str
    operator: str
    via: str
    command: str
    summary: Mapping[str, object]
    first: int
    last: int
    undoes: int
    undone_by: int


@dataclass(frozen=True, slots=True)
class Told:
    """An operation with whom it touched: how many were added, changed and removed, and which fields.

    `entries` is how many entries of the ledger it made; where one person is asked about, about them.
    """

    done: Done
    people: Mapping[str, int]
    fields: tuple[str, ...]
    entries: int

    def as_dict(self) -> dict[str, object]:
        done = asdict(self.done)
        return {**done, "people": dict(self.people), "fields": list(self.fields), "entries": self.entries}


class NoSuchOperation(InputError):
    """There is no such change on record."""


_DONE = """
    SELECT o.id, o.at, o.operator, o.via, o.command, o.summary, coalesce(o.first_entry, 0),
        coalesce(o.last_entry, 0), coalesce(o.undoes, 0), coalesce(u.id, 0)
    FROM operations o LEFT JOIN operations u ON u.undoes = o.id
"""
_OF_PEOPLE = (
    "(o.first_entry IS NOT NULL OR EXISTS (SELECT 1 FROM operation_contacts t WHERE t.operation_id = o.id))"
)
# An operation that only made entries of the ledger touched nobody's row.
_OF_ONE = """
    o.id IN (SELECT t.operation_id FROM json_each(:ids) w JOIN operation_contacts t ON t.contact_id = w.value
        UNION SELECT p.id FROM json_each(:ids) w JOIN consents e ON e.contact_id = w.value
        JOIN operations p ON e.sequence BETWEEN p.first_entry AND p.last_entry)
"""


def tell_operations(db: Database, limit: int, contact_id: int | None = None) -> list[Told]:
    """The newest operations first; for one person alone, under every id that they ever had."""
    ids = ids_of(db, contact_id) if contact_id is not None else []
    where = f"WHERE {_OF_ONE}" if ids else ""
    rows = db.conn.execute(
        f"{_DONE} {where} ORDER BY o.id DESC LIMIT :limit", {"ids": json.dumps(ids), "limit": limit}
    )
    return [_told(db, _done(row), ids) for row in rows.fetchall()]


def the_operation(db: Database, number: int) -> Done:
    """The operation of this number. Raises NoSuchOperation."""
    row = db.one(f"{_DONE} WHERE o.id = ?", number)
    if row is None:
        raise NoSuchOperation(
            f"there is no change number {number}", remedy="`newsletter contacts log` shows what was done."
        )
    return _done(row)


def last_operation(db: Database) -> Done:
    """The last change of people by one of us that stands: neither undone nor itself an undoing. Raises NoSuchOperation."""
    row = db.one(
        f"{_DONE} WHERE u.id IS NULL AND o.undoes IS NULL AND o.via NOT IN ('mailbox', 'pages') AND {_OF_PEOPLE} "
        "ORDER BY o.id DESC LIMIT 1"
    )
    if row is None:
        raise NoSuchOperation("there is no change of people that could be undone")
    return _done(row)


def _done(row: sqlite3.Row) -> Done:
    number, at, operator, via, command, summary, *rest = row
    return Done(number, at, operator, via, command, json.loads(summary), *rest)


def _told(db: Database, done: Done, ids: Sequence[int]) -> Told:
    whose = "AND contact_id IN (SELECT value FROM json_each(?))" if ids else ""
    rows = db.conn.execute(
        "SELECT change, fields, count(*) FROM operation_contacts "
        f"WHERE operation_id = ? {whose} GROUP BY change, fields",
        (done.number, json.dumps([*ids])) if ids else (done.number,),
    )
    people: dict[str, int] = {}
    fields: dict[str, None] = {}
    for change, names, count in rows:
        people[change] = people.get(change, 0) + count
        fields |= dict.fromkeys(names.split())
    return Told(done, people, tuple(fields), _entries(db, done, ids))


def _entries(db: Database, done: Done, ids: Sequence[int]) -> int:
    if not done.last or not ids:
        return done.last - done.first + 1 if done.last else 0
    row = db.one(
        "SELECT count(*) FROM json_each(?) w CROSS JOIN consents e ON e.contact_id = w.value "
        "WHERE e.sequence BETWEEN ? AND ?",
        *(json.dumps([*ids]), done.first, done.last),
    )
    return int(row[0]) if row else 0
