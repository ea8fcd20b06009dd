"""People who may get an issue only since it was queued: counted, and added by the operator's word."""

import datetime as dt
from collections.abc import Iterator

from newsletter.contacts import Decision
from newsletter.database import Database, transaction
from newsletter.outbox.audience import candidates
from newsletter.outbox.ledger import move
from newsletter.outbox.mailings import Mailing, delivery_row, insert_deliveries
from newsletter.outbox.states import JOIN


def count_newcomers(db: Database, mailing: Mailing, now: dt.datetime) -> int:
    """How many people `add_newcomers` would add."""
    return sum(1 for _ in _newcomers(db, mailing, now))


def add_newcomers(db: Database, mailing: Mailing, now: dt.datetime) -> int:
    """Owe the issue to those who may get it only since; how many.

    Move d for those who were left out when it was queued, move a for those who are new.
    """
    with transaction(db):
        found = list(_newcomers(db, mailing, now))
        for decision, skipped in found:
            if skipped is None:
                insert_deliveries(db, mailing, [decision], now)
            else:
                _join(db, mailing, decision, skipped, now)
    return len(found)


def _newcomers(db: Database, mailing: Mailing, now: dt.datetime) -> Iterator[tuple[Decision, int | None]]:
    """Each decision that allows the issue and has nothing to show for it, with the row that was skipped."""
    for decision in candidates(db, mailing.reach, now):
        if decision.reason or _is_served(db, mailing, decision):
            continue
        row = db.one(
            "SELECT id FROM deliveries WHERE mailing_id = ? AND contact_id = ? AND state = 'skipped' "
            "AND personal = '' ORDER BY id LIMIT 1",
            mailing.id,
            decision.contact_id,
        )
        yield decision, row["id"] if row else None


def _is_served(db: Database, mailing: Mailing, decision: Decision) -> bool:
    """Whether this person, or this address, has a delivery already that is more than a note of absence."""
    return bool(
        db.one(
            "SELECT 1 FROM deliveries WHERE mailing_id = ?1 AND channel = 'email' AND ("
            "(contact_id = ?2 AND (state <> 'skipped' OR personal <> '')) OR "
            "(recipient_key = ?3 AND contact_id <> ?2))",
            mailing.id,
            decision.contact_id,
            decision.address_key,
        )
    )


def _join(db: Database, mailing: Mailing, decision: Decision, delivery_id: int, now: dt.datetime) -> None:
    row = delivery_row(db.key, mailing, decision, now)
    fresh = {name: row[name] for name in ("recipient_key", "email", "lists", "edition", "token", "reason")}
    move(db, delivery_id, JOIN, now, due_at="", **fresh)
