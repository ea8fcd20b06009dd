"""Whether a delivery that is owed may still go: asked before MAIL and again with the claim."""

import datetime as dt

from newsletter.contacts import Decision, decide
from newsletter.database import Database
from newsletter.outbox.delivery import Delivery

#: Each reason to skip, as `why` and `report` say it of a person.
IN_WORDS = {
    "no-consent": "they never agreed to be written to",
    "withdrawn": "they have taken their consent back",
    "expired": "their consent has ended",
    "unconfirmed": "they have not confirmed that they want it",
    "suppressed": "their address must never be written to",
    "bounced": "messages to their address came back",
    "paused": "they asked for a pause",
    "do-not-contact": "they asked never to be contacted",
    "deceased": "they have died",
    "left-study": "they have left the study",
    "no-email": "they have no email address",
    "not-on-list": "they are on none of the lists that it goes to",
    "duplicate": "somebody else with the same address gets it",
    "by-post": "they get it on paper",
    "cancelled": "the mailing was cancelled",
    "too-late": "their address changed after the issue was queued",
}


def ask_permission(
    db: Database, delivery: Delivery, lists: tuple[str, ...], now: dt.datetime
) -> Decision | str:
    """The decision that allows this delivery now, or in a word why it may not go.

    What was frozen at an earlier claim cannot be changed: if the consent for one of the lists that
    it was written for has gone, or the address is another one, it does not go at all.
    """
    decision = next(decide(db, lists, now, delivery.contact_id), None)
    if decision is None:
        return "not-on-list"
    if decision.reason:
        return decision.reason
    if decision.address_key != delivery.recipient_key:
        return "too-late"
    if delivery.letter and not set(delivery.lists) <= set(decision.lists):
        return "withdrawn"
    return decision
