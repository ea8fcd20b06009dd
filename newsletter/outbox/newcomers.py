"""People who may get an issue only since it was queued: counted, and added by the operator's word."""

import datetime as dt
import json
from collections.abc import Iterator

from newsletter.contacts import Decision
from newsletter.database import Database, transaction
from newsletter.outbox.addressing import free_address
from newsletter.outbox.audience import in_batches, reached, shared_addresses
from newsletter.outbox.ledger import move
from newsletter.outbox.mailings import Mailing, delivery_row, insert_deliveries
from newsletter.outbox.states import JOIN

# Who is asked about: [[contact id, key of their address], …]. Served is whoever has a delivery already that is
# more than a note of absence, or whose address somebody else has one at. What was made for an address that its
# person has left does not go any more: it stands in the way of that address alone.
_UNSERVED = """
    SELECT json_extract(q.value, '$[0]') AS contact, (
        SELECT d.id FROM deliveries d WHERE d.contact_id = json_extract(q.value, '$[0]')
            AND d.mailing_id = :mailing AND d.state = 'skipped' AND d.personal = '' ORDER BY d.id LIMIT 1
    ) AS skipped
    FROM json_each(:people) q
    WHERE NOT EXISTS (
        SELECT 1 FROM deliveries d WHERE d.contact_id = json_extract(q.value, '$[0]')
            AND d.mailing_id = :mailing AND d.channel = 'email' AND (d.state <> 'skipped' OR (d.personal <> ''
                AND (d.reason <> 'address-changed' OR d.recipient_key = json_extract(q.value, '$[1]'))))
    ) AND NOT EXISTS (
        SELECT 1 FROM deliveries d WHERE d.mailing_id = :mailing AND d.channel = 'email'
            AND d.recipient_key = json_extract(q.value, '$[1]') AND d.contact_id <> json_extract(q.value, '$[0]')
            AND (d.state <> 'skipped' OR d.personal <> '' OR d.reason IN ('too-late', 'cancelled'))
    )
"""


def is_served(db: Database, mailing: Mailing, decision: Decision) -> bool:
    """Whether `add_newcomers` would pass over this person, though allowed: they or somebody else at the address have it."""
    people = json.dumps([(decision.contact_id, decision.address_key)])
    return db.conn.execute(_UNSERVED, {"mailing": mailing.id, "people": people}).fetchone() is None


def is_offered(db: Database, mailing: Mailing, contact_id: int, now: dt.datetime) -> bool:
    """Whether `add_newcomers` would add this person."""
    return any(one.contact_id == contact_id for one, _ in _newcomers(db, mailing, now))


def count_newcomers(db: Database, mailing: Mailing, now: dt.datetime) -> int:
    """How many people `add_newcomers` would add."""
    return sum(1 for _ in _newcomers(db, mailing, now))


def add_newcomers(db: Database, mailing: Mailing, now: dt.datetime) -> int:
    """Owe the issue to those who may get it only since; how many.

    Move d for those who were left out when it was queued, move a for those who are new.
    """
    added = 0
    with transaction(db):
        for decision, skipped in _newcomers(db, mailing, now):
            free_address(db, mailing, decision, now)
            if skipped is None:
                insert_deliveries(db, mailing, [decision], now)
            else:
                _join(db, mailing, decision, skipped, now)
            added += 1
    return added


def _newcomers(db: Database, mailing: Mailing, now: dt.datetime) -> Iterator[tuple[Decision, int | None]]:
    """Each decision that allows the issue and has nothing to show for it, with the row that was skipped.

    Of those who share an address the first of them, and not of all who have it: somebody who got the issue
    at another address before they came to this one stands in nobody's way here.
    """
    shared, offered = shared_addresses(db), set[str]()
    allowed = (one for one in reached(db, mailing.reach, now) if not one.reason)
    for batch in in_batches(allowed):
        people = json.dumps([(one.contact_id, one.address_key) for one in batch])
        rows = db.conn.execute(_UNSERVED, {"mailing": mailing.id, "people": people}).fetchall()
        unserved = {row["contact"]: row["skipped"] for row in rows}
        for one in batch:
            if one.contact_id not in unserved or one.address_key in offered:
                continue
            if one.address_key in shared:
                offered.add(one.address_key)
            yield one, unserved[one.contact_id]


def _join(db: Database, mailing: Mailing, decision: Decision, delivery_id: int, now: dt.datetime) -> None:
    row = delivery_row(mailing, decision, now)
    fresh = {name: row[name] for name in ("recipient_key", "email", "lists", "edition", "token", "reason")}
    move(db, delivery_id, JOIN, now, due_at="", **fresh)
