"""What the workers of one run share: who is next, what became of each, and when enough is enough."""

import datetime as dt
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from newsletter.addresses import BadAddress
from newsletter.approval import NotPermitted, require_kept_permissions
from newsletter.contacts import Decision
from newsletter.database import Database, explain_error, patience, transaction
from newsletter.errors import DatabaseProblem, NewsletterError, ProofFailed
from newsletter.outbox.control import hindrance
from newsletter.outbox.delivery import Delivery, Prepared
from newsletter.outbox.ledger import claim, due_deliveries, move
from newsletter.outbox.mailings import Mailing
from newsletter.outbox.permission import ask_permission
from newsletter.outbox.preparing import Press
from newsletter.outbox.receipt import Outcome, Receipt
from newsletter.outbox.states import ACCEPT, DEFER, DOUBT, PUT_BACK, REFUSE, REJECT, SKIP, Move, State
from newsletter.outbox.times import next_try
from newsletter.outbox.trouble import Trouble, refuses_us

#: Is told the new state of each delivery as it changes.
Watch = Callable[[State], None]

#: Seconds for which a receipt waits for a database that another program holds. It is all that is
#: known of a message, so longer than anything else does: as long as for the server's answer.
_TO_KEEP_A_RECEIPT = 600.0


@dataclass
class Run:
    """One run of a mailing. Every method takes `desk`: the database has one writer at a time.

    `halt` ends the run after what is in flight; `stopped` and `broken` say why, if it was not the
    operator: something went wrong that we know, or something that we do not. `inode` is that of the
    database's file.
    """

    db: Database
    mailing: Mailing
    press: Press
    clock: Callable[[], dt.datetime]
    jitter: Callable[[], float]
    watch: Watch
    halt: threading.Event
    inode: int
    limit: int | None = None
    stopped: NewsletterError | None = None
    broken: BaseException | None = None
    desk: threading.RLock = field(default_factory=threading.RLock)
    _queue: deque[Delivery] = field(default_factory=deque)
    _in_hand: set[int] = field(default_factory=set)
    _last: int = 0
    _trouble: Trouble = field(default_factory=Trouble)
    _suspects: list[tuple[Delivery, Receipt]] = field(default_factory=list)
    _closed: bool = False
    _shown: tuple[int | None, dt.date] | None = None

    def take(self) -> Delivery | None:
        """The next delivery to attempt, or None when there is none or the run ends."""
        with self.desk:
            if self.limit == 0 or not self.look() or not self._may_show():
                return None
            if not self._queue:
                self._fill()
            if not self._queue:
                return None
            delivery = self._queue.popleft()
            self._in_hand.add(delivery.id)
            if self.limit is not None:
                self.limit -= 1
            return delivery

    def look(self) -> bool:
        """Whether the run goes on; it ends where another process has paused or cancelled the mailing, or its time is over."""
        with self.desk:
            if not self.halt.is_set() and (held := hindrance(self.db, self.mailing.id, self.clock())):
                self.stop(held)
            return not self.halt.is_set()

    def give_back(self, delivery: Delivery) -> None:
        """Not attempted after all: it is next again."""
        with self.desk:
            self._queue.appendleft(delivery)
            self._put_down(delivery)

    def prepare(self, delivery: Delivery) -> Prepared | None:
        """The message to send; None where there is none to send, and the row says why."""
        with self.desk:
            now = self.clock()
            answer = ask_permission(self.db, delivery, self.mailing, now)
            if not isinstance(answer, Decision):
                self._leave(delivery, SKIP, reason=answer)
                return None
            try:
                return self.press.prepare(delivery, answer, now)
            except BadAddress:
                self._leave(delivery, REFUSE, reply="this is not an address that can be written to")
            except ProofFailed as error:
                self._cannot_be_made(delivery, error)
            return None

    def claim(self, delivery: Delivery, prepared: Prepared) -> str | None:
        """Whether the final dot may be sent: None, or why not. Raises DatabaseProblem where the file has gone."""
        with self.desk:
            if self._closed or isinstance(self.stopped, DatabaseProblem):
                return "the run is over"
            self.require_file()
            with transaction(self.db):
                # Asked in the transaction of the claim: a pause or an end that is on the disk before it counts.
                if held := hindrance(self.db, self.mailing.id, self.clock()):
                    self.stop(held)
                    return "the mailing is held"
                return claim(self.db, delivery, prepared, self.mailing, self.clock())

    def settle(self, delivery: Delivery, outcome: Outcome) -> None:
        """Write down what became of an attempt, and stop the run if it tells of trouble of our own."""
        with self.desk:
            if outcome.verdict == "held":
                self._held(delivery)
                return
            # Each recipient as a domain of their own: whose domain it is, this run does not know.
            reason = self._trouble.notice(outcome, delivery.recipient_key, self.clock()).stop
            with patience(self.db, _TO_KEEP_A_RECEIPT):
                self._record(delivery, outcome)
            self._in_hand.discard(delivery.id)
            if outcome.verdict == "accepted":
                self._refuse_suspects()
            if reason:
                self._suspects.clear()
                self.stop(reason)

    def stop(self, reason: BaseException) -> None:
        """End the run after what is in flight; the first reason counts."""
        if isinstance(reason, sqlite3.OperationalError):
            reason = explain_error(reason, self.db.path)
        with self.desk:
            if not isinstance(reason, NewsletterError):
                self.broken = self.broken or reason
            elif self.stopped is None:
                self.stopped = reason
            self.halt.set()

    def close(self) -> None:
        """At the end: what was held back as perhaps about us was about them, if nothing said otherwise.

        No message can be finished after this, though a worker may still be at it (after a second Ctrl-C).
        """
        with self.desk:
            self._closed = True
            self._refuse_suspects()

    def require_file(self) -> None:
        """Raises DatabaseProblem where the open file is not the one at its path any more.

        SQLite goes on writing to a file that was deleted or replaced: what was sent would be forgotten.
        """
        path = self.db.path
        if not path.exists() or path.stat().st_ino != self.inode:
            raise DatabaseProblem(
                f"{path} was deleted or replaced while messages were sent from it",
                remedy="Sending has stopped. A file that is there now may not know what has been sent: put the "
                "right one back, check it with `newsletter report`, and then run `newsletter adopt`.",
            )

    def _may_show(self) -> bool:
        """Whether all whom the issue shows still allow it; else the run stops. Asked when the ledger has grown."""
        now = self.clock()
        row = self.db.one("SELECT max(sequence) FROM consents")
        asked = (row[0] if row else None, now.astimezone(dt.UTC).date())
        if asked != self._shown:
            try:
                require_kept_permissions(self.db, self.mailing.issue, now)
            except NotPermitted as error:
                self.stop(error)
                return False
            self._shown = asked
        return True

    def _fill(self) -> None:
        """The next rows; from the beginning again for those that were put off and are due by now."""
        for after in dict.fromkeys((self._last, 0)):
            due = due_deliveries(self.db, self.mailing.id, self.clock(), after=after)
            self._queue.extend(delivery for delivery in due if delivery.id not in self._in_hand)
            if due:
                self._last = due[-1].id
            if self._queue:
                return

    def _record(self, delivery: Delivery, outcome: Outcome) -> None:
        """The move that an outcome means, with its receipt."""
        suspect = outcome.verdict == "refused" and outcome.receipt.about_policy
        if suspect:
            self._suspects.append((delivery, outcome.receipt))
        put_off = outcome.verdict == "later" or suspect or refuses_us(outcome)
        step = _step(outcome, put_off=put_off)
        attempts, now = delivery.attempts + 1, self.clock()
        due = next_try(now, attempts, self.jitter()) if put_off else ""
        columns = {"reply": str(outcome.receipt), "attempts": attempts, "due_at": due}
        if declined := move(self.db, delivery.id, step, now, **columns):
            raise ProofFailed(f"delivery {delivery.id} could not be noted as {step.target}: {declined}")
        self.watch(step.target)

    def _refuse_suspects(self) -> None:
        for delivery, receipt in self._suspects:
            if not move(self.db, delivery.id, REFUSE, self.clock(), reply=str(receipt), due_at=""):
                self.watch("refused")
        self._suspects.clear()

    def _held(self, delivery: Delivery) -> None:
        """The claim was declined: skipped by now, or to be written anew since the consents are others."""
        row = self.db.one("SELECT state FROM deliveries WHERE id = ?", delivery.id)
        if row and row["state"] == "waiting":
            self.give_back(delivery)
            return
        self._put_down(delivery)
        self.watch("skipped")

    def _leave(self, delivery: Delivery, step: Move, **columns: object) -> None:
        move(self.db, delivery.id, step, self.clock(), **columns)
        self._put_down(delivery)
        self.watch(step.target)

    def _cannot_be_made(self, delivery: Delivery, error: ProofFailed) -> None:
        """Put off, so that the others are served; said at the end, where nothing worse is."""
        due = next_try(self.clock(), delivery.attempts + 1, self.jitter())
        self._leave(delivery, DEFER, reply=error.message, attempts=delivery.attempts + 1, due_at=due)
        self.stopped = self.stopped or error

    def _put_down(self, delivery: Delivery) -> None:
        """Out of hand without an attempt: it does not count towards the limit."""
        self._in_hand.discard(delivery.id)
        if self.limit is not None:
            self.limit += 1


def _step(outcome: Outcome, *, put_off: bool) -> Move:
    if outcome.verdict == "accepted":
        return ACCEPT
    if outcome.verdict == "in doubt":
        return DOUBT
    if outcome.phase == "dot":
        return PUT_BACK if put_off else REJECT
    return DEFER if put_off else REFUSE
