"""Figures as pages show them: columns by month and by issue, groups, and what should worry somebody."""

import datetime as dt
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from newsletter.browse.words import issue_name, number
from newsletter.reports import (
    EVERY_LIST,
    ISSUES,
    LIST,
    Column,
    Concern,
    Growth,
    Mailed,
    Series,
    draw_columns,
    issue_columns,
    last_issues,
    list_concerns,
    list_growth,
    mailing_concerns,
    month_columns,
    say_concern,
    total_of_months,
)

#: Issues in the drawing of the last ones, and months in that of the lists, on the home page.
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing with what it shows, for a legend and a table beside it."""

    picture: Markup
    title: str
    columns: tuple[Column, ...]
    series: Series
    first: str  # what the names of the columns are

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it to see."""
        return not any(getattr(column, part) for column in self.columns for part in ("up", "down", "more"))

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
    columns = issue_columns(issues, issue_name)
    return _drawing(columns, ISSUES, "What became of the last issues", "issues", "Issue") if columns else None


def draw_months(lists: Sequence[Growth]) -> Drawing | None:
    """Who agreed and who was lost, all lists together; None where nothing happened."""
    columns = month_columns(total_of_months(lists))
    if not any(column.up or column.down or column.more for column in columns):
        return None
    return _drawing(columns, EVERY_LIST, "Agreed and left, by month", "months", "Month")


def draw_list(growth: Growth) -> Drawing:
    """One list by month."""
    return _drawing(
        month_columns(growth.months), LIST, f"{growth.name}, by month", f"list-{growth.list}", "Month"
    )


def _drawing(columns: tuple[Column, ...], series: Series, title: str, prefix: str, first: str) -> Drawing:
    picture = Markup(draw_columns(columns, series, title=title, prefix=prefix))  # noqa: S704  # it escapes what it is given
    return Drawing(picture, title, columns, series, first)
