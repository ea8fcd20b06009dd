"""How a run stands: what became of its messages so far, how fast it goes, and how long it may take."""

import datetime as dt
from collections import Counter, deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from newsletter.cli.console import counted

if TYPE_CHECKING:
    from newsletter.outbox import Change

_SPAN = 20.0  # seconds over which the rate is taken
_ENDS = ("sent", "skipped", "refused", "in-doubt")


class Score:
    """Counts what a run tells; a Watcher. `clock` gives seconds that never go back.

    `limit` is how many a second may leave, None without a limit. A message that is put off is counted
    as deferred until it is tried again.
    """

    def __init__(self, total: int, clock: Callable[[], float], limit: float | None = None) -> None:
        self.total, self.limit = total, limit
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.in_flight = self.lines = 0
        self.waiting_for = ""
        self._clock = clock
        self._put_off: set[int] = set()
        self._until = 0.0
        self._samples: deque[tuple[float, int]] = deque([(clock(), 0)])

    @property
    def done(self) -> int:
        """How many are settled."""
        return sum(self.counts[state] for state in _ENDS)

    @property
    def deferred(self) -> int:
        """How many were put off and wait to be tried again."""
        return len(self._put_off)

    @property
    def per_second(self) -> float:
        """How many a second were settled lately."""
        then, before = self._samples[0]
        span = self._clock() - then
        return (self.done - before) / span if span > 0 else 0.0

    @property
    def left(self) -> float | None:
        """About how many seconds it takes to settle the others, the rate limit thought of; None: nobody can say."""
        others = self.total - self.done - self.deferred
        if others <= 0:
            return 0.0
        speed = self.per_second
        if self.limit:
            # A run may begin faster than it may go on: what was saved up is spent first.
            speed = min(speed, self.limit) if speed else self.limit
        return others / speed if speed else None

    @property
    def wait(self) -> float:
        """For how many seconds nothing can leave; 0.0: something does, or may."""
        return max(0.0, self._until - self._clock())

    def moved(self, changes: "list[Change]") -> None:
        """Count these."""
        for change in changes:
            if change.state == "waiting":
                self._put_off.add(change.delivery)
            elif change.state in _ENDS:
                self._put_off.discard(change.delivery)
                self.counts[change.state] += 1
                if change.state == "skipped":
                    self.reasons[change.reason] += 1
        # Whose place at their address was taken by the next one there is settled, and the next one too.
        self.total = max(self.total, self.done)
        now = self._clock()
        if now - self._samples[-1][0] >= 1.0:
            self._samples.append((now, self.done))
        while len(self._samples) > 1 and self._samples[1][0] < now - _SPAN:
            self._samples.popleft()

    def flight(self, number: int, lines: int) -> None:
        """So many are on their way."""
        self.in_flight, self.lines = number, lines

    def waits(self, seconds: float, why: str) -> None:
        """Nothing can leave for so long."""
        self._until, self.waiting_for = self._clock() + seconds, why

    def as_line(self, issue: str) -> str:
        """The figures as words of the form name=value, for a file or another program."""
        left = self.left
        figures = {
            "issue": issue,
            "done": self.done,
            "total": self.total,
            "sent": self.counts["sent"],
            "skipped": self.counts["skipped"],
            "deferred": self.deferred,
            "refused": self.counts["refused"],
            "in_doubt": self.counts["in-doubt"],
            "in_flight": self.in_flight,
            "per_second": f"{self.per_second:.1f}",
            "seconds_left": "unknown" if left is None else round(left),
        }
        return "progress " + " ".join(f"{name}={value}" for name, value in figures.items())


def span_in_words(seconds: float) -> str:
    """'5 s', '1 min 5 s', '2 h 3 min', '3 days 4 h'."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    span = dt.timedelta(seconds=whole)
    hours, rest = divmod(span.seconds, 3600)
    minutes, left = divmod(rest, 60)
    if span.days:
        return f"{counted(span.days, 'day')} {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s"
