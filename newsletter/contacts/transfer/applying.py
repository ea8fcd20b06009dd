"""Do what a plan says, in one transaction: all of it or nothing."""

import datetime as dt
import json
import secrets
from collections.abc import Iterator, Sequence
from itertools import islice

from newsletter.contacts.consent import record_consents
from newsletter.contacts.dates import stamp
from newsletter.contacts.ledger import ConsentEvent
from newsletter.contacts.memberships import add_memberships
from newsletter.contacts.operations import Actor, Running, noting, operation, touching
from newsletter.contacts.people import NewContact, new_ids, write_contacts
from newsletter.contacts.search import index_people
from newsletter.contacts.transfer.agreements import Given
from newsletter.contacts.transfer.existing import FILLED
from newsletter.contacts.transfer.mapping import keep_mapping
from newsletter.contacts.transfer.people import Person
from newsletter.contacts.transfer.planning import Plan, Progress, plan_import, version_of
from newsletter.contacts.transfer.restoring import begun, restore_added, restore_changed
from newsletter.contacts.transfer.room import roomy
from newsletter.contacts.wordings import keep_wording
from newsletter.database import Database, transaction
from newsletter.errors import ImportRejected, InputError
from newsletter.tokens import address_key

_BATCH = 2000
_ID_BITS = 53  # as in contacts.people
_SHOWN = 200  # rejected rows told one by one


def apply_import(
    db: Database, plan: Plan, now: dt.datetime, progress: Progress | None = None, via: str = "command"
) -> Plan:
    """Do what the plan says; the plan as it was done.

    Where the database changed since it was made, it is made anew first, while nobody else can write.

    Raises ImportRejected, with nothing done, where rows cannot be taken and that was not allowed.
    """
    with transaction(db):
        current = plan
        if version_of(db) != plan.version:
            current = plan_import(db, plan.order, now)
            if current.shape.digest != plan.shape.digest:
                raise InputError(f"{plan.order.called}: the file was changed meanwhile; run the import again")
        counts = current.counts()
        if counts["rejected"] and not current.order.skip_bad:
            raise ImportRejected(problems=current.problems(_SHOWN))
        if current.order.mapping and current.order.source:
            keep_mapping(db, current.order.source, current.order.mapping, now)
        if counts["added"] or counts["changed"] or counts["barred"]:
            with roomy(db, counts["added"]):
                _take(db, current, now, progress, via)
    return current


def _take(db: Database, plan: Plan, now: dt.datetime, progress: Progress | None, via: str) -> None:
    row = db.one("SELECT coalesce(max(id), 0) + 1 FROM imports")
    number = int(row[0]) if row else 1
    with operation(db, Actor(plan.order.recorder, via), "contacts import", now) as running:
        running.summary |= {"import": number, **plan.counts(), "lists": list(plan.order.lists)}
        _write(db, plan, number, now, progress)
    # After the operation, which is on record only when it has ended.
    _log(db, plan, number, running, now)


def _write(db: Database, plan: Plan, number: int, now: dt.datetime, progress: Progress | None) -> None:
    for wording in plan.wordings.values():
        keep_wording(db, wording, now)
    total, done = plan.counts()["added"], 0
    for people in _batches(plan.people("added")):
        ids = _ids(db, len(people), done, total)
        _add(db, plan, list(zip(ids, people, strict=True)), number, now)
        done += len(people)
        if progress:
            progress(done, total)
    for people in _batches(plan.people("changed")):
        touching(db, [person.contact_id for person in people if person.contact_id])
        for person in people:
            _change(db, plan, person, number, now)
    _bar(db, plan, now)


def _bar(db: Database, plan: Plan, now: dt.datetime) -> None:
    """Let nobody write again to addresses that bounced or were blocked elsewhere; whose they are is noted."""
    rows = plan.scratch.rows("WHERE fate = 'barred'")
    while some := list(islice(rows, _BATCH)):
        keys = json.dumps([row["key"] for row in some])
        held = "SELECT contact_id FROM addresses WHERE address_key IN (SELECT value FROM json_each(?))"
        noting(db, [row[0] for row in db.conn.execute(held, (keys,))], "suppressed")
        db.conn.executemany(
            "INSERT OR REPLACE INTO suppressions VALUES (?, ?, ?, ?, ?)",
            [
                (row["key"], row["suppress"], stamp(now), plan.order.recorder, plan.order.source)
                for row in some
            ],
        )


def _batches(people: Iterator[Person]) -> Iterator[list[Person]]:
    while batch := list(islice(people, _BATCH)):
        yield batch


def _ids(db: Database, count: int, done: int, total: int) -> list[int]:
    """New ids for a batch, above those of the batch before it: each has its slice of all numbers.

    So rows are always added at the end of their tables, which is several times as fast.
    """
    width = (1 << _ID_BITS) // total
    return new_ids(db, count, lambda _: done * width + secrets.randbelow(count * width))


def _log(db: Database, plan: Plan, number: int, running: Running, now: dt.datetime) -> None:
    """Put the import itself on record, under the number that the details of its consents carry."""
    counts = plan.counts()
    changed = counts["changed"] + counts["barred"]
    db.conn.execute(
        "INSERT INTO imports (id, file_digest, source, imported_at, recorder, added, changed, unchanged, "
        "rejected, operation_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(number, plan.shape.digest, plan.order.source, stamp(now), plan.order.recorder),
            *(counts["added"], changed, counts["unchanged"], counts["rejected"], running.number),
        ),
    )


def _add(
    db: Database, plan: Plan, people: Sequence[tuple[int, Person]], number: int, now: dt.datetime
) -> None:
    contacts = [(one.contact, [a for a in (one.address, *one.others) if a.email]) for _, one in people]
    write_contacts(db, [contact_id for contact_id, _ in people], contacts, now)
    _keep_own(db, [(i, name, text) for i, person in people for name, text in person.own.items()])
    events = [
        _event(plan, contact_id, person, given, number)
        for contact_id, person in people
        for given in begun(person)
    ]
    record_consents(db, events, now, fresh=True)
    restore_added(db, plan.order, people, now)


def _change(db: Database, plan: Plan, person: Person, number: int, now: dt.datetime) -> None:
    contact_id = person.contact_id
    assert contact_id is not None  # noqa: S101  # the plan names one for everybody who changes
    joins: dict[str, list[str]] = {}
    for name, _, text in person.changes:
        joins.setdefault(name, []).append(text)
    fills = {name: joins.pop(name)[0] for name in list(joins) if name in FILLED}
    if fills:
        columns = ", ".join(f"{name} = CASE {name} WHEN '' THEN ? ELSE {name} END" for name in fills)
        db.conn.execute(f"UPDATE contacts SET {columns} WHERE id = ?", (*fills.values(), contact_id))
    _join(db, contact_id, person, joins, now)
    if person.changes:
        db.conn.execute("UPDATE contacts SET updated_at = ? WHERE id = ?", (stamp(now), contact_id))
        index_people(db, [contact_id])
    events = [_event(plan, contact_id, person, given, number) for given in person.given.values()]
    if events:
        record_consents(db, events, now)
    restore_changed(db, plan.order, person, joins, now)


def _join(
    db: Database, contact_id: int, person: Person, joins: dict[str, list[str]], now: dt.datetime
) -> None:
    belongs = NewContact(
        organisations=tuple(joins.get("organisation", ())),
        position=person.contact.position,
        roles=tuple(joins.get("role", ())),
        tags=tuple(joins.get("tag", ())),
    )
    add_memberships(db, contact_id, belongs, stamp(now))
    own = [(contact_id, name, person.own[name]) for name in person.own if f"field:{name}" in joins]
    _keep_own(db, own)
    added = [address for address in person.others if address.email in joins.get("address", ())]
    for address in added:
        key = address_key(db.key, address.normalised)
        db.conn.execute(
            "INSERT OR IGNORE INTO addresses (contact_id, email, normalised, address_key, is_primary) "
            "VALUES (?, ?, ?, ?, 0)",
            (contact_id, address.email, address.normalised, key),
        )


def _keep_own(db: Database, rows: Sequence[tuple[int, str, str]]) -> None:
    db.conn.executemany("INSERT OR IGNORE INTO contact_fields VALUES (?, ?, ?)", rows)


def _event(plan: Plan, contact_id: int, person: Person, given: Given, number: int) -> ConsentEvent:
    return ConsentEvent(
        contact_id=contact_id,
        list=given.list,
        kind=given.kind,
        basis=given.basis,
        effective_at=given.effective_at,
        channel=given.channel,
        recorder=plan.order.recorder,
        wording_digest=given.wording,
        expires_at=given.expires_at,
        detail={"source": given.source, "import": number, "line": person.line, **dict(given.evidence)},
    )
