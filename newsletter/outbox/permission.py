"""Whether a delivery that is owed may still go: asked before MAIL and again with the claim."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from newsletter.contacts import Decision, decide, decide_each, decide_renewal, decide_request
from newsletter.database import SKIP_REASONS, Database
from newsletter.edition import REQUESTS
from newsletter.outbox.delivery import Delivery
from newsletter.outbox.mailings import Mailing

#: Each reason to skip, as `why` and `report` say it of a person.
IN_WORDS = SKIP_REASONS


class Elsewhere(NamedTuple):
    """It may go, but to another address than the one it is under; and nothing was ever made for that."""

    decision: Decision


#: The decision that allows a delivery now, or where it may go instead, or in a word why it may not go.
Answer = Decision | Elsewhere | str


def ask_each(
    db: Database, deliveries: Sequence[Delivery], mailing: Mailing, now: dt.datetime
) -> dict[int, Answer]:
    """What holds now for each of these, by their ids; for an issue's in one look at the database."""
    if mailing.kind in REQUESTS:
        return {one.id: _answer(one, decided(db, mailing, one.contact_id, now)) for one in deliveries}
    decisions = decide_each(db, mailing.lists, now, [one.contact_id for one in deliveries])
    return {one.id: _answer(one, decisions.get(one.contact_id)) for one in deliveries}


def _answer(delivery: Delivery, decision: Decision | None) -> Answer:
    """What the decision about its person means for this delivery.

    What was frozen at an earlier claim cannot be changed: if the consent for one of the lists that
    it was written for has gone, or the address is another one, it does not go at all.
    """
    if decision is None:
        return "not-on-list"
    if decision.reason:
        return decision.reason
    if decision.address_key != delivery.recipient_key:
        return "address-changed" if delivery.letter else Elsewhere(decision)
    if delivery.letter and not set(delivery.lists) <= set(decision.lists):
        return "withdrawn"
    return decision


def decided(db: Database, mailing: Mailing, contact_id: int, now: dt.datetime) -> Decision | None:
    """What holds today for one person and a mailing of its kind; None for somebody who is not on file."""
    if mailing.kind == "confirmation":
        found = decide_request(db, mailing.about["entry"], now, mailing.about["days"])
        if found is None or found.reason:
            return found
        # It stands for all the lists that it names, so that its link to stop leaves them all.
        others = ((found.since, found.basis),) * (len(mailing.lists) - 1)
        return found._replace(lists=mailing.lists, further=others)
    if mailing.kind == "renewal":
        return decide_renewal(db, contact_id, mailing.lists[0], mailing.about["until"], now)
    return next(decide(db, mailing.lists, now, contact_id), None)
