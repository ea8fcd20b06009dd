"""Who changed what: each change is kept as one operation, with the people it touched as they were before.

An operation names nobody; what it keeps of a person (`before`) is emptied when they are erased.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from newsletter.contacts.dates import stamp
from newsletter.contacts.images import Image, as_text, differing, images_of
from newsletter.database import Database, transaction

_STEP = 500


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
    before: dict[int, str] = field(default_factory=dict)  # '': there was no such person


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
    fresh = [number for number in contact_ids if number not in running.before]
    found = images_of(db, fresh)
    for number in fresh:
        running.before[number] = as_text(found[number]) if number in found else ""


def adding(db: Database, contact_ids: Iterable[int]) -> None:
    """As `touching`, for people who are not there yet: nothing is looked up."""
    if isinstance(db.running, Running):
        db.running.before.update((number, "") for number in contact_ids)


def _next(db: Database, sql: str) -> int:
    row = db.one(sql)
    return (row[0] or 0) + 1 if row else 1


def _keep(db: Database, running: Running, said: tuple[str, str, str], first: int, now: dt.datetime) -> None:
    last = _next(db, "SELECT max(sequence) FROM consents") - 1
    touched = list(_changes(db, running.before))
    if not touched and last < first and not running.summary and running.undoes is None:
        return
    entries = (first, last) if last >= first else (None, None)
    db.conn.execute(
        "INSERT INTO operations (id, at, operator, via, command, summary, first_entry, last_entry, undoes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (running.number, stamp(now), *said, json.dumps(running.summary), *entries, running.undoes),
    )
    db.conn.executemany(
        "INSERT INTO operation_contacts VALUES (?, ?, ?, ?, ?, ?)",
        ((running.number, *row) for row in touched),
    )


def _changes(db: Database, before: dict[int, str]) -> Iterator[tuple[int, str, str, str, str]]:
    """Contact, what became of them, which fields, as they were, and the keyed hash of what they are."""
    numbers = sorted(before)
    for start in range(0, len(numbers), _STEP):
        chosen = numbers[start : start + _STEP]
        now_kept = images_of(db, chosen)
        for number in chosen:
            was, after = before[number], now_kept.get(number)
            if after is None and not was:
                continue
            if after is None:
                yield number, "removed", "", was, ""
            elif not was:
                yield number, "added", "", "", image_mac(db, after)
            elif as_text(after) != was:
                yield number, "changed", " ".join(differing(was, after)), was, image_mac(db, after)


def image_mac(db: Database, image: Image) -> str:
    """A keyed hash of a person as they are kept, hex: tells later whether anything changed since."""
    return db.key.mac("image", as_text(image).encode())[:16].hex()
