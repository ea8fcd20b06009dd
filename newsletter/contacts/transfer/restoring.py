"""Put in place what an export of ours says beyond other files: dates, positions, standings, suppressions."""

import datetime as dt
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from newsletter.contacts.consent import record_consents
from newsletter.contacts.dates import stamp
from newsletter.contacts.ledger import ConsentEvent
from newsletter.contacts.transfer.agreements import Given
from newsletter.contacts.transfer.existing import Known, look_up_people
from newsletter.contacts.transfer.order import ImportOrder
from newsletter.contacts.transfer.people import Person
from newsletter.contacts.transfer.scratch import Scratch
from newsletter.database import Database

Added = Sequence[tuple[int, Person]]


def tell_apart(db: Database, scratch: Scratch, known: Known, rows: Sequence[sqlite3.Row]) -> None:
    """Find out whom rows mean where an address does not tell: by id, by name, for those without an address."""
    _without_address(db, known, rows)
    keys = json.dumps([row["key"] for row in rows])
    shared = {
        row[0]
        for row in scratch.conn.execute(
            "SELECT key FROM rows WHERE key IN (SELECT value FROM json_each(?)) GROUP BY key HAVING count(*) > 1",
            (keys,),
        )
    }
    for row in rows:
        matches = known.matches.get(row["key"], [])
        mine = [number for number, _, _ in matches if str(number) == json.loads(row["ours"])["id"]]
        named = [number for number, name, _ in matches if name.casefold() == row["name"].casefold()]
        if mine or len(named) == 1:
            known.told[row["id"]] = (mine or named)[0]
        elif row["key"] in shared and not named:
            known.told[row["id"]] = 0


def _without_address(db: Database, known: Known, rows: Sequence[sqlite3.Row]) -> None:
    names = {row["name"]: row["key"] for row in rows if not row["email"]}
    found = db.conn.execute(
        "SELECT c.id, c.name FROM contacts c WHERE c.name IN (SELECT value FROM json_each(?)) "
        "AND NOT EXISTS (SELECT 1 FROM addresses a WHERE a.contact_id = c.id)",
        (json.dumps([*names]),),
    ).fetchall()
    for number, name in found:
        known.matches.setdefault(names[name], []).append((number, name, False))
    if found:
        look_up_people(db, known)


def restore_added(db: Database, order: ImportOrder, people: Added, now: dt.datetime) -> None:
    """Make people who were just added what the export says. To be called in the import's transaction."""
    told = [(number, person, more) for number, person in people if (more := person.ours)]
    if not told:
        return
    db.conn.executemany(
        "UPDATE contacts SET paused_until = ?1, created_at = ?2, updated_at = ?2 WHERE id = ?3",
        [(more["paused_until"], more["added_at"] or stamp(now), number) for number, _, more in told],
    )
    for number, _, more in told:
        _roles(db, number, {one["role"] for one in more["roles"]}, more)
        _positions(db, number, more["positions"])
    db.conn.executemany(
        "UPDATE list_members SET added_at = ? WHERE list = ? AND contact_id = ?",
        [
            (one["member_since"], one["list"], number)
            for number, _, more in told
            for one in more["lists"]
            if one["member_since"]
        ],
    )
    _suppress(db, order, [more["barred"] for _, _, more in told], now)
    record_consents(db, [*_ends(order, told)], now)


def restore_changed(
    db: Database, order: ImportOrder, person: Person, joins: Mapping[str, Sequence[str]], now: dt.datetime
) -> None:
    """The same for somebody known, of what they did not have before."""
    number, more = person.contact_id, person.ours
    if number is None or not more:
        return
    _roles(db, number, joins.get("role", ()), more)
    joined = {name: more["positions"].get(name, "") for name in joins.get("organisation", ())}
    _positions(db, number, joined)
    _suppress(db, order, [more["barred"]], now)
    if "paused_until" in joins:
        db.conn.execute("UPDATE contacts SET paused_until = ? WHERE id = ?", (more["paused_until"], number))
    ends = _ends(order, [(number, person, more)])
    # Somebody known had agreed before; a withdrawal has been recorded as it stood in the file.
    record_consents(db, [one for one in ends if one.kind == "expired"], now)


def _roles(db: Database, number: int, wanted: Any, more: Mapping[str, Any]) -> None:
    """Give these roles their days; one that was played twice stands twice."""
    known = [one for one in more["roles"] if one["role"] in set(wanted)]
    db.conn.executemany(
        "DELETE FROM contact_roles WHERE contact_id = ? AND role = ?",
        [(number, one["role"]) for one in known],
    )
    db.conn.executemany(
        "INSERT OR IGNORE INTO contact_roles (contact_id, role, since, until) VALUES (?, ?, ?, ?)",
        [(number, one["role"], one["since"], one["until"]) for one in known],
    )


def _positions(db: Database, number: int, positions: Mapping[str, str]) -> None:
    db.conn.executemany(
        "UPDATE contact_organisations SET position = ? WHERE contact_id = ? AND organisation_id = "
        "(SELECT id FROM organisations WHERE name = ?)",
        [(position, number, name) for name, position in positions.items() if position],
    )


def _suppress(db: Database, order: ImportOrder, told: Sequence[Mapping[str, str]], now: dt.datetime) -> None:
    db.conn.executemany(
        "INSERT OR IGNORE INTO suppressions (address_key, reason, recorded_at, recorder, source) "
        "VALUES (?, ?, ?, ?, ?)",
        [
            (key, reason, stamp(now), order.recorder, order.source)
            for one in told
            for key, reason in one.items()
        ],
    )


def begun(person: Person) -> Iterator[Given]:
    """What somebody new agreed to, as their ledger begins: before the withdrawal that the export tells of."""
    if not person.ours:
        yield from person.given.values()
        return
    agreed = {one["list"]: one["agreed_on"] for one in person.ours.get("lists", ()) if one["member_since"]}
    for given in person.given.values():
        if given.kind == "withdrawn" and (day := agreed.get(given.list)):
            yield replace(given, kind="given", effective_at=day, channel="import")
        else:
            yield given


def _ends(
    order: ImportOrder, told: Sequence[tuple[int, Person, Mapping[str, Any]]]
) -> Iterator[ConsentEvent]:
    """What had run out runs out again, on its day, and who left leaves, where the import recorded a beginning."""
    for number, person, more in told:
        started = {given.list for given in begun(person) if given.kind == "given"}
        for one in more["lists"]:
            given = person.given.get(one["list"])
            if given is None or given.list not in started:
                continue
            if given.kind == "withdrawn":
                yield _end(order, number, given, given.effective_at)
            elif one["expired"]:
                yield _end(order, number, replace(given, kind="expired"), one["expired"])


def _end(order: ImportOrder, number: int, given: Given, day: str) -> ConsentEvent:
    return ConsentEvent(
        contact_id=number,
        list=given.list,
        kind=given.kind,
        basis=given.basis,
        effective_at=day,
        channel=given.channel,
        recorder=order.recorder,
        detail={"source": given.source, **dict(given.evidence)},
    )
