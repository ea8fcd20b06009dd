"""What is drawn of mailings and lists: the columns and what their parts are called."""

from collections.abc import Callable, Sequence

from newsletter.contacts import said
from newsletter.reports.charts import Column, Series
from newsletter.reports.growth import Month
from newsletter.reports.mailings import Mailed

ISSUES = Series("arrived as far as is known", "came back", "refused")
LIST = Series("joined", "left", "address died, or marked as junk")
EVERY_LIST = Series("agreed", "left", "address died, or marked as junk")
#: With more columns than so many there is no room for a year below each January.
_ROOMY = 8


def issue_columns(issues: Sequence[Mailed], called: Callable[[str], str]) -> tuple[Column, ...]:
    """A column for each issue of which something was sent; `called` gives its name by its slug."""
    return tuple(
        Column(
            _short(called(one.issue)), called(one.issue), figures.delivered, figures.bounced, figures.refused
        )
        for one in issues
        if (figures := one.figures).sent
    )


def month_columns(months: Sequence[Month]) -> tuple[Column, ...]:
    """A column for each month."""
    return tuple(
        Column(
            _short(name, dated=len(months) <= _ROOMY and (one.month.endswith("-01") or not place)),
            name,
            one.joined,
            one.left,
            one.bounced_away + one.complained,
        )
        for place, one in enumerate(months)
        if (name := said(f"{one.month}-01").partition(" ")[2])
    )


def _short(name: str, *, dated: bool = True) -> str:
    """What fits below a column: `Sep 22` for `September 2022`, or `Sep`; the beginning of any other name."""
    month, _, year = name.partition(" ")
    if len(year) == 4 and year.isdigit():
        return f"{month[:3]} {year[2:]}" if dated else month[:3]
    return f"{name[:9]}…" if len(name) > 10 else name
