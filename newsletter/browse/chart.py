"""Bars drawn as SVG, which needs no script: agreements and withdrawals by month, and how many of each."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from newsletter.browse.words import short_month

_MONTHS = 8
_STEP, _BAR = 68, 34
_ABOVE, _BELOW = 110, 40


@dataclass(frozen=True, slots=True)
class Bar:
    """One month: what stands above the line and what hangs below it, in the units of the drawing."""

    month: str
    label: str
    joined: int
    left: int
    x: int
    up: float
    down: float

    @property
    def middle(self) -> float:
        return self.x + _BAR / 2

    @property
    def top(self) -> float:
        return _ABOVE - self.up


@dataclass(frozen=True, slots=True)
class Chart:
    """The drawing: `base` is the height of the line from the top."""

    bars: tuple[Bar, ...]
    joined: int
    left: int
    bar: int = _BAR
    base: int = _ABOVE
    width: int = _MONTHS * _STEP
    height: int = _ABOVE + _BELOW + 38


def draw(counts: Mapping[str, tuple[int, int]], today: dt.date) -> Chart | None:
    """The eight months up to today, or up to the last in which something happened; None where nothing did.

    `counts` maps months, `2022-09`, to how many agreed and how many left.
    """
    if not counts:
        return None
    latest = max(month for month in counts if month)
    months = _months(f"{today:%Y-%m}")
    if latest < months[0]:
        months = _months(latest)
    tallest = max([max(counts.get(month, (0, 0))) for month in months] + [1])
    bars = tuple(_bar(place, month, counts.get(month, (0, 0)), tallest) for place, month in enumerate(months))
    return Chart(bars, sum(bar.joined for bar in bars), sum(bar.left for bar in bars))


def _bar(place: int, month: str, count: tuple[int, int], tallest: int) -> Bar:
    joined, left = count
    january = month.endswith("-01") or place == 0
    return Bar(
        month,
        f"{short_month(month)} {month[2:4]}" if january else short_month(month),
        joined,
        left,
        place * _STEP + (_STEP - _BAR) // 2,
        _scaled(joined, tallest, _ABOVE - 18),
        _scaled(left, tallest, _BELOW - 14),
    )


def _scaled(count: int, tallest: int, room: int) -> float:
    # Never thinner than 3 where there is anything at all: one withdrawal beside 400 agreements shows.
    return max(3.0, round(count / tallest * room, 1)) if count else 0.0


def _months(last: str) -> list[str]:
    end = int(last[:4]) * 12 + int(last[5:7]) - 1
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(end - _MONTHS + 1, end + 1)]


@dataclass(frozen=True, slots=True)
class Share:
    """One bar of several: how many, where it leads ('' nowhere), and how many of them agreed.

    `width` and `filled` are hundredths of the longest bar.
    """

    label: str
    count: int
    link: str
    agreed: int
    width: float
    filled: float


def shares(found: Iterable[tuple[str, int, str, int]]) -> list[Share]:
    """Bars for label, count, link and how many of the count agreed (0: nothing is said of that)."""
    known = list(found)
    longest = max((count for _, count, _, _ in known), default=0) or 1
    return [
        Share(label, count, link, agreed, _width(count, longest), _width(agreed, longest))
        for label, count, link, agreed in known
    ]


def _width(count: int, longest: int) -> float:
    return max(1.0, round(count / longest * 100, 1)) if count else 0.0
