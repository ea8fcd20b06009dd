"""Who gets an issue and who does not: looked at before anything is queued, and kept for browsing."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from newsletter.contacts import Decision, decide
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


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom an issue is for: the members of these lists; a correction's only those who got what it corrects."""

    lists: tuple[str, ...]
    corrects: str = ""


class NothingToCorrect(InputError):
    """The issue that is corrected was never sent."""


def reach_of(issue: Issue) -> Reach:
    """Whom the issue is for."""
    return Reach(issue.lists, issue.corrects)


def candidates(db: Database, reach: Reach, now: dt.datetime) -> Iterator[Decision]:
    """One decision for each person the issue is for; of those who share an address the first gets it.

    Raises NothingToCorrect for a correction of what was never sent.
    """
    served: set[str] = set()
    for decision in _reached(db, reach, now):
        if not decision.reason and decision.address_key in served:
            yield replace(decision, reason="duplicate")
            continue
        if not decision.reason:
            served.add(decision.address_key)
        yield decision


def _reached(db: Database, reach: Reach, now: dt.datetime) -> Iterator[Decision]:
    everybody = decide(db, reach.lists, now)
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
    reasons = Counter(decision.reason for decision in candidates(db, reach, now))
    to_send = reasons.pop("", 0)
    return Plan(to_send, dict(sorted(reasons.items())))


def keep_snapshot(db: Database, slug: str, decisions: Iterable[Decision], now: dt.datetime) -> None:
    """Remember who gets the issue and why not, in place of what was remembered before."""
    rows = (
        (slug, d.contact_id, "skip" if d.reason else "send", d.reason, ", ".join(d.lists), stamp(now))
        for d in decisions
    )
    with transaction(db):
        db.conn.execute("DELETE FROM audience_snapshot WHERE issue = ?", (slug,))
        db.conn.executemany("INSERT INTO audience_snapshot VALUES (?, ?, ?, ?, ?, ?)", rows)
