"""Ends of consents: which are near, and the entry that says of each that it has passed.

By its date a consent has ended whether or not anybody wrote that down: the entry makes it visible.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice

from newsletter.contacts.consent import record_consents
from newsletter.contacts.dates import stamp, today_utc
from newsletter.contacts.ids import person_of
from newsletter.contacts.ledger import ConsentEvent
from newsletter.database import Database, transaction

#: For how many days a request to confirm can be answered, where newsletter.toml says nothing else.
CONFIRM_DAYS = 7
_STEP = 2_000
_ENDED = "its end has passed"
_PASSED = """
    SELECT contact_id, list, basis, date(expires_at, '+1 day') AS day FROM subscriptions
    WHERE state = 'given' AND expires_at < '9999-12-31' AND expires_at < :today
"""
_PASSED_FOR_ALL = f"{_PASSED} ORDER BY contact_id, list"
_PASSED_FOR_ONE = f"{_PASSED} AND contact_id = :person AND list = :list"
_UNANSWERED = """
    SELECT s.contact_id, s.list, s.basis, date(e.recorded_at, :days) AS day
    FROM lists l CROSS JOIN subscriptions s ON s.list = l.list AND s.state = 'unconfirmed'
    JOIN consents e ON e.sequence = s.sequence WHERE e.recorded_at < :before ORDER BY s.contact_id, s.list
"""
_NEAR = """
    SELECT s.contact_id, c.name, coalesce(a.email, '') AS email, s.list, s.basis, s.since, s.expires_at, s.sequence
    FROM subscriptions s JOIN contacts c ON c.id = s.contact_id
    LEFT JOIN addresses a ON a.contact_id = c.id AND a.is_primary = 1
    WHERE s.state = 'given' AND s.expires_at < '9999-12-31' AND s.expires_at BETWEEN :today AND :until
        AND (:list = '' OR s.list = :list)
    ORDER BY s.expires_at, s.list, s.contact_id
"""


@dataclass(frozen=True, slots=True)
class Expiring:
    """A consent that is in force and ends; `expires_at` is its last day."""

    contact_id: int
    name: str
    email: str
    list: str
    basis: str
    since: str
    expires_at: str
    sequence: int

    def as_dict(self) -> dict[str, object]:
        """The object that scripts rely on."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Ended:
    """How many consents were noted as ended: by their date, and requests to confirm that nobody answered."""

    passed: int
    unanswered: int


def expiring(db: Database, now: dt.datetime, within: int, list_name: str = "") -> Iterator[Expiring]:
    """The consents in force that end within so many days from today, soonest first; of one list or ('') of all."""
    until = (now.astimezone(dt.UTC).date() + dt.timedelta(days=within)).isoformat()
    rows = db.conn.execute(_NEAR, {"today": today_utc(now), "until": until, "list": list_name})
    return (Expiring(*row) for row in rows)


def count_ended(db: Database, now: dt.datetime, confirm_days: int = CONFIRM_DAYS) -> Ended:
    """What `record_ends` would note now."""
    return Ended(sum(1 for _ in _passed(db, now)), sum(1 for _ in _unanswered(db, now, confirm_days)))


def record_ends(db: Database, now: dt.datetime, *, recorder: str, confirm_days: int = CONFIRM_DAYS) -> Ended:
    """An entry 'expired' for each consent whose end has passed and each request that nobody answered in time."""
    with transaction(db):
        passed = _record(db, _passed(db, now), _ENDED, recorder, now)
        lapsed = _record(
            db, _unanswered(db, now, confirm_days), "it was not confirmed in time", recorder, now
        )
    return Ended(passed, lapsed)


def record_end(db: Database, contact_id: int, list_name: str, now: dt.datetime, *, recorder: str) -> None:
    """An entry 'expired' where one person's consent to a list has passed its end and that was not noted yet."""
    whose = {"today": today_utc(now), "person": person_of(db, contact_id), "list": list_name}
    rows = db.conn.execute(_PASSED_FOR_ONE, whose).fetchall()
    _record(db, ((*row,) for row in rows), _ENDED, recorder, now)


def _passed(db: Database, now: dt.datetime) -> Iterator[tuple[int, str, str, str]]:
    rows = db.conn.execute(_PASSED_FOR_ALL, {"today": today_utc(now)})
    return ((row[0], row[1], row[2], row[3]) for row in rows)


def _unanswered(db: Database, now: dt.datetime, days: int) -> Iterator[tuple[int, str, str, str]]:
    before = stamp(now - dt.timedelta(days=days))
    rows = db.conn.execute(_UNANSWERED, {"before": before, "days": f"+{days} days"})
    return ((row[0], row[1], row[2], row[3]) for row in rows)


def _record(
    db: Database, found: Iterator[tuple[int, str, str, str]], why: str, recorder: str, now: dt.datetime
) -> int:
    """All of what was found; how many. Held first, since recording changes what is being read."""
    ended, count = iter([*found]), 0
    while step := [*islice(ended, _STEP)]:
        events = [
            ConsentEvent(person, name, "expired", basis, day, "calendar", recorder, detail={"why": why})
            for person, name, basis, day in step
        ]
        count += len(record_consents(db, events, now))
    return count
