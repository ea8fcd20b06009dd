"""Record what people agreed to and took back: the ledger, the state it leads to, membership."""

import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from newsletter.contacts.dates import BadDate, said, stamp
from newsletter.contacts.fields import BadField, one_line
from newsletter.contacts.ids import ids_of, person_of
from newsletter.contacts.ledger import (
    BASES,
    KINDS,
    SIGNED,
    ConsentEvent,
    Entry,
    append_events,
    entries_of,
    entry_of,
    read_detail,
)
from newsletter.contacts.lists import MEDIA, is_media, require_list
from newsletter.contacts.operations import touching
from newsletter.contacts.standing import NO_END, NOTHING, Standing, after, standing_of
from newsletter.database import Database, transaction
from newsletter.errors import InputError, near

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_JOINS = {"given", "confirmed", "refreshed"}


class BadConsent(InputError):
    """This cannot be an entry of the consent ledger."""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry with what may be known beside it: its detail (None once erased) and its wording's name."""

    entry: Entry
    detail: dict[str, object] | None
    wording: str


def record_consent(db: Database, event: ConsentEvent, now: dt.datetime) -> int:
    """Add one event to the ledger and bring state and membership along; its sequence number.

    Raises BadConsent, BadDate or BadField where the event cannot be, with nothing changed.
    """
    return record_consents(db, [event], now)[0]


def record_consents(
    db: Database, events: Sequence[ConsentEvent], now: dt.datetime, *, fresh: bool = False
) -> list[int]:
    """Add events in their order, all or none; their sequence numbers.

    `fresh` says that these people have no entry yet and each list comes once: nothing is looked up.
    """
    with transaction(db):
        _check_shared(db, events)
        known = [_checked(event, now) for event in events]
        if not fresh:
            known = [replace(event, contact_id=_person(db, event.contact_id)) for event in known]
            for event in known:
                _check_voids(db, event)
                _check_holder(db, event)
            touching(db, {event.contact_id for event in known})
        entries = append_events(db, known, now)
        # A permission to be shown makes nobody a member of anything; where it stands is read from the ledger.
        listed = [entry for entry in entries if not is_media(entry.list)]
        states = ((e, after(NOTHING, e) if fresh else standing(db, e.contact_id, e.list)) for e in listed)
        _keep(db, states, stamp(now))
    return [entry.sequence for entry in entries]


def withdraw_consent(  # noqa: PLR0913  # how, when and by whom are evidence
    db: Database,
    contact_id: int,
    lists: Sequence[str] | None,
    now: dt.datetime,
    *,
    effective_at: str,
    channel: str,
    recorder: str,
    source: str = "",
    delivery: int = 0,
) -> dict[str, bool]:
    """Withdraw from these lists, or (None) from every list the person is on or stands with.

    `delivery` is the message by which they left, 0 where none is known: what is counted for its mailing.
    For each list, in order: whether anything changed; False where they had withdrawn already.
    """
    person = _person(db, contact_id)
    with transaction(db):
        outcomes: dict[str, bool] = {}
        for name in _lists_of(db, person) if lists is None else lists:
            stood = standing(db, person, name)
            outcomes[name] = stood.state != "withdrawn" or stood.pending is not None
            if outcomes[name]:
                basis = stood.basis or "unknown"
                event = ConsentEvent(person, name, "withdrawn", basis, effective_at, channel, recorder)
                detail = {"source": source} | ({"delivery": delivery} if delivery else {})
                record_consent(db, replace(event, detail=detail), now)
    return outcomes


def _lists_of(db: Database, contact_id: int) -> list[str]:
    rows = db.conn.execute(
        "SELECT list FROM list_members WHERE contact_id = ?1 "
        "UNION SELECT list FROM subscriptions WHERE contact_id = ?1 ORDER BY list",
        (contact_id,),
    )
    return [row[0] for row in rows]


def standing(db: Database, contact_id: int, list_name: str) -> Standing:
    """Where a person stands with a list by the ledger, under every id they ever had."""
    return standing_of(entries_of(db, ids_of(db, contact_id), list_name))


def history(db: Database, contact_id: int) -> list[Line]:
    """Every entry about a person, oldest first, voided ones too."""
    columns = ", ".join(f"e.{name}" for name in SIGNED[:-1])
    rows = db.conn.execute(
        f"SELECT {columns}, d.detail AS detail, coalesce(w.name, '') AS wording FROM consents e "
        "LEFT JOIN consent_details d USING (sequence) LEFT JOIN wordings w ON w.digest = e.wording_digest "
        "WHERE e.contact_id IN (SELECT value FROM json_each(?)) ORDER BY e.sequence",
        (json.dumps(ids_of(db, contact_id)),),
    )
    return [Line(entry_of(row), read_detail(row["detail"]), row["wording"]) for row in rows]


def _check_shared(db: Database, events: Iterable[ConsentEvent]) -> None:
    """What many events have in common is looked up once."""
    for name in {event.list for event in events}:
        require_list(db, name)
    for digest in {event.wording_digest for event in events} - {""}:
        if db.one("SELECT 1 FROM wordings WHERE digest = ?", digest) is None:
            raise BadConsent(f"wording: there is none with the digest {digest[:16]}…; record it first")


def _checked(event: ConsentEvent, now: dt.datetime) -> ConsentEvent:
    for field, value, known in (("kind", event.kind, KINDS), ("basis", event.basis, BASES)):
        if value not in known:
            raise BadConsent(f"{field}: {value!r} is not one of {', '.join(known)}{near(value, known)}")
    _check_times(event, now)
    for field, value in (("channel", event.channel), ("recorder", event.recorder)):
        if not one_line(value, field):
            raise BadField(f"{field}: it is empty; say how and by whom this came to be known")
    return event


def _check_times(event: ConsentEvent, now: dt.datetime) -> None:
    try:
        when = dt.datetime.fromisoformat(event.effective_at)
    except ValueError:
        raise BadDate(f"effective: {event.effective_at!r} is not a date; write it as 2022-06-14") from None
    if when.replace(tzinfo=when.tzinfo or dt.UTC) > now:
        raise BadDate(
            f"effective: {said(event.effective_at)} is in the future; nobody has agreed to anything then"
        )
    if event.expires_at and not _is_day(event.expires_at):
        raise BadDate(f"expires: {event.expires_at!r} is not a day; write it as 2024-06-14")
    if event.expires_at and event.expires_at < event.effective_at[:10]:
        raise BadDate(f"expires: {said(event.expires_at)} lies before {said(event.effective_at)}")


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and dt.date.fromisoformat(text))
    except ValueError:
        return False


def _person(db: Database, contact_id: int) -> int:
    person = person_of(db, contact_id)
    if person is None:
        raise BadConsent(f"there is no contact with the id {contact_id}")
    return person


def _check_voids(db: Database, event: ConsentEvent) -> None:
    if (event.kind == "voided") != (event.voids is not None):
        raise BadConsent("voids: a 'voided' entry names the entry that it voids, and no other does")
    if event.voids is None:
        return
    row = db.one("SELECT contact_id, list, kind FROM consents WHERE sequence = ?", event.voids)
    same = row and row["contact_id"] in ids_of(db, event.contact_id) and row["list"] == event.list
    if row is None or not same or row["kind"] == "voided":
        raise BadConsent(f"voids: entry {event.voids} is not an entry of this person on this list")
    if db.one("SELECT 1 FROM consents WHERE voids = ?", event.voids):
        raise BadConsent(f"voids: entry {event.voids} has been voided already")


def _check_holder(db: Database, event: ConsentEvent) -> None:
    """Raises BadConsent where a permission to be shown is another person's."""
    if is_media(event.list):
        row = db.one(
            "SELECT contact_id FROM media_permissions WHERE permission = ?", event.list[len(MEDIA) :]
        )
        if row is None or row["contact_id"] not in ids_of(db, event.contact_id):
            raise BadConsent(f"list: {event.list} is the permission of somebody else")
        if event.kind in _JOINS and not event.detail.get("covers"):
            raise BadConsent(
                f"list: {event.list} is a permission to be shown, and it is not said what it covers",
                remedy="Record it with `newsletter media add`.",
            )


def on_list(entries: Sequence[Entry]) -> bool:
    """Whether these entries (of one person and list, oldest first) leave the person on the list."""
    member = False
    for number, entry in enumerate(entries, 1):
        if entry.kind in _JOINS:
            member = True
        elif member and standing_of(entries[:number]).state == "none":
            member = False
    return member


def _keep(db: Database, states: Iterable[tuple[Entry, Standing]], added_at: str) -> None:
    """Write the states down, and who is on which list."""
    subscriptions, joined, left = [], [], []
    for entry, found in states:
        end = found.expires_at or NO_END
        person = (entry.contact_id, entry.list)
        subscriptions.append((*person, found.state, found.basis, found.since, end, found.sequence))
        if entry.kind in _JOINS:
            joined.append((entry.list, entry.contact_id, added_at))
        elif found.state == "none":
            left.append((entry.list, entry.contact_id))
    db.conn.executemany(
        "INSERT INTO subscriptions (contact_id, list, state, basis, since, expires_at, sequence) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (contact_id, list) DO UPDATE SET state = excluded.state, "
        "basis = excluded.basis, since = excluded.since, expires_at = excluded.expires_at, "
        "sequence = excluded.sequence",
        subscriptions,
    )
    db.conn.executemany("INSERT OR IGNORE INTO list_members VALUES (?, ?, ?)", joined)
    db.conn.executemany("DELETE FROM list_members WHERE list = ? AND contact_id = ?", left)
