"""Who gets an issue and who does not: looked at before anything is queued, and kept for browsing."""

import datetime as dt
import itertools
import json
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from newsletter.contacts import Criteria, Decision, decisions_sql, read_decision
from newsletter.database import Database, transaction
from newsletter.errors import InputError
from newsletter.issue import Issue
from newsletter.outbox.times import stamp

_One = TypeVar("_One")
_BATCH = 1_000
# Those who got the issue that is corrected, or may have got it.
_READERS = """
    SELECT 1 FROM deliveries r JOIN mailings m ON m.id = r.mailing_id
    WHERE m.issue = :corrects AND m.kind IN ('issue', 'correction') AND r.state IN ('sent', 'in-doubt')
"""
_OF_READERS = f"SELECT * FROM ({{people}}) p WHERE EXISTS ({_READERS} AND r.contact_id = p.id) ORDER BY id"
_SHARED = "SELECT address_key FROM addresses GROUP BY address_key HAVING count(*) > 1"


@dataclass(frozen=True, slots=True)
class Plan:
    """How many would get it, and how many would not, by reason."""

    to_send: int
    skipped: dict[str, int]

    @property
    def candidates(self) -> int:
        return self.to_send + sum(self.skipped.values())


def plan_of(decisions: Iterable[Decision]) -> Plan:
    """The decisions, counted."""
    return _plan(Counter(decision.reason for decision in decisions))


def _plan(reasons: Counter[str]) -> Plan:
    to_send = reasons.pop("", 0)
    return Plan(to_send, dict(sorted(reasons.items())))


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom an issue is for: the members of these lists; a correction's only those who got what it corrects.

    Where there are `segments`, only those who are in any of them.
    """

    lists: tuple[str, ...]
    corrects: str = ""
    segments: Mapping[str, Criteria] = field(default_factory=dict)


class NothingToCorrect(InputError):
    """The issue that is corrected was never sent."""


def reach_of(issue: Issue, segments: Mapping[str, Criteria] | None = None) -> Reach:
    """Whom the issue is for; `segments` limit it."""
    return Reach(issue.lists, issue.corrects, segments or {})


def kept_reach(db: Database, mailing_id: int) -> Reach:
    """Whom a mailing is for, as it was queued; its segments mean what they meant then."""
    lists, corrects, segments = db.conn.execute(
        "SELECT lists, corrects, segments FROM mailings WHERE id = ?", (mailing_id,)
    ).fetchone()
    known = json.loads(segments) if segments else {}
    return Reach(
        tuple(json.loads(lists)),
        corrects,
        {name: {key: tuple(texts) for key, texts in asked.items()} for name, asked in known.items()},
    )


def kept_segments(segments: Mapping[str, Criteria]) -> str:
    """Segments with their meaning, as a mailing keeps them; '' for none."""
    return json.dumps(segments, ensure_ascii=False, sort_keys=True) if segments else ""


def in_segments(names: Iterable[str]) -> str:
    """' in the segment north', or '' where there are none."""
    return f" in the segment {' or '.join(names)}" if [*names] else ""


def candidates(db: Database, reach: Reach, now: dt.datetime) -> Iterator[Decision]:
    """One decision for each person the issue is for; of those who share an address the first gets it.

    Streamed, and in memory that does not grow with the list. Raises NothingToCorrect for a correction
    of what was never sent.
    """
    return one_an_address(reached(db, reach, now), shared_addresses(db))


def reached(db: Database, reach: Reach, now: dt.datetime) -> Iterator[Decision]:
    """As `candidates`, each by themselves: whoever else has the address."""
    names = tuple(dict.fromkeys(reach.lists))
    parts = reached_sql(db, reach, now)
    # Each part is fetched whole: whoever is told may write to the database before the next.
    rows = (row for sql, values in parts for row in db.conn.execute(sql, values).fetchall())
    return (read_decision(row, names) for row in rows)


def shared_addresses(db: Database) -> set[str]:
    """The keys of all addresses that several people may have."""
    return {row[0] for row in db.conn.execute(_SHARED)}


def one_an_address(decisions: Iterable[Decision], shared: Container[str] | None = None) -> Iterator[Decision]:
    """The decisions in their order; of those that share an address and allow, the first alone still does.

    `shared` are the keys of all addresses that several people may have, where that is known.
    """
    served: set[str] = set()
    for decision in decisions:
        if not decision.reason and (shared is None or decision.address_key in shared):
            if decision.address_key in served:
                yield decision._replace(reason="duplicate")
                continue
            served.add(decision.address_key)
        yield decision


def in_batches(several: Iterable[_One]) -> Iterator[list[_One]]:
    """The same, so many at a time that the database is asked about together."""
    left = iter(several)
    while some := list(itertools.islice(left, _BATCH)):
        yield some


def reached_sql(
    db: Database, reach: Reach, now: dt.datetime, *, in_bulk: bool = False
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Those the issue is for, as `contacts.decisions_sql` gives them: part after part. Raises NothingToCorrect."""
    parts = decisions_sql(db, reach.lists, now, reach.segments, in_bulk=in_bulk)
    if not reach.corrects:
        return parts
    corrects = {"corrects": reach.corrects}
    if not db.conn.execute(f"SELECT EXISTS ({_READERS})", corrects).fetchone()[0]:
        raise NothingToCorrect(
            f"this issue corrects {reach.corrects}, and nobody has got that",
            remedy="Name the issue that was sent under 'corrects:', or take the line out.",
        )
    return ((_OF_READERS.format(people=sql), values | corrects) for sql, values in parts)


def plan_mailing(db: Database, reach: Reach, now: dt.datetime) -> Plan:
    """What queueing would do now. Raises as `candidates`."""
    return plan_of(candidates(db, reach, now))


def keep_snapshot(
    db: Database, slug: str, decisions: Iterable[Decision], now: dt.datetime, segments: Iterable[str] = ()
) -> Plan:
    """Remember who gets the issue and why not, in place of what was remembered before; how many they are."""
    only, reasons = [*segments], Counter[str]()

    def row(d: Decision) -> tuple[str, int, str, str, str, str]:
        reasons[d.reason] += 1
        to = "skip" if d.reason else "send"
        return slug, d.contact_id, to, d.reason, snapshot_lists(d.lists, only), stamp(now)

    with transaction(db):
        forget_snapshot(db, slug)
        db.conn.executemany("INSERT INTO audience_snapshot VALUES (?, ?, ?, ?, ?, ?)", map(row, decisions))
    return _plan(reasons)


def forget_snapshot(db: Database, slug: str) -> None:
    """Nothing is remembered of who gets the issue."""
    db.conn.execute("DELETE FROM audience_snapshot WHERE issue = ?", (slug,))


def snapshot_lists(lists: Iterable[str], segments: Iterable[str]) -> str:
    """What a snapshot says of why somebody is in it: the lists that allow it, and the segments if it is for some alone.

    These stand behind the lists, divided from them as they are from each other.
    """
    only = [f"segment {' or '.join(names)}"] if (names := [*segments]) else []
    return ", ".join([*lists, *only])
