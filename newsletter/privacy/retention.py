"""Keeps nothing longer than stated: what is due by the periods of `newsletter.toml`, and its going."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from newsletter.config import Retention
from newsletter.contacts import Actor, add_months, operation, stamp
from newsletter.database import Database
from newsletter.privacy.erasing import erase_person
from newsletter.privacy.of_replies import WORDS
from newsletter.privacy.of_work import CODES
from newsletter.privacy.subject import Subject, subject_of

_OPEN = (
    "NOT EXISTS (SELECT 1 FROM privacy_requests q WHERE q.closed_on = '' AND (q.contact_id = c.id "
    "OR q.contact_id IN (SELECT old_id FROM contact_aliases a WHERE a.contact_id = c.id)))"
)
_STANDS = "EXISTS (SELECT 1 FROM subscriptions s WHERE s.contact_id = c.id AND s.state IN ({}))"
_UNCONFIRMED, _WITHDRAWN = _STANDS.format("'unconfirmed'"), _STANDS.format("'withdrawn'")
_IN_FORCE = _STANDS.format("'given', 'unconfirmed'")
_ANY = _STANDS.format("'given', 'unconfirmed', 'withdrawn'")
_MET_SINCE = (
    "EXISTS (SELECT 1 FROM engagement_contacts t JOIN engagements e ON e.id = t.engagement_id "
    "WHERE t.contact_id = c.id AND e.happened_on >= :day)"
)
_SENT_SINCE = "EXISTS (SELECT 1 FROM deliveries d WHERE d.contact_id = c.id AND d.state = 'sent' AND d.changed_at >= :day)"
_MET = "EXISTS (SELECT 1 FROM engagement_contacts t WHERE t.contact_id = c.id)"
#: Setting -> who is meant, under which condition, and the reason under which their addresses are
#: barred ('': not at all, since they never said no).
_PEOPLE = {
    "never_confirmed": (
        "asked to join and never confirmed",
        f"{_UNCONFIRMED} AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.contact_id = c.id "
        f"AND (s.state <> 'unconfirmed' OR s.since >= :day)) AND NOT {_MET} "
        "AND NOT EXISTS (SELECT 1 FROM contact_roles r WHERE r.contact_id = c.id) AND c.created_at < :day",
        "",
    ),
    "withdrawn": (
        "left every list",
        f"{_WITHDRAWN} AND NOT {_IN_FORCE} "
        "AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.contact_id = c.id AND s.since >= :day) "
        f"AND NOT {_MET_SINCE}",
        "request",
    ),
    "left": (
        "left the study or have died",
        "c.stop IN ('left-study', 'deceased') AND c.updated_at < :day",
        "erased",
    ),
    "quiet": (
        "are on no list, and nothing has happened with them",
        f"NOT {_ANY} AND c.stop = '' AND c.created_at < :day "
        f"AND c.updated_at < :day AND NOT {_MET_SINCE} AND NOT {_SENT_SINCE}",
        "",
    ),
}
#: Setting -> what is meant, its table, the condition, and what is set.
_ROWS = {
    "operations_images": (
        "how people were before a change, so that it could be undone",
        "operation_contacts",
        "before <> '' AND operation_id IN (SELECT id FROM operations WHERE at < :day)",
        "before = '', after_mac = ''",
    ),
    "deliveries_addresses": (
        "to whom an issue went",
        "deliveries",
        "(email <> '' OR personal <> '') AND state IN ('sent', 'refused', 'skipped') AND mailing_id IN "
        "(SELECT id FROM mailings WHERE state IN ('done', 'cancelled') "
        "AND coalesce(nullif(finished_at, ''), queued_at) < :day)",
        f"email = '', personal = '', message_digest = '', reply = {CODES}",
    ),
    "requests": (
        "notes of requests that were answered",
        "privacy_requests",
        "note <> '' AND closed_on <> '' AND closed_on < :day",
        "note = ''",
    ),
    "replies": (
        "what people wrote back, and what mail servers said",
        "replies",
        f"state <> 'open' AND recorded_at < :day AND ({' || '.join(WORDS)}) <> ''",
        ", ".join(f"{column} = ''" for column in WORDS),
    ),
}


@dataclass(frozen=True, slots=True)
class Due:
    """What a setting of [retention] has go: people, or rows of one table; all from before `day`."""

    setting: str
    period: str
    day: str
    says: str
    people: tuple[int, ...] = ()
    rows: int = 0

    @property
    def amount(self) -> int:
        return len(self.people) or self.rows


def day_before(period: str, now: dt.datetime) -> str:
    """The day that lies a period such as '6 years' before now, by the calendar."""
    number, _, word = period.partition(" ")
    today, unit = now.date(), word.removesuffix("s")
    if unit in ("day", "week"):
        return str(today - dt.timedelta(days=int(number) * (7 if unit == "week" else 1)))
    return str(add_months(today, -int(number) * (12 if unit == "year" else 1)))


def plan_retention(db: Database, retention: Retention, now: dt.datetime) -> list[Due]:
    """What is due by each period that is set, people under the first that has them go.

    Nobody with an open request is among them: it may be about what would go.
    """
    dues, seen = [], set[int]()
    for setting, (says, condition, _bar) in _PEOPLE.items():
        if period := getattr(retention, setting):
            day = day_before(period, now)
            rows = db.conn.execute(
                f"SELECT c.id FROM contacts c WHERE {condition} AND {_OPEN} ORDER BY c.name, c.id",
                {"day": day},
            )
            people = tuple(row[0] for row in rows if row[0] not in seen)
            seen.update(people)
            dues.append(Due(setting, period, day, f"people who {says}", people))
    for setting, (says, table, condition, _) in _ROWS.items():
        if period := getattr(retention, setting):
            day = day_before(period, now)
            found = db.conn.execute(
                f"SELECT count(*) FROM {table} WHERE {condition}", {"day": day}
            ).fetchone()
            dues.append(Due(setting, period, day, says, rows=found[0]))
    return dues


def apply_retention(db: Database, dues: Iterable[Due], actor: Actor, now: dt.datetime) -> dict[str, int]:
    """Have all that go, in one operation; how many by setting."""
    with operation(db, actor, "privacy retention", now) as running:
        for due in dues:
            if due.people:
                _, _, bar = _PEOPLE[due.setting]
                reason = f"{due.setting} {due.period}"
                erase_person(db, subject_of(db, due.people), actor, now, reason=reason, bar=bar)
            elif due.rows:
                _, table, condition, sets = _ROWS[due.setting]
                db.conn.execute(f"UPDATE {table} SET {sets} WHERE {condition}", {"day": due.day})
        done = {due.setting: due.amount for due in dues if due.amount}
        running.summary.update(done, at=stamp(now))
    return done


def people_due(db: Database, dues: Iterable[Due]) -> Subject:
    """All people who are due, as one: for the files that hold them."""
    return subject_of(db, [contact_id for due in dues for contact_id in due.people])


def in_words(retention: Retention) -> tuple[str, ...]:
    """The periods as the people concerned are told them."""
    meant = {setting: f"people who {row[0]}" for setting, row in _PEOPLE.items()}
    meant |= {setting: row[0] for setting, row in _ROWS.items()}
    return tuple(
        f"{says[:1].upper()}{says[1:]}: {period}."
        for setting, says in meant.items()
        if (period := getattr(retention, setting))
    )
