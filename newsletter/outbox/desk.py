"""The database's side of a run, in a thread of its own: what is due, claims and receipts in one commit for many.

While one commit goes to the disk, the next claims and receipts gather; so its price is shared, and
no more rows are ever in `sending` than there are lines.
"""

import datetime as dt
import functools
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import NamedTuple

from newsletter.contacts import Decision, suppress_address
from newsletter.database import Database, explain_error, patience, snapshot, transaction
from newsletter.errors import DatabaseProblem, NewsletterError, ProofFailed
from newsletter.outbox.addressing import bring_along, leave_out
from newsletter.outbox.changes import Changes
from newsletter.outbox.delivery import Delivery, Prepared
from newsletter.outbox.ledger import claim_all, due_deliveries, move, move_all
from newsletter.outbox.mailings import Mailing
from newsletter.outbox.permission import Answer, Elsewhere, ask_each
from newsletter.outbox.rates import Row, keep_rates
from newsletter.outbox.states import ACCEPT, PUT_BACK, Move, State
from newsletter.outbox.watching import Change

#: Seconds for which a receipt waits for a database that another program holds. It is all that is
#: known of a message, so longer than anything else does: as long as for the server's answer.
_TO_KEEP_A_RECEIPT = 600.0


class Due(NamedTuple):
    """A delivery that may be attempted, and the decision that allows it; `seen` says of which state of the database."""

    delivery: Delivery
    decision: Decision
    seen: int


@dataclass(slots=True, eq=False)
class Claim:
    """A message whose body is at the server, and what its final dot rests on."""

    due: Due
    prepared: Prepared


class Note(NamedTuple):
    """Moves of one delivery to be kept, in this order, with what is told of them; `gone`: nobody has these addresses."""

    delivery: int
    moves: tuple[tuple[Move, dict[str, object]], ...]
    change: Change | None
    gone: tuple[str, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether it says no more than that a message was taken."""
        return len(self.moves) == 1 and self.moves[0][0] is ACCEPT and not self.gone


@dataclass(slots=True)
class Found:
    """What the desk has to say: whatever of this has happened since it was asked.

    `looked`: it has looked for what is due; `dry`: and there is no more. `more`: since then there is.
    `version`: what was decided of an earlier state of the database than this may hold no more.
    """

    due: list[Due] = field(default_factory=list)
    looked: bool = False
    dry: bool = False
    more: bool = False
    claimed: list[Claim] = field(default_factory=list)
    declined: list[tuple[Claim, Due | str]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    noted: int = 0
    stop: BaseException | None = None
    version: int = 0


class _Order(NamedTuple):
    """What the desk is asked to do, by the thread that runs the lines."""

    claims: Sequence[Claim] = ()
    notes: Sequence[Note] = ()
    rates: Sequence[Row] = ()
    wanted: tuple[int, Collection[int]] | None = None
    asked: bool = False
    closing: bool = False


class Desk:
    """Keeps the outbox's rows while a run lasts. `wake` is called when there is something to `collect`."""

    def __init__(
        self,
        db: Database,
        mailing: Mailing,
        zone: dt.tzinfo,
        clock: Callable[[], dt.datetime],
        wake: Callable[[], None],
    ) -> None:
        self.db, self.mailing = db, mailing
        self._changes = Changes(db, mailing, zone)
        self.lock = threading.RLock()
        self._clock, self._wake = clock, wake
        self._inode = db.path.stat().st_ino
        self._orders: SimpleQueue[_Order] = SimpleQueue()
        self._rates: list[Row] = []
        self._found: deque[Found] = deque()
        self._last = 0
        self._thread = threading.Thread(target=self._serve, name="desk", daemon=True)

    def start(self) -> None:
        """From now on it answers."""
        self._thread.start()

    def put(
        self, claims: Sequence[Claim] = (), notes: Sequence[Note] = (), rates: Sequence[Row] = ()
    ) -> None:
        """Keep these, in the next commit."""
        self._orders.put(_Order(claims, notes, rates))

    def want(self, count: int, but: Collection[int]) -> None:
        """Look for so many deliveries that are due, other than those `but` in hand."""
        self._orders.put(_Order(wanted=(count, but)))

    def ask(self) -> None:
        """Say whether the mailing may still go, also where nothing is kept or wanted for long."""
        self._orders.put(_Order(asked=True))

    def collect(self) -> list[Found]:
        """What was found and kept since."""
        found = []
        while self._found:
            found.append(self._found.popleft())
        return found

    def close(self, seconds: float | None = None) -> None:
        """Keep what is still to be kept, and end."""
        self._orders.put(_Order(closing=True))
        self._thread.join(seconds)

    def require_file(self) -> None:
        """Raises DatabaseProblem where the open file is not the one at its path any more.

        SQLite goes on writing to a file that was deleted or replaced: what was sent would be forgotten.
        """
        try:
            same = self.db.path.stat().st_ino == self._inode
        except FileNotFoundError:
            same = False
        if not same:
            raise DatabaseProblem(
                f"{self.db.path} was deleted or replaced while messages were sent from it",
                remedy="Sending has stopped. A file that is there now may not know what has been sent: put the "
                "right one back, check it with `newsletter report`, and then run `newsletter adopt`.",
            )

    def _serve(self) -> None:
        closing, wanted = False, None
        while not closing:
            orders = _all_of(self._orders, wait=wanted is None)
            closing = any(order.closing for order in orders)
            claims = [claim for order in orders for claim in order.claims]
            notes = [note for order in orders for note in order.notes]
            for order in orders:
                self._rates += order.rates
            if claims or notes:
                self._do(functools.partial(self.commit, claims, notes))
            elif wanted:
                # Claims go first: their lines wait for them.
                self._do(functools.partial(self._look, *wanted))
                wanted = None
            elif any(order.asked for order in orders):
                self._do(self._ask)
            wanted = next((order.wanted for order in reversed(orders) if order.wanted), wanted)
        self._do(self._take_back)

    def _do(self, work: Callable[[Found], None]) -> None:
        """Do it, and tell what came of it."""
        found = Found()
        with self.lock:
            try:
                work(found)
            except BaseException as error:  # carried to the main thread, which raises it again
                found.stop = found.stop or error
        found.version = self._changes.version
        self._found.append(found)
        self._wake()

    def _ask(self, found: Found) -> None:
        found.stop = self._hindrance()

    def _hindrance(self) -> NewsletterError | None:
        now = self._clock()
        with snapshot(self.db):
            self._changes.note(now)
            return self._changes.hindrance(now)

    def _take_back(self, found: Found) -> None:
        """Put back what was claimed and is not collected: the run has ended, and will send no dot for it."""
        left = [claim.due.delivery.id for one in self._found for claim in one.claimed]
        if left:
            self.commit([], [Note(number, ((PUT_BACK, {}),), None) for number in left], found)

    def commit(self, claims: list[Claim], notes: list[Note], found: Found) -> None:
        """Keep all of it in one transaction, which is on the disk when this returns.

        Where that fails, for whatever reason, no claim holds, and the receipts are kept by themselves.
        """
        found.noted = len(notes)
        if claims:
            try:
                self._write(claims, notes, found)
            except (
                Exception
            ) as error:  # carried to the main thread; a claim without an answer would be awaited for ever
                found.stop = self._explained(error)
                found.declined = [(claim, "") for claim in claims]
            else:
                return
        if notes:
            alone = Found()
            with patience(self.db, _TO_KEEP_A_RECEIPT):
                self._write([], notes, alone)
            found.changes, found.stop = alone.changes, found.stop or alone.stop

    def _write(self, claims: list[Claim], notes: list[Note], found: Found) -> None:
        with transaction(self.db):
            now = self._clock()
            if claims:
                self.require_file()
            version = self._changes.note(now)
            changes = self._keep_all(notes, now, found)
            rates, self._rates = self._rates, []
            if rates:
                keep_rates(self.db, rates)
            held = self._changes.hindrance(now) if claims else None
            granted, declined, left_out = self._judge([] if held else claims, version, now, found)
            granted, gone = self._claim(granted, now)
            changes += left_out
            self._changes.leave_out_own()
        gone += claims if held else []
        found.claimed, found.declined = granted, [*declined, *((claim, "") for claim in gone)]
        found.changes, found.stop = changes, found.stop or held

    def _claim(self, granted: list[Claim], now: dt.datetime) -> tuple[list[Claim], list[Claim]]:
        """Move g of all of them; those that have it, and those that did not wait any more."""
        made = claim_all(self.db, {claim.due.delivery.id: claim.prepared for claim in granted}, now)
        if len(made) == len(granted):
            return granted, []
        return [one for one in granted if one.due.delivery.id in made], [
            one for one in granted if one.due.delivery.id not in made
        ]

    def _keep_all(self, notes: list[Note], now: dt.datetime, found: Found) -> list[Change]:
        """What could be kept of the notes, in their order; messages that were taken, as nearly all are, at once."""
        taken = {note.delivery: note.moves[0][1] for note in notes if note.plain}
        kept = move_all(self.db, ACCEPT, taken, now) if len(taken) > 1 else set()
        if len(kept) == len(notes):
            return [note.change for note in notes if note.change]
        changes = []
        for note in notes:
            done = note.plain and note.delivery in kept
            if change := note.change if done else self._keep(note, now, found):
                changes.append(change)
        return changes

    def _keep(self, note: Note, now: dt.datetime, found: Found) -> Change | None:
        for step, columns in note.moves:
            declined = move(self.db, note.delivery, step, now, **columns)
            if declined and step.origin == "waiting":
                return (
                    None  # another process has cancelled it meanwhile, or it was tried again and has its end
                )
            if declined:
                # It stops the run and takes no other note with it: each is all that is known of a message.
                told = f"delivery {note.delivery} could not be noted as {step.target}: {declined}"
                found.stop = found.stop or ProofFailed(told)
                return None
        source = f"the mail server's answer to {self.mailing.issue}"
        for email in note.gone:
            suppress_address(self.db, email, "bounced", "newsletter send", now, source=source)
        return note.change

    def _judge(
        self, claims: list[Claim], version: int, now: dt.datetime, found: Found
    ) -> tuple[list[Claim], list[tuple[Claim, Due | str]], list[Change]]:
        """Consent, asked again with the claim wherever the database has changed since it was asked.

        Which of them may go; which may not, with the word why or what holds now; and who was skipped for it.
        """
        stale = [claim for claim in claims if claim.due.seen != version]
        if not stale:
            return list(claims), [], []
        answers = ask_each(self.db, [claim.due.delivery for claim in stale], self.mailing, now)
        granted = [claim for claim in claims if claim.due.seen == version]
        declined: list[tuple[Claim, Due | str]] = []
        changes = []
        for claim in stale:
            delivery, answer = claim.due.delivery, answers[claim.due.delivery.id]
            if isinstance(answer, Elsewhere) and (anew := self._brought(delivery, answer, now)):
                found.more = True
                declined.append((claim, Due(anew, answer.decision, version)))
            elif not isinstance(answer, Decision):
                change = self._left_out(delivery, answer, now, found)
                changes.append(change)
                declined.append((claim, change.reason))
            elif delivery.letter is None and not answer.same_grounds(claim.due.decision):
                declined.append((claim, Due(delivery, answer, version)))
            else:
                granted.append(claim)
        return granted, declined, changes

    def _look(self, count: int, but: Collection[int], found: Found) -> None:
        """The next rows; from the beginning again for those that were put off and are due by now."""
        found.looked = True
        now = self._clock()
        with snapshot(self.db):
            version = self._changes.note(now)
            if held := self._changes.hindrance(now):
                found.stop = held
                return
            rows = self._following(self._last, count, but, now)
            if not rows and self._last:
                rows = self._following(0, count, but, now)
            if rows:
                self._last = rows[-1].id
            answers = ask_each(self.db, rows, self.mailing, now)
        found.dry = not rows
        self._sort(rows, answers, version, found)

    def _following(self, after: int, count: int, but: Collection[int], now: dt.datetime) -> list[Delivery]:
        """Up to so many that are due, other than those in hand; none where there are none."""
        due = due_deliveries(self.db, self.mailing.id, now, after=after, count=count)
        rows = [one for one in due if one.id not in but]
        if not rows and len(due) == count:
            # What is in hand stands before `after`, but where the look has begun anew.
            due = due_deliveries(self.db, self.mailing.id, now, after=due[-1].id, count=len(but))
            rows = [one for one in due if one.id not in but][:count]
        return rows

    def _sort(self, rows: list[Delivery], answers: dict[int, Answer], version: int, found: Found) -> None:
        """Who may be written to goes on; the others are skipped at once, and the server hears nothing of them.

        What goes to another address by now waits there, to be looked up again.
        """
        others: list[tuple[Delivery, Elsewhere | str]] = []
        for one in rows:
            answer = answers[one.id]
            if isinstance(answer, Decision):
                found.due.append(Due(one, answer, version))
            else:
                others.append((one, answer))
        if others:
            with transaction(self.db):
                now = self._clock()
                self._changes.note(now)
                for one, answer in others:
                    if not (isinstance(answer, Elsewhere) and self._brought(one, answer, now)):
                        found.changes.append(self._left_out(one, answer, now, found))
                self._changes.leave_out_own()

    def _brought(self, delivery: Delivery, to: Elsewhere, now: dt.datetime) -> Delivery | None:
        return bring_along(self.db, self.mailing, delivery, to.decision, now)

    def _left_out(self, delivery: Delivery, why: Elsewhere | str, now: dt.datetime, found: Found) -> Change:
        """Skipped; where it could not go to its person's other address, since that has its message already."""
        word = why if isinstance(why, str) else "duplicate"
        found.more |= leave_out(self.db, self.mailing, delivery, word, now)
        return _changed(delivery, "skipped", word)

    def _explained(self, error: Exception) -> BaseException:
        return explain_error(error, self.db.path) if isinstance(error, sqlite3.OperationalError) else error


def _all_of(orders: "SimpleQueue[_Order]", *, wait: bool) -> list[_Order]:
    """What has been asked for by now; where it is to `wait`, once there is anything."""
    found = [orders.get()] if wait else []
    with suppress(Empty):
        while True:
            found.append(orders.get_nowait())
    return found


def _changed(delivery: Delivery, state: State, word: str) -> Change:
    return Change(delivery.id, state, delivery.attempts, word)
