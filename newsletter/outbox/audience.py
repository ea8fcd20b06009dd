"""Who gets an issue and who does not: looked at before anything is queued, and kept for browsing."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from newsletter.contacts import Criteria, Decision, decide
from newsletter.database import Database, transaction
from newsletter.errors import InputError
from newsletter.issue import Issue
from newsletter.outbox.times import stamp


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
    reasons = Counter(decision.reason for decision in decisions)
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

    Raises NothingToCorrect for a correction of what was never sent.
    """
    return one_an_address(_reached(db, reach, now))


def one_an_address(decisions: Iterable[Decision]) -> Iterator[Decision]:
    """The decisions in their order; of those that share an address and allow, the first alone still does."""
    served: set[str] = set()
    for decision in decisions:
        if not decision.reason and decision.address_key in served:
            yield replace(decision, reason="duplicate")
            continue
        if not decision.reason:
            served.add(decision.address_key)
        yield decision


def _reached(db: Database, reach: Reach, now: dt.datetime) -> Iterator[Decision]:
    everybody = decide(db, reach.lists, now, segments=reach.segments)
    if not reach.corrects:
        return everybody
    readers = _readers_of(db, reach.corrects)
    return (decision for decision in everybody if decision.contact_id in readers)


def _readers_of(db: Database, slug: str) -> set[int]:
    """Those who got the issue, or may have got it."""
    rows = db.conn.execute(
        "SELECT contact_id FROM deliveries JOIN mailings ON mailings.id = mailing_id "
        "WHERE issue = ? AND kind IN ('issue', 'correction') AND deliveries.state IN ('sent', 'in-doubt')",
        (slug,),
    )
    readers = {row["contact_id"] for row in rows}
    if not readers:
        raise NothingToCorrect(
            f"this issue corrects {slug}, and nobody has got that",
            remedy="Name the issue that was sent under 'corrects:', or take the line out.",
        )
    return readers


def plan_mailing(db: Database, reach: Reach, now: dt.datetime) -> Plan:
    """What queueing would do now. Raises as `candidates`."""
    return plan_of(candidates(db, reach, now))


def keep_snapshot(
    db: Database, slug: str, decisions: Iterable[Decision], now: dt.datetime, segments: Iterable[str] = ()
) -> None:
    """Remember who gets the issue and why not, in place of what was remembered before.

    Where it is for `segments` alone, that stands behind the lists, divided from them as they are from each other.
    """
    only = [f"segment {' or '.join(names)}"] if (names := [*segments]) else []
    rows = (
        (
            slug,
            d.contact_id,
            "skip" if d.reason else "send",
            d.reason,
            ", ".join([*d.lists, *only]),
            stamp(now),
        )
        for d in decisions
    )
    with transaction(db):
        db.conn.execute("DELETE FROM audience_snapshot WHERE issue = ?", (slug,))
        db.conn.executemany("INSERT INTO audience_snapshot VALUES (?, ?, ?, ?, ?, ?)", rows)
