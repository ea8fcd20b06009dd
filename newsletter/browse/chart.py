"""Bars for how many of each, drawn as SVG, which needs no script."""

from collections.abc import Iterable
from dataclasses import dataclass


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
