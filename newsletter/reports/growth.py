"""How each list grew and shrank, month by month, as the consent ledger tells it."""

import datetime as dt
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Months that a report looks back, this one included.
MONTHS = 12

# What people allow of their pictures and words is in the ledger too; it is no list.
_DAYS = """SELECT list, substr(day, 1, 7) AS month, sum(iif(kind IN ('given', 'confirmed'), entries, 0)),
    sum(iif(kind IN ('withdrawn', 'expired'), entries, 0)) FROM consent_days
    WHERE day >= ? AND list NOT LIKE 'media:%' GROUP BY 1, 2"""
# Of those who have agreed and have not left: their address is dead, or they marked a message as junk.
_AWAY = """SELECT s.list, substr(x.recorded_at, 1, 7) AS month, sum(x.reason = 'bounced'), sum(x.reason = 'complaint')
    FROM suppressions x CROSS JOIN addresses a ON a.address_key = x.address_key AND a.is_primary = 1
    CROSS JOIN subscriptions s ON s.contact_id = a.contact_id AND s.state = 'given'
    WHERE x.recorded_at >= ? AND x.reason IN ('bounced', 'complaint') GROUP BY 1, 2"""

# Who has left is still a member, so that a withdrawal is not forgotten.
_MEMBERS = """SELECT m.list, count(*) FROM list_members m
    CROSS JOIN subscriptions s ON s.contact_id = m.contact_id AND s.list = m.list
    WHERE s.state = 'given' AND s.basis <> 'unknown' AND s.expires_at >= ? GROUP BY m.list"""


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a list: who agreed, who left or whose consent ended, whose address came back dead, who complained.

    Somebody who agreed twice in it counts twice, as the ledger has it; the last two count those who
    stand so today.
    """

    month: str
    joined: int = 0
    left: int = 0
    bounced_away: int = 0
    complained: int = 0

    @property
    def lost(self) -> int:
        return self.left + self.bounced_away + self.complained


@dataclass(frozen=True, slots=True)
class Growth:
    """One list: how many are on it today and have not left, and its months, oldest first, none left out."""

    list: str
    name: str
    members: int
    months: tuple[Month, ...]


def list_growth(
    conn: sqlite3.Connection,
    today: dt.date,
    months: int = MONTHS,
    members: Mapping[str, int] | None = None,
) -> list[Growth]:
    """Every list over the months up to today, by name.

    With `members`, how many are on each list is taken from there: for what must be quick.
    """
    names = _months(today, months)
    since = f"{names[0]}-01"
    counts = {(row[0], row[1]): (row[2], row[3]) for row in conn.execute(_DAYS, (since,))}
    away = {(row[0], row[1]): (row[2], row[3]) for row in conn.execute(_AWAY, (since,))}
    on_list = _in_force(conn, today) if members is None else members
    return [
        Growth(name, title, on_list.get(name, 0), tuple(_month(name, month, counts, away) for month in names))
        for name, title in conn.execute("SELECT list, name FROM lists ORDER BY name")
    ]


def _in_force(conn: sqlite3.Connection, today: dt.date) -> Mapping[str, int]:
    return dict(map(tuple, conn.execute(_MEMBERS, (today.isoformat(),))))


_Counts = Mapping[tuple[str, str], tuple[int, int]]


def _month(name: str, month: str, counts: _Counts, away: _Counts) -> Month:
    joined, left = counts.get((name, month), (0, 0))
    # What was struck out is taken from the day on which it was said to hold: never fewer than none.
    return Month(month, max(joined, 0), max(left, 0), *away.get((name, month), (0, 0)))


def _months(today: dt.date, count: int) -> list[str]:
    """The names of so many months up to today's, `2022-09`, oldest first."""
    end = today.year * 12 + today.month - 1
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(end - count + 1, end + 1)]


def total_of_months(lists: Sequence[Growth]) -> list[Month]:
    """The months of all lists together."""
    return [
        Month(
            of_month[0].month,
            sum(one.joined for one in of_month),
            sum(one.left for one in of_month),
            sum(one.bounced_away for one in of_month),
            sum(one.complained for one in of_month),
        )
        for of_month in zip(*(one.months for one in lists), strict=True)
    ]
