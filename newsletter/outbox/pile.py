"""What is to go next: deliveries that were looked up, made into messages when it is their turn and the pace allows."""

import datetime as dt
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from newsletter.addresses import BadAddress, domain_of
from newsletter.errors import ProofFailed
from newsletter.outbox.desk import Claim, Due, Found, Note
from newsletter.outbox.preparing import Press
from newsletter.outbox.rates import Buckets, Row
from newsletter.outbox.secondpress import BATCH, SecondPress
from newsletter.outbox.settling import Settling
from newsletter.outbox.states import DEFER
from newsletter.outbox.times import stamp

_BATCH = 100  # deliveries looked up at once, between two commits; fewer where the pace is limited, so that none grows old here
_SLOW_BATCH = 32
_A_FEW = 8  # messages made at once, ahead of their turn
_UNGUARDED = nullcontext()
_TOO_LONG = 300.0  # seconds of a domain's rest after which a run that has nothing else to do ends
_PARKED = 1000  # deliveries set aside for their domains at most


class Pile:
    """Deliveries in hand. `limit`: so many may begin; `guard` is held while a message is made.

    `unmade` says why the first that could not be made could not.
    """

    def __init__(  # noqa: PLR0913  # what it makes messages of, at which pace, and its world
        self,
        press: Press,
        buckets: Buckets,
        settling: Settling,
        *,
        clock: Callable[[], dt.datetime],
        limit: int | None,
        guard: AbstractContextManager[object] = _UNGUARDED,
        second: SecondPress | None = None,
    ) -> None:
        self._press, self._buckets, self._settling = press, buckets, settling
        self._clock, self._limit, self._guard = clock, limit, guard
        self.unmade: ProofFailed | None = None
        self.second = second
        self._queue: deque[Due] = deque()
        self._again: deque[Claim] = deque()
        self._parked: dict[str, list[Due]] = {}
        self._hand: set[int] = set()
        self._looking = False
        self._dry = False
        self._version = 0
        self._outdated = False
        self._began, self._from = clock(), time.monotonic()
        self._rest_until = 0.0
        self._rests: dict[str, float] = {}

    @property
    def exhausted(self) -> bool:
        """Whether nothing more can begin in this run."""
        if self._limit == 0:
            return True
        if not self._dry or self._looking or self._queue or self._again or self._elsewhere:
            return False
        return all(self._rest_of(domain) > _TOO_LONG for domain in self._parked)

    @property
    def ready(self) -> int:
        """How many could begin at once."""
        if self.wait() > 0:
            return 0
        number = len(self._queue) + len(self._again) + self._elsewhere
        number += sum(not self._domain_wait(parked[0]) for parked in self._parked.values())
        return number if self._limit is None else min(number, self._limit)

    @property
    def waiting(self) -> bool:
        """Whether there is anything that waits for its time."""
        return bool(self._queue or self._again or self._parked)

    def take(self, found: Found) -> None:
        """What the desk has to say of what is due, and whether what it said before still holds."""
        self._version = max(self._version, found.version)
        if found.looked:
            self.add(found.due, dry=found.dry)
        if found.more:
            self._dry = False

    def add(self, due: list[Due], *, dry: bool) -> None:
        """What the desk found when it looked; `dry`: there is no more."""
        # A look that began before something of these was let go has passed it over.
        self._looking, self._dry = False, dry and not self._outdated
        self._queue.extend(due)
        self._hand |= {one.delivery.id for one in due}

    def wanted(self, *, ending: bool) -> int:
        """How many the desk should look for; 0: none now."""
        batch = _SLOW_BATCH if self._buckets.limited else _BATCH
        parked = sum(map(len, self._parked.values()))
        if ending or self._looking or self._dry or len(self._queue) > batch // 2 or parked > _PARKED:
            return 0
        self._looking, self._outdated = True, False
        return batch

    def in_hand(self) -> frozenset[int]:
        """The deliveries that are not to be looked up again."""
        return frozenset(self._hand)

    def wait(self) -> float:
        """Seconds until something may begin; 0.0: now, as far as the sender's own pace goes."""
        rest = max(self._rest_until - time.monotonic(), 0.0)
        return max(rest, self._buckets.wait("", self._now())) if self._buckets.limited else rest

    def why_waiting(self) -> tuple[float, str]:
        """For how long nothing can leave, and why."""
        if not self.waiting or (seconds := self.wait()) <= 0:
            return 0.0, ""
        rests = self._rest_until > time.monotonic()
        return seconds, "the mail server asks for patience" if rests else self._buckets.holds("", self._now())

    def rest(self, seconds: float) -> None:
        """Nothing leaves for so long."""
        self._rest_until = max(self._rest_until, time.monotonic() + seconds)

    def rest_domain(self, due: Due, seconds: float) -> None:
        """Nothing leaves for this one's domain for so long."""
        self._rests[_domain(due)] = time.monotonic() + seconds

    def rates_to_keep(self) -> list[Row]:
        """What is left of the rates, where that has changed."""
        return self._buckets.changed()

    def next(self, notes: list[Note]) -> Claim | None:
        """The next message, made; None where none may go now. What cannot be made is noted."""
        while self._again and self._unhindered:
            if self._holds((made := self._again.popleft()).due):
                return made
        if self._limit == 0 or self.wait() > 0:
            return None
        while self._again:
            again = self._again.popleft()
            if self._holds(again.due) and not self._waits_for_its_domain(again.due, notes):
                return self._counted(again)
        self._unpark()
        while due := self._following(notes):
            if claim := self._made(due, notes, self._clock()):
                return self._counted(claim)
        return None

    @property
    def _unhindered(self) -> bool:
        """Whether nothing has held anybody back in this run so far."""
        return self._limit is None and not (self._buckets.limited or self._rest_until or self._rests)

    def stock(self, count: int, notes: list[Note]) -> bool:
        """Make some of so many messages ahead, where nothing limits the pace; whether there may be more to make.

        They go as soon as a line is free.
        """
        if self._buckets.limited or self._limit is not None or self.wait() > 0:
            return False
        self._unpark()
        if self.second and not self.second.closed:
            self._order(self.second, notes)
        now = self._clock()
        for _ in range(min(count - len(self._again) - self._elsewhere, _A_FEW)):
            if not (due := self._following(notes)):
                return False
            if claim := self._made(due, notes, now):
                self._again.append(claim)
        return len(self._again) + self._elsewhere < count

    def collect(self) -> None:
        """Take what the second press has made."""
        if self.second:
            made, left = self.second.collect()
            self._again.extend(made)
            self._queue.extendleft(reversed(left))

    @property
    def _elsewhere(self) -> int:
        return self.second.in_hand if self.second else 0

    def _order(self, second: SecondPress, notes: list[Note]) -> None:
        """Have the next new messages made by the second press, so many that it never waits and no line does."""
        while second.in_hand <= BATCH and len(self._again) < 2 * BATCH:
            batch: list[Due] = []
            while len(batch) < BATCH and (due := self._following(notes)):
                if due.delivery.letter:  # it is made again here, from what was kept of it
                    self._queue.appendleft(due)
                    break
                batch.append(due)
            if not batch or not second.give(batch, self._clock()):
                self._queue.extendleft(reversed(batch))
                return

    def give_back(self, claim: Claim, *, anew: bool = False) -> None:
        """It did not begin after all, and is next; `anew`: it is to be written again."""
        if anew:
            self._queue.appendleft(claim.due)
        else:
            self._again.appendleft(claim)
        self._uncount()

    def put_down(self, due: Due) -> None:
        """It did not begin after all, and is left for another time."""
        self.done(due)
        self._uncount()

    def done(self, due: Due) -> None:
        """It was attempted."""
        self._hand.discard(due.delivery.id)

    def _counted(self, claim: Claim) -> Claim:
        if self._limit is not None:
            self._limit -= 1
        if self._buckets.limited:
            self._buckets.take(_domain(claim.due), self._now())
        return claim

    def _uncount(self) -> None:
        if self._limit is not None:
            self._limit += 1

    def _made(self, due: Due, notes: list[Note], now: dt.datetime) -> Claim | None:
        try:
            with self._guard:
                return Claim(due, self._press.prepare(due.delivery, due.decision, now))
        except BadAddress:
            notes.append(self._settling.unwritable(due.delivery))
        except ProofFailed as error:
            notes.append(self._settling.unmade(due.delivery, error))
            self.unmade = self.unmade or error
        self.done(due)
        return None

    def _domain_wait(self, due: Due) -> float:
        if not self._buckets.limited and not self._rests:
            return 0.0
        domain = _domain(due)
        return max(self._rest_of(domain), self._buckets.wait(domain, self._now()), 0.0)

    def _waits_for_its_domain(self, due: Due, notes: list[Note]) -> bool:
        """Whether it has to, and is set aside; where too many are for too long, until then in the database."""
        if not (seconds := self._domain_wait(due)):
            return False
        if seconds > _TOO_LONG and sum(map(len, self._parked.values())) >= _PARKED:
            until = stamp(self._clock() + dt.timedelta(seconds=seconds))
            notes.append(Note(due.delivery.id, ((DEFER, {"due_at": until}),), None))
            self.done(due)
        else:
            self._parked.setdefault(_domain(due), []).append(due)
        return True

    def _following(self, notes: list[Note]) -> Due | None:
        """The next of the queue that need not wait for its domain; those that do are set aside."""
        while self._queue:
            due = self._queue.popleft()
            if self._holds(due) and not self._waits_for_its_domain(due, notes):
                return due
        return None

    def _holds(self, due: Due) -> bool:
        """Whether nobody has changed the database since this was decided; else it is let go, to be looked up anew."""
        if due.seen >= self._version:
            return True
        self._dry, self._outdated = False, True
        self.done(due)
        return False

    def _rest_of(self, domain: str) -> float:
        return self._rests.get(domain, 0.0) - time.monotonic()

    def _unpark(self) -> None:
        """Those set aside for their domain, whose time has come."""
        for domain, parked in [*self._parked.items()]:
            if not self._domain_wait(parked[0]):
                self._queue.appendleft(parked.pop(0))
                if not parked:
                    del self._parked[domain]

    def _now(self) -> dt.datetime:
        """The time for the rates: as the clock said when the run began, and never back or far ahead since."""
        return self._began + dt.timedelta(seconds=time.monotonic() - self._from)


def _domain(due: Due) -> str:
    return domain_of(due.decision.email)
