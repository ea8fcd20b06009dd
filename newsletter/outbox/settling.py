"""What becomes of a delivery after an attempt: the moves, and what they tell about the run."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import cast

from newsletter.addresses import domain_of
from newsletter.config import Smtp
from newsletter.errors import NewsletterError, ProofFailed
from newsletter.outbox.delivery import Delivery
from newsletter.outbox.desk import Due, Note
from newsletter.outbox.receipt import Outcome, Receipt
from newsletter.outbox.states import ACCEPT, DEFER, DOUBT, GIVE_UP, PUT_BACK, REFUSE, REJECT, Move
from newsletter.outbox.times import gave_up, next_try, stamp
from newsletter.outbox.trouble import Advice, Suspect, Trouble
from newsletter.outbox.watching import Change


class Settling:
    """Turns outcomes into notes, in the order in which they were heard."""

    def __init__(self, settings: Smtp, clock: Callable[[], dt.datetime], jitter: Callable[[], float]) -> None:
        self._settings, self._clock, self._jitter = settings, clock, jitter
        self._trouble = Trouble()
        self._served = False
        self._gone: list[str] = []

    def settle(
        self, due: Due, message_id: str, outcome: Outcome, *, claimed: bool
    ) -> tuple[list[Note], Advice]:
        """The notes to keep of an attempt, and what follows for the run."""
        now = self._clock()
        if outcome.verdict == "accepted":
            return self._accepted(due, message_id, outcome, now)
        one = due.delivery
        domain = domain_of(due.decision.email)
        gone = due.decision.email if outcome.no_such_address else ""
        advice = self._trouble.notice(outcome, domain, now, (one.id, one.attempts, gone))
        put_off = outcome.verdict == "later" or (outcome.verdict == "refused" and advice.put_back)
        step = _step(outcome, put_off=put_off, claimed=claimed)
        columns = self._put_off(one, now) if put_off else _tried(one, now)
        columns |= {"reply": str(outcome.receipt), "queue_id": outcome.receipt.queue_id}
        moves: tuple[tuple[Move, dict[str, object]], ...] = ((step, columns),)
        if put_off and not advice.blameless and gave_up(one.first_tried_at, now, self._settings):
            moves += ((GIVE_UP, {"due_at": ""}),)
        change = Change(
            one.id, moves[-1][0].target, one.attempts + 1, receipt=outcome.receipt, message_id=message_id
        )
        if gone and not put_off:
            self._gone.append(gone)
        return [Note(one.id, moves, change), *self._refused(advice.refuse)], advice

    def _accepted(
        self, due: Due, message_id: str, outcome: Outcome, now: dt.datetime
    ) -> tuple[list[Note], Advice]:
        """As nearly all are: its own note, and those of whom we know now that they were refused for themselves."""
        one, receipt = due.delivery, outcome.receipt
        advice = self._trouble.notice(outcome, domain_of(due.decision.email), now)
        columns = _tried(one, now)
        columns["reply"], columns["queue_id"] = str(receipt), receipt.queue_id
        change = Change(one.id, "sent", one.attempts + 1, receipt=receipt, message_id=message_id)
        notes = [Note(one.id, ((ACCEPT, columns),), change, self._known_gone())]
        if advice.refuse:
            notes += self._refused(advice.refuse)
        return notes, advice

    def _known_gone(self) -> tuple[str, ...]:
        """Addresses that are nobody's, now that somebody was served: a server that knows nobody says it of all."""
        gone, self._gone, self._served = tuple(self._gone), [], True
        return gone

    def conclude(self) -> tuple[list[Note], NewsletterError | None]:
        """At the end of a run that nothing stopped: who was refused was so for themselves, and who is gone is gone.

        Or what stops it now: nobody was served, and what was answered is then about us.
        """
        if reason := self._trouble.verdict():
            return [], reason
        notes = self._refused(self._trouble.suspects())
        if self._served and self._gone:
            notes.append(Note(0, (), None, self._known_gone()))
        return notes, None

    def _refused(self, suspects: Iterable[Suspect]) -> list[Note]:
        notes = []
        for (number, attempts, gone), receipt in cast(
            Iterable[tuple[tuple[int, int, str], Receipt]], suspects
        ):
            if gone:
                self._gone.append(gone)
            change = Change(number, "refused", attempts + 1, receipt=receipt)
            notes.append(Note(number, ((REFUSE, {"reply": str(receipt), "due_at": ""}),), change))
        return notes

    def unmade(self, delivery: Delivery, error: ProofFailed) -> Note:
        """It cannot be made: put off, so that the others are served."""
        columns = self._put_off(delivery, self._clock()) | {"reply": error.message}
        return Note(delivery.id, ((DEFER, columns),), Change(delivery.id, "waiting", delivery.attempts + 1))

    def unwritable(self, delivery: Delivery) -> Note:
        """Its address is none."""
        columns: dict[str, object] = {"reply": "this is not an address that can be written to"}
        return Note(delivery.id, ((REFUSE, columns),), Change(delivery.id, "refused"))

    def _put_off(self, delivery: Delivery, now: dt.datetime) -> dict[str, object]:
        return _tried(delivery, now) | {"due_at": next_try(now, delivery.attempts + 1, self._jitter())}


def _tried(delivery: Delivery, now: dt.datetime) -> dict[str, object]:
    return {
        "attempts": delivery.attempts + 1,
        "first_tried_at": delivery.first_tried_at or stamp(now),
        "due_at": "",
    }


def _step(outcome: Outcome, *, put_off: bool, claimed: bool) -> Move:
    """What is noted of a message that was not accepted."""
    if outcome.verdict == "in doubt":
        return DOUBT
    if claimed:
        return PUT_BACK if put_off else REJECT
    return DEFER if put_off else REFUSE
