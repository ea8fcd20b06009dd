"""One rate each: an even pace for so many a second or a minute, a rolling window for so many an hour or a day.

Times are whole microseconds since 1970, so that adding a wait to a time loses nothing. A clock that is put
back blocks nobody for longer than one window, and one that leaps ahead lets go one bucket, or one window, more.
"""

import math
from collections.abc import Mapping
from copy import copy
from typing import Protocol

from newsletter.config import Rate

#: What the table `rates` keeps under a name: tokens, and when that was.
Kept = Mapping[str, tuple[float, int]]

_BURSTS = 50  # of a bucket in a second: it holds a fiftieth of a second's messages, and one at least
_NEARLY = 1 - 1e-9  # a token, but for what floating point takes from it
_PARTS = 48  # of a window: what left in the same part of it is forgotten together
_RING = _PARTS + 2


class Limit(Protocol):
    """What holds messages back; `told` says it in words, `gap` is microseconds a message in the long run."""

    name: str
    told: str
    gap: float

    def wait(self, at: int) -> int:
        """In how many microseconds a message may go; 0: now."""

    def take(self, at: int) -> None:
        """One goes now."""

    def unused(self, at: int) -> bool:
        """Whether it is as if nothing had ever gone."""

    def changed(self) -> list[tuple[str, float, int]]:
        """What is to be kept under which names, since this was last asked."""

    def copy(self) -> "Limit":
        """The same, to try things out with."""


def limit_of(rate: Rate, name: str, told: str, kept: Kept) -> Limit:
    """The limit that keeps to `rate`, with what was left of it."""
    kind = Bucket if rate.seconds <= 60 else Window
    return kind(rate, f"{name}/{rate.unit}", told, kept)


class Bucket:
    """Tokens that come evenly; each message takes one.

    `number` in `seconds` are never exceeded in any stretch of `seconds`, the burst included: tokens come
    so much more slowly that burst and tokens together give no more. A burst of one is an even pace.
    """

    def __init__(self, rate: Rate, name: str, told: str, kept: Kept) -> None:
        self.name, self.told = name, told
        self._burst = max(1, int(rate.per_second) // _BURSTS)
        self.gap = rate.seconds * 1_000_000 / (rate.number + 1 - self._burst)
        tokens, self._at = kept.get(name, (float(self._burst), 0))
        self._tokens = min(float(self._burst), tokens)

    def wait(self, at: int) -> int:
        self._fill(at)
        if self._tokens >= _NEARLY:
            return 0
        return math.ceil((_NEARLY - self._tokens) * self.gap)

    def take(self, at: int) -> None:
        self._fill(at)
        self._tokens -= 1

    def unused(self, at: int) -> bool:
        self._fill(at)
        return self._tokens >= self._burst

    def changed(self) -> list[tuple[str, float, int]]:
        return [(self.name, self._tokens, self._at)]

    def copy(self) -> "Bucket":
        return copy(self)

    def _fill(self, at: int) -> None:
        # A clock that was put back: what was there is there, and tokens come from now on.
        if at > self._at:
            self._tokens = min(float(self._burst), self._tokens + (at - self._at) / self.gap)
        self._at = at


class Window:
    """Counts what went in the last `seconds`, in parts of them; a part is forgotten when its last message is.

    So in no stretch of `seconds` there go more than `number`, and a message waits at most one part too long.
    """

    def __init__(self, rate: Rate, name: str, told: str, kept: Kept) -> None:
        self.name, self.told, self.number = name, told, rate.number
        self._width = rate.seconds * 1_000_000
        self._part = self._width // _PARTS
        self.gap = self._width / rate.number
        self._counts: dict[int, tuple[int, int]] = {}
        self._total, self._newest = 0, 0
        self._touched: set[int] = set()
        found = [(*kept[key], place) for place in range(_RING) if (key := f"{name}/{place}") in kept]
        for count, last, place in sorted(found, key=lambda one: one[1]):
            if count >= 1:
                self._add(last // self._part, int(count), last)
                self._touch_if_elsewhere(place, last // self._part)

    def wait(self, at: int) -> int:
        self._forget(at)
        free = self.number - self._total
        if free > 0:
            return 0
        for count, last in self._counts.values():
            free += count
            if free > 0:
                return last + self._width - at
        return self._width

    def take(self, at: int) -> None:
        self._forget(at)
        part = at // self._part
        self._add(part, 1, at)
        self._touched.add(part % _RING)

    def unused(self, at: int) -> bool:
        self._forget(at)
        return not self._counts

    def changed(self) -> list[tuple[str, float, int]]:
        touched, self._touched = self._touched, set()
        standing = {part % _RING: kept for part, kept in self._counts.items()}
        found = [(place, *standing.get(place, (0, 0))) for place in sorted(touched)]
        return [(f"{self.name}/{place}", float(count), last) for place, count, last in found]

    def copy(self) -> "Window":
        twin = copy(self)
        twin._counts, twin._touched = dict(self._counts), set()
        return twin

    def _add(self, part: int, number: int, last: int) -> None:
        count = self._counts.get(part, (0, 0))[0]
        self._counts[part] = (count + number, last)
        self._total += number
        self._newest = last

    def _forget(self, at: int) -> None:
        if at < self._newest:
            self._put_back(at)
        while self._counts:
            part = next(iter(self._counts))
            count, last = self._counts[part]
            if last + self._width > at:
                break
            del self._counts[part]
            self._total -= count

    def _put_back(self, at: int) -> None:
        """The clock was put back: what went in its future went now, so that it is forgotten in one window."""
        later = [part for part, (_, last) in self._counts.items() if last > at]
        number = sum(self._counts.pop(part)[0] for part in later)
        self._total -= number
        self._touched.update(part % _RING for part in later)
        self._newest = at
        if number:
            self._add(at // self._part, number, at)
            self._touched.add(at // self._part % _RING)

    def _touch_if_elsewhere(self, place: int, part: int) -> None:
        """What was dated anew in the database stands where its old part did."""
        if place != part % _RING:
            self._touched.update((place, part % _RING))
