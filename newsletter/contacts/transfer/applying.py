"""Do what a plan says, in one transaction: all of it or nothing."""

import datetime as dt
import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from newsletter.contacts.consent import record_consents
from newsletter.contacts.dates import stamp
from newsletter.contacts.ledger import ConsentEvent
from newsletter.contacts.memberships import add_memberships
from newsletter.contacts.people import new_ids, write_contacts
from newsletter.contacts.search import index_people
from newsletter.contacts.transfer.lines import Given
from newsletter.contacts.transfer.planning import Person, Plan, Progress, plan_import, version_of
from newsletter.contacts.wordings import keep_wording
from newsletter.database import Database, transaction
from newsletter.errors import ImportRejected, InputError

_BATCH = 2000
_CACHE_KIB = 64 * 1024


def apply_import(db: Database, plan: Plan, now: dt.datetime, progress: Progress | None = None) -> Plan:
    """Do what the plan says; the plan as it was done.

    Where the database changed since it was made, it is made anew first, while nobody else can write.

    Raises ImportRejected, with nothing done, where rows cannot be taken and that was not allowed.
    """
    with _roomy(db), transaction(db):
        current = plan
        if version_of(db) != plan.version:
            current = plan_import(db, plan.order, now)
            if current.shape.digest != plan.shape.digest:
                raise InputError(f"{plan.order.path}: the file was changed meanwhile; run the import again")
        if current.rejected and not current.order.skip_bad:
            raise ImportRejected(problems=current.problems)
        if any(person.contact_id is None or person.changes for person in current.people):
            _write(db, current, now, progress)
    return current


def _write(db: Database, plan: Plan, now: dt.datetime, progress: Progress | None) -> None:
    number = _log(db, plan, now)
    for wording in {
        g.wording.digest: g.wording for p in plan.people for g in p.given.values() if g.wording
    }.values():
        keep_wording(db, wording, now)
    new = [person for person in plan.people if person.contact_id is None]
    ids = new_ids(db, len(new))
    for start in range(0, len(new), _BATCH):
        chosen = slice(start, start + _BATCH)
        _add(db, plan, list(zip(ids[chosen], new[chosen], strict=True)), number, now)
        if progress:
            progress(start, len(plan.people))
    for person in plan.people:
        if person.contact_id is not None and person.changes:
            _change(db, plan, person, number, now)


def _log(db: Database, plan: Plan, now: dt.datetime) -> int:
    """Put the import itself on record; its number, which the details of its consents carry."""
    counts = plan.counts()
    cursor = db.conn.execute(
        "INSERT INTO imports (file_digest, source, imported_at, recorder, added, changed, unchanged, rejected) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            plan.shape.digest,
            plan.order.source,
            stamp(now),
            plan.order.recorder,
            counts["added"],
            counts["changed"],
            counts["unchanged"],
            counts["rejected"],
        ),
    )
    return int(cursor.lastrowid or 0)


def _add(
    db: Database, plan: Plan, people: Sequence[tuple[int, Person]], number: int, now: dt.datetime
) -> None:
    contacts = [(person.contact, [person.address]) for _, person in people]
    write_contacts(db, [contact_id for contact_id, _ in people], contacts, now)
    events = [
        _event(plan, contact_id, person, given, number)
        for contact_id, person in people
        for given in person.given.values()
    ]
    record_consents(db, events, now, fresh=True)


def _change(db: Database, plan: Plan, person: Person, number: int, now: dt.datetime) -> None:
    contact_id = person.contact_id
    assert contact_id is not None  # noqa: S101  # asked by the caller
    if person.fills:
        columns = ", ".join(f"{name} = ?" for name in person.fills)
        db.conn.execute(
            f"UPDATE contacts SET {columns}, updated_at = ? WHERE id = ?",
            (*person.fills.values(), stamp(now), contact_id),
        )
    if person.joins:
        add_memberships(db, contact_id, person.contact, stamp(now))
    if person.fills or person.joins:
        index_people(db, [contact_id])
    events = [_event(plan, contact_id, person, given, number) for given in person.given.values()]
    if events:
        record_consents(db, events, now)


def _event(plan: Plan, contact_id: int, person: Person, given: Given, number: int) -> ConsentEvent:
    return ConsentEvent(
        contact_id=contact_id,
        list=given.list,
        kind="given",
        basis=given.basis,
        effective_at=given.effective_at,
        channel=given.channel,
        recorder=plan.order.recorder,
        wording_digest=given.wording.digest if given.wording else "",
        expires_at=given.expires_at,
        detail={"source": given.source, "import": number, "line": person.line},
    )


@contextmanager
def _roomy(db: Database) -> Iterator[None]:
    """More of the database in memory for a while: the indexes of a large file would not fit otherwise."""
    row = db.one("PRAGMA cache_size")
    db.conn.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    # The plan's many small objects all stay: walking through them again and again frees nothing.
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        db.conn.execute(f"PRAGMA cache_size = {row[0] if row else -2000}")
