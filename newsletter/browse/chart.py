"""Bars drawn as SVG, which needs no script: agreements and withdrawals by month, and how many of each."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from newsletter.browse.words import short_month

_MONTHS = 8
_STEP, _BAR = 68, 34
#: For all bars together, above and below the line: an inch is as many people on either side of it.
_ROOM, _NUMBER = 118, 18


@dataclass(frozen=True, slots=True)
class Bar:
    """One month: what stands above the line and what hangs below it, in the units of the drawing.

    `up` and `down` are on one scale; `top` is where the bar above the line begins.
    """

    month: str
    label: str
    joined: int
    left: int
    x: int
    up: float
    down: float
    top: float

    @property
    def middle(self) -> float:
        return self.x + _BAR / 2


@dataclass(frozen=True, slots=True)
class Chart:
    """The drawing: `base` is the height of the line from the top."""

    bars: tuple[Bar, ...]
    joined: int
    left: int
    base: float
    bar: int = _BAR
    width: int = _MONTHS * _STEP
    height: int = _ROOM + 2 * _NUMBER + 34


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
    shown = [counts.get(month, (0, 0)) for month in months]
    most_joined, most_left = max(joined for joined, _ in shown), max(left for _, left in shown)
    unit = _ROOM / (most_joined + most_left or 1)
    base = round(_NUMBER + unit * most_joined, 1)
    bars = tuple(_bar(place, month, shown[place], unit, base) for place, month in enumerate(months))
    return Chart(bars, sum(bar.joined for bar in bars), sum(bar.left for bar in bars), base)


def _bar(place: int, month: str, count: tuple[int, int], unit: float, base: float) -> Bar:
    joined, left = count
    up = _scaled(joined, unit)
    january = month.endswith("-01") or place == 0
    return Bar(
        month,
        f"{short_month(month)} {month[2:4]}" if january else short_month(month),
        joined,
        left,
        place * _STEP + (_STEP - _BAR) // 2,
        up,
        _scaled(left, unit),
        round(base - up, 2),
    )


def _scaled(count: int, unit: float) -> float:
    # Never thinner than 3 where there is anything at all: one withdrawal beside 400 agreements shows.
    return max(3.0, round(count * unit, 2)) if count else 0.0


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
