"""Who gets an issue and who does not: looked at before anything is queued, and kept for browsing."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from newsletter.contacts import Decision, decide
from newsletter.database import Database, transaction
from newsletter.outbox.times import stamp


@dataclass(frozen=True, slots=True)
class Plan:
    """How many would get it, and how many would not, by reason."""

    to_send: int
    skipped: dict[str, int]

    @property
    def candidates(self) -> int:
        return self.to_send + sum(self.skipped.values())


def candidates(db: Database, lists: tuple[str, ...], now: dt.datetime) -> Iterator[Decision]:
    """One decision for each member of the lists; of those who share an address the first gets it."""
    served: set[str] = set()
    for decision in decide(db, lists, now):
        if not decision.reason and decision.address_key in served:
            yield replace(decision, reason="duplicate")
            continue
        if not decision.reason:
            served.add(decision.address_key)
        yield decision


def plan_mailing(db: Database, lists: tuple[str, ...], now: dt.datetime) -> Plan:
    """What queueing would do now."""
    reasons = Counter(decision.reason for decision in candidates(db, lists, now))
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
