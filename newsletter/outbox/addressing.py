"""Whose the one message to an address is: it goes along where theirs changes, and to the next where they do not get it."""

import datetime as dt

from newsletter.contacts import Decision
from newsletter.database import Database
from newsletter.outbox.delivery import Delivery
from newsletter.outbox.ledger import due_deliveries, move
from newsletter.outbox.mailings import Mailing, contact_key
from newsletter.outbox.states import BRING_ALONG, HAND_ON, SKIP
from newsletter.outbox.times import stamp

# Whoever has the address today, was left out for somebody else who had it, and has nothing else of the mailing.
_NEXT = """
    SELECT d.id, a.email FROM addresses a CROSS JOIN deliveries d ON d.contact_id = a.contact_id
    WHERE a.address_key = :key AND a.is_primary = 1 AND +d.mailing_id = :mailing AND d.channel = 'email'
        AND d.state = 'skipped' AND d.reason = 'duplicate' AND d.personal = '' AND NOT EXISTS (
            SELECT 1 FROM deliveries o WHERE o.contact_id = d.contact_id AND +o.mailing_id = :mailing
                AND o.state <> 'skipped')
    ORDER BY d.id LIMIT 1
"""
# Another row of the mailing has the address, or another of the same person is more than a note of absence.
_TAKEN = """
    SELECT EXISTS (SELECT 1 FROM deliveries WHERE mailing_id = :mailing AND channel = 'email'
            AND recipient_key = :key AND id <> :id)
        OR EXISTS (SELECT 1 FROM deliveries WHERE contact_id = :person AND +mailing_id = :mailing
            AND state <> 'skipped' AND id <> :id)
"""
# A mailing that was too late may go after all, and its people have their addresses still.
_IDLE = """
    SELECT id, contact_id FROM deliveries WHERE mailing_id = :mailing AND channel = 'email' AND recipient_key = :key
        AND contact_id <> :person AND state = 'skipped' AND personal = '' AND reason NOT IN ('too-late', 'cancelled')
"""


def leave_out(db: Database, mailing: Mailing, delivery: Delivery, word: str, now: dt.datetime) -> bool:
    """Move c, inside a transaction; whether somebody else at the address waits for it now (move r).

    What was claimed once keeps its address: one message of it may have been made.
    """
    freed = {} if delivery.letter else _under(contact_key(delivery.contact_id))
    if move(db, delivery.id, SKIP, now, reason=word, **freed) or not freed:
        return False
    return _hand_on(db, mailing, delivery.recipient_key, now)


def bring_along(
    db: Database, mailing: Mailing, delivery: Delivery, decision: Decision, now: dt.datetime
) -> Delivery | None:
    """Move s, inside a transaction: what was never claimed, as it is now, for the address that its person has.

    None where that address has its row in the mailing already, or the person has another one. Nothing
    that was prepared for the old address may go.
    """
    free_address(db, mailing, decision, now)
    wanted = {
        "mailing": mailing.id,
        "key": decision.address_key,
        "id": delivery.id,
        "person": decision.contact_id,
    }
    if db.conn.execute(_TAKEN, wanted).fetchone()[0]:
        return None
    # What the old address was tried for says nothing of the new one.
    fresh = {"email": decision.email, "attempts": 0, "first_tried_at": "", "due_at": "", "reply": ""}
    if move(db, delivery.id, BRING_ALONG, now, **fresh, **_under(decision.address_key)):
        return None
    _hand_on(db, mailing, delivery.recipient_key, now)
    return due_deliveries(db, mailing.id, now, after=delivery.id - 1, count=1)[0]


def free_address(db: Database, mailing: Mailing, decision: Decision, now: dt.datetime) -> None:
    """Take this person's address from rows of others that were skipped without a message, as older versions left them."""
    wanted = {"mailing": mailing.id, "key": decision.address_key, "person": decision.contact_id}
    for number, contact_id in db.conn.execute(_IDLE, wanted).fetchall():
        own = _under(contact_key(contact_id))
        db.conn.execute(
            "UPDATE deliveries SET recipient_key = :recipient_key, token = :token, changed_at = :now WHERE id = :id",
            {**own, "now": stamp(now), "id": number},
        )


def _hand_on(db: Database, mailing: Mailing, address_key: str, now: dt.datetime) -> bool:
    """Move r: the first who was left out for the sake of somebody at this address, who has it no more."""
    found = db.conn.execute(_NEXT, {"mailing": mailing.id, "key": address_key}).fetchone()
    if found is None:
        return False
    number, email = found
    columns = {"email": email, "reason": "", "due_at": "", **_under(address_key)}
    return move(db, number, HAND_ON, now, **columns) is None


def _under(recipient_key: str) -> dict[str, str]:
    """The columns of a row that has this key: what named it outside goes, as no message has it."""
    return {"recipient_key": recipient_key, "token": ""}
