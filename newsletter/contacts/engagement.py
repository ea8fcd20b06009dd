"""What happened between the team and people or organisations, what follows from it, and by when."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from newsletter.contacts.dates import parse_day, said, stamp, today_utc
from newsletter.contacts.fields import BadField, lines, one_line
from newsletter.contacts.ids import person_of
from newsletter.database import Database, transaction
from newsletter.errors import InputError, near

#: What may have happened. A note is kept beside the rest, and is nothing that anybody else took part in.
ENGAGEMENT_KINDS = (
    "meeting",
    "call",
    "event",
    "advice",
    "co-authored-work",
    "email",
    "letter",
    "visit",
    "training",
    "interview",
    "note",
    "other",
)


class BadEngagement(InputError):
    """This cannot be kept as an engagement."""


class NoSuchEngagement(InputError):
    """There is no engagement of this number."""


@dataclass(frozen=True, slots=True)
class NewEngagement:
    """An engagement as it is added: days as text, `people` and `organisations` by id.

    `said` is what was said, `follow_up` what follows, `due_on` by when ('' = no day).
    """

    kind: str
    happened_on: str
    title: str
    people: tuple[int, ...] = ()
    organisations: tuple[int, ...] = ()
    said: str = ""
    follow_up: str = ""
    due_on: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """A person or organisation that took part: its id, and its name (a person's address where there is none)."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Engagement:
    """An engagement as it is kept; days are YYYY-MM-DD or ''."""

    id: int
    kind: str
    happened_on: str
    title: str
    said: str
    follow_up: str
    due_on: str
    done_on: str
    recorder: str
    created_at: str
    updated_at: str
    people: tuple[Party, ...] = ()
    organisations: tuple[Party, ...] = ()

    @property
    def open(self) -> bool:
        """Whether something follows from it that has not been done."""
        return bool(self.follow_up or self.due_on) and not self.done_on


@dataclass(frozen=True, slots=True)
class EngagementChanges:
    """What an edit changes: None leaves a field as it is, people and organisations are added and taken away."""

    texts: Mapping[str, str] = field(default_factory=dict)
    add_people: tuple[int, ...] = ()
    remove_people: tuple[int, ...] = ()
    add_organisations: tuple[int, ...] = ()
    remove_organisations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class WantedEngagements:
    """Which engagements are looked for; everything that is given must hold. Days are YYYY-MM-DD."""

    contact_id: int | None = None
    organisation_id: int | None = None
    since: str = ""
    kind: str = ""
    only_open: bool = False
    due_by: str = ""


def add_engagement(db: Database, new: NewEngagement, now: dt.datetime, recorder: str) -> int:
    """Keep an engagement; its number. Raises BadEngagement, BadField or BadDate with nothing kept."""
    known = _checked(new, now)
    at = stamp(now)
    texts = (known.kind, known.happened_on, known.title, known.said, known.follow_up, known.due_on)
    with transaction(db):
        people = _people(db, known.people)
        cursor = db.conn.execute(
            "INSERT INTO engagements (kind, happened_on, title, said, follow_up, due_on, recorder, created_at, "
            "updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*texts, one_line(recorder, "recorder"), at, at),
        )
        number = int(cursor.lastrowid or 0)
        _join(db, number, people, _organisations(db, known.organisations))
    return number


def edit_engagement(db: Database, number: int, changes: EngagementChanges, now: dt.datetime) -> Engagement:
    """Change an engagement; as it is kept then. Raises as `add_engagement`, and NoSuchEngagement."""
    with transaction(db):
        was = the_engagement(db, number)
        kept = {name: getattr(was, name) for name in _TEXTS} | dict(changes.texts)
        leave = _people(db, changes.remove_people)
        people = [p.id for p in was.people if p.id not in leave]
        organisations = [o.id for o in was.organisations if o.id not in changes.remove_organisations]
        known = _checked(
            NewEngagement(
                **kept,
                people=(*people, *changes.add_people),
                organisations=(*organisations, *changes.add_organisations),
            ),
            now,
        )
        columns = ", ".join(f"{name} = ?" for name in _TEXTS)
        # What is to be done anew, or by another day, is open again.
        again = (known.follow_up, known.due_on) != (was.follow_up, was.due_on)
        db.conn.execute(
            f"UPDATE engagements SET {columns}, done_on = iif(?, '', done_on), updated_at = ? WHERE id = ?",
            (*(getattr(known, name) for name in _TEXTS), again, stamp(now), number),
        )
        for table in ("engagement_contacts", "engagement_organisations"):
            db.conn.execute(f"DELETE FROM {table} WHERE engagement_id = ?", (number,))
        _join(db, number, _people(db, known.people), _organisations(db, known.organisations))
        return the_engagement(db, number)


def finish_engagement(db: Database, number: int, day: dt.date, now: dt.datetime) -> Engagement:
    """What followed was done on `day`; the engagement then. Raises NoSuchEngagement, BadEngagement."""
    with transaction(db):
        found = the_engagement(db, number)
        if not (found.follow_up or found.due_on):
            raise BadEngagement(
                f"engagement {number} has nothing that follows from it, so nothing to be done"
            )
        if found.done_on:
            raise BadEngagement(f"what follows from engagement {number} was done on {said(found.done_on)}")
        if day.isoformat() < found.happened_on:
            raise BadEngagement(
                f"done: {said(day.isoformat())} lies before the engagement itself, {said(found.happened_on)}"
            )
        db.conn.execute(
            "UPDATE engagements SET done_on = ?, updated_at = ? WHERE id = ?",
            (day.isoformat(), stamp(now), number),
        )
    return replace(found, done_on=day.isoformat(), updated_at=stamp(now))


def remove_engagement(db: Database, number: int) -> None:
    """Forget an engagement for good. Raises NoSuchEngagement."""
    with transaction(db):
        the_engagement(db, number)
        db.conn.execute("DELETE FROM engagements WHERE id = ?", (number,))


def the_engagement(db: Database, number: int) -> Engagement:
    """The engagement of this number. Raises NoSuchEngagement."""
    found = _read(db, "WHERE e.id = ?", (number,))
    if not found:
        raise NoSuchEngagement(
            f"there is no engagement {number}", remedy="See them with `newsletter engagement list`."
        )
    return found[0]


def find_engagements(db: Database, wanted: WantedEngagements, *, limit: int = -1) -> list[Engagement]:
    """The engagements that are looked for, newest first; at most `limit` of them (-1: all)."""
    tests: dict[str, object] = {
        "e.id IN (SELECT engagement_id FROM engagement_contacts WHERE contact_id = ?)": wanted.contact_id,
        "e.id IN (SELECT engagement_id FROM engagement_organisations WHERE organisation_id = ?)": (
            wanted.organisation_id
        ),
        "e.happened_on >= ?": wanted.since or None,
        "e.kind = ?": _kind(wanted.kind) if wanted.kind else None,
        "? AND e.done_on = '' AND (e.follow_up <> '' OR e.due_on <> '')": wanted.only_open or None,
        "e.done_on = '' AND e.due_on <> '' AND e.due_on <= ?": wanted.due_by or None,
    }
    chosen = {test: value for test, value in tests.items() if value is not None}
    where = f"WHERE {' AND '.join(chosen)}" if chosen else ""
    return _read(db, f"{where} ORDER BY e.happened_on DESC, e.id DESC LIMIT ?", (*chosen.values(), limit))


def due_engagements(db: Database, today: dt.date, within: int = 14) -> list[Engagement]:
    """What is to be done by `within` days from today, what is overdue first; days are the workspace's."""
    last = (today + dt.timedelta(days=within)).isoformat()
    found = find_engagements(db, WantedEngagements(due_by=last))
    return sorted(found, key=lambda engagement: (engagement.due_on, engagement.id))


_TEXTS = ("kind", "happened_on", "title", "said", "follow_up", "due_on")
_COLUMNS = (*_TEXTS, "done_on", "recorder", "created_at", "updated_at")


def _read(db: Database, clauses: str, values: Sequence[object]) -> list[Engagement]:
    columns = ", ".join(f"e.{name}" for name in ("id", *_COLUMNS))
    rows = db.conn.execute(f"SELECT {columns} FROM engagements e {clauses}", values).fetchall()
    ids = json.dumps([row[0] for row in rows])
    people, organisations = _parties(db, _WHO, ids), _parties(db, _WHICH, ids)
    return [
        replace(Engagement(*row), people=people.get(row[0], ()), organisations=organisations.get(row[0], ()))
        for row in rows
    ]


_WHO = """
    SELECT p.engagement_id, c.id, coalesce(nullif(c.name, ''), (SELECT email FROM addresses a
        WHERE a.contact_id = c.id AND a.is_primary = 1), 'contact ' || c.id) AS name
    FROM json_each(?) w JOIN engagement_contacts p ON p.engagement_id = w.value
    JOIN contacts c ON c.id = p.contact_id ORDER BY name COLLATE NOCASE, c.id
"""
_WHICH = """
    SELECT p.engagement_id, o.id, o.name
    FROM json_each(?) w JOIN engagement_organisations p ON p.engagement_id = w.value
    JOIN organisations o ON o.id = p.organisation_id ORDER BY o.name COLLATE NOCASE
"""


def _parties(db: Database, sql: str, ids: str) -> dict[int, tuple[Party, ...]]:
    found: dict[int, tuple[Party, ...]] = {}
    for number, party, name in db.conn.execute(sql, (ids,)):
        found[number] = (*found.get(number, ()), Party(party, name))
    return found


def _checked(new: NewEngagement, now: dt.datetime) -> NewEngagement:
    """The engagement with every field in its kept form."""
    kept: dict[str, Any] = {
        "kind": _kind(new.kind),
        "title": one_line(new.title, "title"),
        "said": lines(new.said, "said"),
        "follow_up": lines(new.follow_up, "follow-up"),
        "happened_on": parse_day(new.happened_on, "on").isoformat(),
        "due_on": parse_day(new.due_on, "due").isoformat() if new.due_on.strip() else "",
    }
    if not kept["title"]:
        raise BadField("title: it is empty; say in a few words what it was")
    # A day on: east of Greenwich today may not have begun in UTC.
    if kept["happened_on"] > today_utc(now + dt.timedelta(days=1)):
        raise BadEngagement(
            f"on: {said(kept['happened_on'])} is in the future; what is planned is a follow-up with its day"
        )
    if kept["due_on"] and not kept["follow_up"]:
        raise BadEngagement("due: there is a day and nothing that is to be done; say it as the follow-up")
    if kept["due_on"] and kept["due_on"] < kept["happened_on"]:
        raise BadEngagement(
            f"due: {said(kept['due_on'])} lies before the engagement itself, {said(kept['happened_on'])}"
        )
    if not (new.people or new.organisations):
        raise BadEngagement("an engagement is with somebody: name a person or an organisation")
    return replace(new, **kept)


def _kind(text: str) -> str:
    bare = "-".join(text.casefold().replace("-", " ").split())
    if bare not in ENGAGEMENT_KINDS:
        known = ", ".join(ENGAGEMENT_KINDS)
        raise BadEngagement(f"kind: {text!r} is not one of {known}{near(bare, ENGAGEMENT_KINDS)}")
    return bare


def _people(db: Database, ids: Iterable[int]) -> list[int]:
    """Each person once, under the id that they have now. Raises BadEngagement for one who is not there."""
    found: dict[int, None] = {}
    for number in ids:
        person = person_of(db, number)
        if person is None:
            raise BadEngagement(f"there is no contact with the id {number}")
        found[person] = None
    return list(found)


def _organisations(db: Database, ids: Iterable[int]) -> list[int]:
    wanted = list(dict.fromkeys(ids))
    for number in wanted:
        if db.one("SELECT 1 FROM organisations WHERE id = ?", number) is None:
            raise BadEngagement(f"there is no organisation with the id {number}")
    return wanted


def _join(db: Database, number: int, people: Iterable[int], organisations: Iterable[int]) -> None:
    db.conn.executemany("INSERT INTO engagement_contacts VALUES (?, ?)", [(number, one) for one in people])
    db.conn.executemany(
        "INSERT INTO engagement_organisations VALUES (?, ?)", [(number, one) for one in organisations]
    )
