"""Figures as pages show them: columns by month and by issue, groups, and what should worry somebody."""

import datetime as dt
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from newsletter.browse.words import issue_name, number, short_month
from newsletter.reports import (
    Column,
    Concern,
    Figures,
    Growth,
    Mailed,
    Month,
    Series,
    draw_columns,
    last_issues,
    list_concerns,
    list_growth,
    mailing_concerns,
    say_concern,
    total_of_months,
)

#: Issues in the drawing of the last ones, and months in that of the lists, on the home page.
SHOWN = 8
_AGREED = Series("agreed", "left", "address died, or marked as junk")
_LISTS = Series("joined", "left", "address died, or marked as junk")
_ISSUES = Series("arrived as far as is known", "came back", "refused")


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing with what it shows, for a legend and a table beside it."""

    picture: Markup
    title: str
    columns: tuple[Column, ...]
    series: Series
    first: str  # what the names of the columns are

    def sum(self, part: str) -> str:
        """All columns of one part together, as it is said."""
        return number(sum(getattr(column, part) for column in self.columns))


@dataclass(frozen=True, slots=True)
class Seen:
    """What the home page shows of mailings and lists; None where there is nothing to be drawn."""

    issues: Drawing | None
    months: Drawing | None
    worries: tuple[str, ...]


def seen_of(conn: sqlite3.Connection, today: dt.date, members: Mapping[str, int]) -> Seen:
    """The last issues and the months of all lists together, from what is kept ready; `members` by list."""
    issues, lists = last_issues(conn, SHOWN), list_growth(conn, today, SHOWN, members)
    last = issues[-1] if issues else None
    worries = [
        *(mailing_concerns(issue_name(last.issue), last.figures) if last else ()),
        *list_concerns(lists),
    ]
    months = draw_months(lists) or draw_months(list_growth(conn, _last_day(conn, today), SHOWN, members))
    return Seen(draw_issues(issues), months, said(worries))


def _last_day(conn: sqlite3.Connection, today: dt.date) -> dt.date:
    """The last day on which somebody agreed or left, today where nobody ever did."""
    last = conn.execute("SELECT max(day) FROM consent_days").fetchone()[0]
    return dt.date.fromisoformat(last) if last else today


def said(worries: Sequence[Concern]) -> tuple[str, ...]:
    """Each worry as a sentence."""
    return tuple(say_concern(one, number) for one in worries)


def draw_issues(issues: Sequence[Mailed]) -> Drawing | None:
    """What became of each issue; None where nothing was sent."""
    columns = tuple(
        Column(_label(one.issue), issue_name(one.issue), *_parts(one.figures))
        for one in issues
        if one.figures.sent
    )
    return (
        _drawing(columns, _ISSUES, "What became of the last issues", "issues", "Issue") if columns else None
    )


def _parts(figures: Figures) -> tuple[int, int, int]:
    return figures.delivered, figures.bounced, figures.refused


def _label(issue: str) -> str:
    """What fits below a column: `Sep 22` for `2022-09`."""
    named = issue_name(issue) != issue
    return f"{short_month(issue)} {issue[2:4]}" if named else f"{issue[:9]}…" if len(issue) > 10 else issue


def draw_months(lists: Sequence[Growth]) -> Drawing | None:
    """Who agreed and who was lost, all lists together; None where nothing happened."""
    columns = _columns(total_of_months(lists))
    if not any(column.up or column.down or column.more for column in columns):
        return None
    return _drawing(columns, _AGREED, "Agreed and left, by month", "months", "Month")


def draw_list(growth: Growth) -> Drawing:
    """One list by month."""
    return _drawing(
        _columns(growth.months), _LISTS, f"{growth.name}, by month", f"list-{growth.list}", "Month"
    )


def _columns(months: Sequence[Month]) -> tuple[Column, ...]:
    # On a phone there is no room for a year where there are twelve.
    dated = len(months) <= SHOWN
    return tuple(
        Column(
            f"{short_month(one.month)} {one.month[2:4]}"
            if dated and (one.month.endswith("-01") or not place)
            else short_month(one.month),
            issue_name(one.month),
            one.joined,
            one.left,
            one.bounced_away + one.complained,
        )
        for place, one in enumerate(months)
    )


def _drawing(columns: tuple[Column, ...], series: Series, title: str, prefix: str, first: str) -> Drawing:
    picture = Markup(draw_columns(columns, series, title=title, prefix=prefix))  # noqa: S704  # it escapes what it is given
    return Drawing(picture, title, columns, series, first)
