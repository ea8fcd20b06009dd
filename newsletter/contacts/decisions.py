"""Who may be written to, and why not: one rule, in one place, as SQL."""

import datetime as dt
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from newsletter.contacts.criteria import Criteria, any_segment_sql
from newsletter.contacts.dates import today_utc
from newsletter.database import Database

# Each member of each wanted list with the word for why this list does not allow it ('' = it does).
_STANDING = """
    SELECT m.contact_id, w.key AS position, coalesce(s.since, '') AS since, coalesce(s.basis, '') AS basis,
        CASE
            WHEN s.state IS NULL OR s.state = 'none' THEN 'no-consent'
            WHEN s.state = 'withdrawn' THEN 'withdrawn'
            WHEN s.basis = 'unknown' THEN 'no-consent'
            WHEN s.state = 'expired' OR s.expires_at < :today THEN 'expired'
            WHEN s.state = 'unconfirmed' THEN 'unconfirmed'
            WHEN s.state = 'given' THEN ''
            ELSE 'no-consent'
        END AS word
    FROM json_each(:lists) w
    CROSS JOIN list_members m ON m.list = w.value
    LEFT JOIN subscriptions s ON s.contact_id = m.contact_id AND s.list = m.list
"""

# One row a person: what the lists say together. 'first' packs position, basis and since, so that
# the smallest one carries all three.
_TOGETHER = """
    SELECT contact_id,
        group_concat(CASE word WHEN '' THEN position END) AS allowing,
        min(CASE word WHEN '' THEN printf('%06d %s %s', position, basis, since) END) AS first,
        min(CASE word WHEN 'withdrawn' THEN 1 WHEN 'expired' THEN 2
            WHEN 'unconfirmed' THEN 3 WHEN 'no-consent' THEN 4 END) AS worst
    FROM standing GROUP BY contact_id
"""

# 'by-post' comes last: it says that this person may be written to, on paper.
_DECIDED = """
    SELECT c.id, coalesce(a.email, '') AS email, coalesce(a.address_key, '') AS address_key,
        c.name, c.given_name, c.language, t.allowing, t.first,
        CASE
            WHEN c.stop = 'deceased' THEN 'deceased'
            WHEN c.stop = 'left-study' THEN 'left-study'
            WHEN c.stop <> '' THEN 'do-not-contact'
            WHEN c.paused_until > :today THEN 'paused'
            WHEN a.email IS NULL AND c.format NOT IN ('print', 'large-print') THEN 'no-email'
            WHEN x.reason = 'bounced' AND c.format NOT IN ('print', 'large-print') THEN 'bounced'
            WHEN x.reason <> 'bounced' THEN 'suppressed'
            WHEN t.contact_id IS NULL THEN 'not-on-list'
            WHEN t.allowing IS NULL THEN CASE t.worst WHEN 1 THEN 'withdrawn' WHEN 2 THEN 'expired'
                WHEN 3 THEN 'unconfirmed' ELSE 'no-consent' END
            WHEN c.format IN ('print', 'large-print') THEN 'by-post'
            ELSE ''
        END AS reason{asked}
    FROM {people}
    LEFT JOIN addresses a ON a.contact_id = c.id AND a.is_primary = 1
    LEFT JOIN suppressions x ON x.address_key = a.address_key
"""

_OF_LISTS = (
    f"WITH standing AS ({_STANDING}), together AS ({_TOGETHER})"
    + _DECIDED.format(people="together t CROSS JOIN contacts c ON c.id = t.contact_id", asked="")
    + "WHERE {who} ORDER BY c.id"
)
# Each id that is asked for, with the person whom it means now: as `ids.person_of`, for many at once.
_ASKED = """
    SELECT w.value AS asked,
        coalesce((SELECT id FROM contacts WHERE id = w.value),
            (SELECT contact_id FROM contact_aliases WHERE old_id = w.value)) AS person
    FROM json_each(:people) w
"""
_OF_EACH = (
    f"WITH asked AS MATERIALIZED ({_ASKED}), "
    f"standing AS ({_STANDING} WHERE m.contact_id IN (SELECT person FROM asked)), "
    f"together AS MATERIALIZED ({_TOGETHER})"
    + _DECIDED.format(
        people="asked q CROSS JOIN contacts c ON c.id = q.person LEFT JOIN together t ON t.contact_id = c.id",
        asked=", q.asked",
    )
)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether one person gets what goes to some lists; `reason` says why not, '' means that they do.

    `lists` are those whose consent allows it, in the order asked for (also where something else,
    such as `paused`, stands in the way); `since` and `basis` belong to the first of them.
    """

    contact_id: int
    email: str
    address_key: str
    name: str
    given_name: str
    language: str
    lists: tuple[str, ...]
    since: str
    basis: str
    reason: str


def decide(
    db: Database,
    lists: Sequence[str],
    now: dt.datetime,
    contact_id: int | None = None,
    *,
    segments: Mapping[str, Criteria] | None = None,
) -> Iterator[Decision]:
    """One decision for each member of any of the lists, by id, streamed; or for one contact alone.

    With `segments`, for those members alone who are in any of them.
    """
    if contact_id is not None:
        yield from decide_each(db, lists, now, [contact_id]).values()
        return
    names = tuple(dict.fromkeys(lists))
    who, more = any_segment_sql(segments, now) if segments else ("1", {})
    rows = db.conn.execute(_OF_LISTS.format(who=who), _asking(names, now) | more)
    for row in rows:
        yield _decision(row, names)


def decide_each(
    db: Database, lists: Sequence[str], now: dt.datetime, contact_ids: Sequence[int]
) -> dict[int, Decision]:
    """The decision for each of these contacts, in one look at the database, under the id asked for.

    The old id of somebody who was merged leads to the person; who is not here any more has none.
    """
    names = tuple(dict.fromkeys(lists))
    asked = _asking(names, now) | {"people": json.dumps([*contact_ids])}
    return {row[-1]: _decision(row, names) for row in db.conn.execute(_OF_EACH, asked)}


def reason_to_skip(db: Database, contact_id: int, lists: Sequence[str], now: dt.datetime) -> str | None:
    """Why this person does not get what goes to these lists, in one word; None where they do.

    Somebody who is no longer in the database is on no list.
    """
    for decision in decide(db, lists, now, contact_id):
        return decision.reason or None
    return "not-on-list"


def count_decisions(db: Database, name: str, now: dt.datetime) -> dict[str, int]:
    """How many members of a list get what goes to it ('') or do not, by reason."""
    rows = db.conn.execute(
        f"SELECT reason, count(*) FROM ({_OF_LISTS.format(who=1)}) GROUP BY reason", _asking([name], now)
    )
    return {row[0]: row[1] for row in rows}


def _asking(names: Sequence[str], now: dt.datetime) -> dict[str, object]:
    return {"lists": json.dumps(names), "today": today_utc(now)}


def _decision(row: sqlite3.Row, names: tuple[str, ...]) -> Decision:
    person, email, address_key, name, given_name, language, allowing, first, reason, *_ = row
    positions = sorted(map(int, allowing.split(","))) if allowing else ()
    _, basis, since = first.split(" ", 2) if first else ("", "", "")
    return Decision(
        person,
        email,
        address_key,
        name,
        given_name,
        language,
        tuple([names[position] for position in positions]),
        since,
        basis,
        reason,
    )
