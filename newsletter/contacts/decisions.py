"""Who may be written to, and why not: one rule, in one place, as SQL."""

import datetime as dt
import functools
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from newsletter.contacts.criteria import Criteria, any_segment_sql
from newsletter.contacts.dates import today_utc
from newsletter.database import HELD, Database, gathered, gathering

_OF_LISTS = (
    "(SELECT l.contact_id, l.list, w.key AS position FROM json_each(:lists) w "
    "CROSS JOIN list_members l ON l.list = w.value)"
)
# Of one list alone: its index has the people in order, so that they need not be sorted to be brought together.
_OF_ONE_LIST = (
    "(SELECT contact_id, list, 0 AS position FROM list_members WHERE list = json_extract(:lists, '$[0]'))"
)
# Each member of each wanted list with the word for why this list does not allow it ('' = it does).
_STANDING = """
    SELECT m.contact_id, m.position, coalesce(s.since, '') AS since, coalesce(s.basis, '') AS basis,
        CASE
            WHEN s.state IS NULL OR s.state = 'none' THEN 'no-consent'
            WHEN s.state = 'withdrawn' THEN 'withdrawn'
            WHEN s.basis = 'unknown' THEN 'no-consent'
            WHEN s.state = 'expired' OR s.expires_at < :today THEN 'expired'
            WHEN s.state = 'unconfirmed' THEN 'unconfirmed'
            WHEN s.state = 'given' THEN ''
            ELSE 'no-consent'
        END AS word
    FROM {members} m
    LEFT JOIN subscriptions s ON s.contact_id = m.contact_id AND s.list = m.list
"""

# One row a person: what the lists say together.
_TOGETHER = """
    SELECT contact_id,
        group_concat(CASE word WHEN '' THEN position END) AS allowing,
        {grounds} AS grounds,
        min(CASE word WHEN 'withdrawn' THEN 1 WHEN 'expired' THEN 2
            WHEN 'unconfirmed' THEN 3 WHEN 'no-consent' THEN 4 END) AS worst
    FROM standing GROUP BY contact_id
"""
# Position, basis and since of each list that allows it, one a line.
_GROUNDS = "group_concat(CASE word WHEN '' THEN printf('%d %s %s', position, basis, since) END, char(10))"

# 'by-post' comes last: it says that this person may be written to, on paper.
_DECIDED = f"""
    SELECT c.id, coalesce(a.email, '') AS email, coalesce(a.address_key, '') AS address_key,
        c.name, c.given_name, c.language, t.allowing, t.grounds,
        CASE
            WHEN c.stop = 'deceased' THEN 'deceased'
            WHEN c.stop = 'left-study' THEN 'left-study'
            WHEN c.stop <> '' THEN 'do-not-contact'
            WHEN c.id IN {HELD} THEN 'asked-to-stop'
            WHEN c.paused_until > :today THEN 'paused'
            WHEN a.email IS NULL AND c.format NOT IN ('print', 'large-print') THEN 'no-email'
            WHEN x.reason = 'bounced' AND c.format NOT IN ('print', 'large-print') THEN 'bounced'
            WHEN x.reason <> 'bounced' THEN 'suppressed'
            WHEN t.contact_id IS NULL THEN 'not-on-list'
            WHEN t.allowing IS NULL THEN CASE t.worst WHEN 1 THEN 'withdrawn' WHEN 2 THEN 'expired'
                WHEN 3 THEN 'unconfirmed' ELSE 'no-consent' END
            WHEN c.format IN ('print', 'large-print') THEN 'by-post'
            ELSE ''
        END AS reason{{asked}}
    FROM {{people}}
    LEFT JOIN addresses a ON a.contact_id = c.id AND a.is_primary = 1
    LEFT JOIN suppressions x ON x.address_key = a.address_key
"""

# Members of the lists within a range of ids: sorting all of a large list would take memory for all of it.
_OF_PART = (
    f"WITH standing AS ({_STANDING} WHERE m.contact_id > :after AND m.contact_id <= :upto), "
    f"together AS ({_TOGETHER})"
    + _DECIDED.format(people="together t CROSS JOIN contacts c ON c.id = t.contact_id", asked="")
    + "WHERE {who}{order}"
)
# The end of a range that has so many members of any one list; none where no list has as many left.
_EDGE = """
    SELECT min((SELECT m.contact_id FROM list_members m WHERE m.list = w.value AND m.contact_id > :after
        ORDER BY m.contact_id LIMIT 1 OFFSET :count)) FROM json_each(:lists) w
"""
_CHOSEN = "c.id IN (SELECT value FROM json_each(:chosen))"
_PART, _LARGE_PART = 2_000, 10_000
_LAST = 2**63 - 1
# Each id that is asked for, with the person whom it means now: as `ids.person_of`, for many at once.
_ASKED = """
    SELECT w.value AS asked,
        coalesce((SELECT id FROM contacts WHERE id = w.value),
            (SELECT contact_id FROM contact_aliases WHERE old_id = w.value)) AS person
    FROM json_each(:people) w
"""
_OF_EACH = gathering(
    "id, email, address_key, name, given_name, language, allowing, grounds, reason, asked",
    f"WITH asked AS MATERIALIZED ({_ASKED}), "
    f"standing AS ({_STANDING.format(members=_OF_LISTS)} WHERE m.contact_id IN (SELECT person FROM asked)), "
    f"together AS MATERIALIZED ({_TOGETHER.format(grounds=_GROUNDS)})"
    + _DECIDED.format(
        people="asked q CROSS JOIN contacts c ON c.id = q.person LEFT JOIN together t ON t.contact_id = c.id",
        asked=", q.asked",
    ),
)


class Decision(NamedTuple):
    """Whether one person gets what goes to some lists; `reason` says why not, '' means that they do.

    `lists` are those whose consent allows it, in the order asked for (also where something else,
    such as `paused`, stands in the way); `since` and `basis` belong to the first of them, and `further`
    has those of each of the others.
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
    further: tuple[tuple[str, str], ...] = ()

    @property
    def grounds(self) -> tuple[tuple[str, str], ...]:
        """Since when and on what basis each of the lists allows it, in their order."""
        return ((self.since, self.basis), *self.further)

    def same_grounds(self, other: "Decision") -> bool:
        """Whether the same allows it: what is said of why somebody gets it holds by both."""
        return (self.lists, self.grounds) == (other.lists, other.grounds)


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
    for sql, values in decisions_sql(db, names, now, segments):
        for row in db.conn.execute(sql, values).fetchall():
            yield read_decision(row, names)


def decisions_sql(
    db: Database,
    lists: Sequence[str],
    now: dt.datetime,
    segments: Mapping[str, Criteria] | None = None,
    *,
    in_bulk: bool = False,
) -> Iterator[tuple[str, dict[str, object]]]:
    """`decide` as SQL to work with, part after part of the people, each with its values: by id, none twice.

    Columns: id, email, address_key, name, given_name, language, allowing, grounds, reason;
    `read_decision` says what they mean, `allowed_lists` what `allowing` does. `in_bulk`, for SQL that has to do
    with very many, the parts are larger, within one there is no order, and `grounds` is NULL.
    """
    names = [*dict.fromkeys(lists)]
    sql = _OF_PART.format(
        members=_OF_LISTS if len(names) > 1 else _OF_ONE_LIST,
        grounds="NULL" if in_bulk else _GROUNDS,
        who=_CHOSEN if segments else "1",
        order="" if in_bulk else " ORDER BY c.id",
    )
    asking, size = _asking(names, now), _LARGE_PART if in_bulk else _PART
    if segments:
        for chosen in _in_segments(db, segments, now, size):
            ends = {"after": chosen[0] - 1, "upto": chosen[-1], "chosen": json.dumps(chosen)}
            yield sql, asking | ends
        return
    upto = -1
    while upto < _LAST:
        after = upto
        edge = asking | {"after": after, "count": size - 1}
        upto = db.conn.execute(_EDGE, edge).fetchone()[0] or _LAST
        yield sql, asking | {"after": after, "upto": upto}


def _in_segments(
    db: Database, segments: Mapping[str, Criteria], now: dt.datetime, size: int
) -> Iterator[list[int]]:
    """The ids of those in any of the segments, in order, so many at a time."""
    who, values = any_segment_sql(segments, now)
    # Asked once: for every part it would be asked of all people again.
    people = db.conn.execute(f"SELECT c.id FROM contacts c WHERE {who} ORDER BY c.id", values)
    while some := people.fetchmany(size):
        yield [row[0] for row in some]


def decide_each(
    db: Database, lists: Sequence[str], now: dt.datetime, contact_ids: Sequence[int]
) -> dict[int, Decision]:
    """The decision for each of these contacts, in one look at the database, under the id asked for.

    The old id of somebody who was merged leads to the person; who is not here any more has none.
    """
    names = tuple(dict.fromkeys(lists))
    asked = _asking(names, now) | {"people": json.dumps([*contact_ids])}
    found = {row[-1]: read_decision(row, names) for row in gathered(db, _OF_EACH, asked)}
    return {one: found[one] for one in contact_ids if one in found}


def reason_to_skip(db: Database, contact_id: int, lists: Sequence[str], now: dt.datetime) -> str | None:
    """Why this person does not get what goes to these lists, in one word; None where they do.

    Somebody who is no longer in the database is on no list.
    """
    for decision in decide(db, lists, now, contact_id):
        return decision.reason or None
    return "not-on-list"


def count_decisions(db: Database, name: str, now: dt.datetime) -> dict[str, int]:
    """How many members of a list get what goes to it ('') or do not, by reason."""
    counts: Counter[str] = Counter()
    for sql, values in decisions_sql(db, [name], now, in_bulk=True):
        rows = db.conn.execute(f"SELECT reason, count(*) FROM ({sql}) GROUP BY reason", values)
        counts.update({row[0]: row[1] for row in rows})
    return dict(counts)


def allowed_lists(allowing: str | None, names: Sequence[str]) -> tuple[str, ...]:
    """The lists of these whose consent allows it, in the order of the names; `allowing` as it comes from SQL."""
    return _allowed(allowing, tuple(names)) if allowing else ()


@functools.lru_cache(maxsize=1024)
def _allowed(allowing: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([names[position] for position in sorted(map(int, allowing.split(",")))])


def _asking(names: Sequence[str], now: dt.datetime) -> dict[str, object]:
    return {"lists": json.dumps(names), "today": today_utc(now)}


def read_decision(row: Sequence[Any], names: tuple[str, ...]) -> Decision:
    """A row of `decisions_sql` as what it says; `names` are the lists that were asked for, each once."""
    person, email, address_key, name, given_name, language, allowing, grounds, reason, *_ = row
    lists = allowed_lists(allowing, names)
    (since, basis), *further = _grounds(grounds) if grounds else [("", "")]
    return Decision(
        person, email, address_key, name, given_name, language, lists, since, basis, reason, tuple(further)
    )


def _grounds(grounds: str) -> list[tuple[str, str]]:
    """Since when and on what basis, in the order of the lists, whatever that of the lines is."""
    if "\n" not in grounds:
        _, basis, since = grounds.split(" ", 2)
        return [(since, basis)]
    each = sorted(
        (int(place), since, basis)
        for place, basis, since in (line.split(" ", 2) for line in grounds.split("\n"))
    )
    return [(since, basis) for _, since, basis in each]
