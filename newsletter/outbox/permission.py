"""Whether a delivery that is owed may still go: asked before MAIL and again with the claim."""

import datetime as dt

from newsletter.contacts import Decision, decide
from newsletter.database import SKIP_REASONS, Database
from newsletter.outbox.delivery import Delivery

#: Each reason to skip, as `why` and `report` say it of a person.
IN_WORDS = SKIP_REASONS


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
