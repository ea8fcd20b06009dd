"""Figures fit to leave the team: none of them tells of fewer than five people."""

from collections.abc import Sequence

from newsletter.reports.breakdown import Group
from newsletter.reports.figures import total

#: What is known of fewer than so many might be known of one.
FEWEST = 5
FEW = "<5"
_LEFT_OVER = "fewer than five each"


def shared(number: int) -> int | None:
    """The number to the nearest five, None for one to four; nothing stays nothing.

    Since every number is rounded by itself, no small one comes out by taking others from a sum.
    """
    return None if 0 < number < FEWEST else FEWEST * ((number + FEWEST // 2) // FEWEST)


def merged_small(groups: Sequence[Group]) -> list[Group]:
    """The groups of five people or more, and all smaller ones as one: of one person every figure tells all."""
    small = [group for group in groups if group.figures.candidates < FEWEST]
    if not small:
        return list(groups)
    rest = Group(f"{len(small)} others, {_LEFT_OVER}", total([one.figures for one in small]), real=False)
    return [*(group for group in groups if group.figures.candidates >= FEWEST), rest]
