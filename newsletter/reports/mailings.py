"""Every mailing with its figures, and the reasons behind those of one."""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from newsletter.reports.figures import Figures, figures_by_mailing, total
from newsletter.reports.refusals import reason_of

_ISSUES = ("issue", "correction")
#: Mailings to a few people each, of which there may be thousands: told as one line a kind.
TOGETHER = {"confirmation": "asking to confirm", "renewal": "asking again", "review": "for review"}


@dataclass(frozen=True, slots=True)
class Mailed:
    """One mailing, or (id 0) all of a kind; `begun` is when it was queued, `many` how many mailings it stands for."""

    id: int
    kind: str
    issue: str
    state: str
    begun: str
    figures: Figures
    many: int = 1


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why of one mailing's messages some came back (by severity), were refused, were skipped: reason -> how many."""

    bounced: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)


def all_mailings(conn: sqlite3.Connection) -> list[Mailed]:
    """Every issue and correction, oldest first, then all requests of a kind in one."""
    known = figures_by_mailing(conn)
    rows = conn.execute("SELECT id, kind, issue, state, queued_at FROM mailings ORDER BY queued_at, id")
    every = [_mailed(row, known.get(row[0], Figures())) for row in rows]
    found = [one for one in every if one.kind in _ISSUES]
    for kind, words in TOGETHER.items():
        if of_kind := [one for one in every if one.kind == kind]:
            figures = total([one.figures for one in of_kind])
            found.append(Mailed(0, kind, words, "", of_kind[0].begun, figures, len(of_kind)))
    return found


def last_issues(conn: sqlite3.Connection, most: int) -> list[Mailed]:
    """The last issues and corrections, oldest first; as quick as there are few, however much was sent."""
    rows = conn.execute(
        "SELECT id, kind, issue, state, queued_at FROM mailings WHERE kind IN ('issue', 'correction') "
        "ORDER BY id DESC LIMIT ?",
        (most,),
    ).fetchall()
    known = figures_by_mailing(conn, [row[0] for row in rows])
    return [_mailed(row, known.get(row[0], Figures())) for row in reversed(rows)]


def one_mailing(conn: sqlite3.Connection, mailing: int) -> Mailed | None:
    """The mailing of this id, or None."""
    row = conn.execute(
        "SELECT id, kind, issue, state, queued_at FROM mailings WHERE id = ?", (mailing,)
    ).fetchone()
    return _mailed(row, figures_by_mailing(conn, [mailing]).get(mailing, Figures())) if row else None


def _mailed(row: tuple[int, str, str, str, str], figures: Figures) -> Mailed:
    return Mailed(*row, figures=figures)


def reasons_of(conn: sqlite3.Connection, mailing: int) -> Reasons:
    """The reasons of one mailing, the commonest first."""
    bounced: dict[str, dict[str, int]] = {}
    for severity, reason, count in conn.execute(
        "SELECT severity, reason, sum(messages) AS n FROM return_counts WHERE mailing_id = ? AND severity <> '' "
        "GROUP BY 1, 2 ORDER BY n DESC, 2",
        (mailing,),
    ):
        bounced.setdefault(severity, {})[reason] = count
    # What the server said differs in its words; the codes that it begins with are few.
    refused: Counter[str] = Counter()
    for reply, count in conn.execute(
        "SELECT substr(reply, 1, 14), count(*) FROM deliveries WHERE mailing_id = ? AND state = 'refused' GROUP BY 1",
        (mailing,),
    ):
        refused[reason_of(reply)] += count
    skipped = conn.execute(
        "SELECT reason, sum(messages) AS n FROM mailing_counts WHERE mailing_id = ? AND state = 'skipped' "
        "GROUP BY 1 ORDER BY n DESC, 1",
        (mailing,),
    )
    return Reasons(bounced, dict(refused.most_common()), dict(map(tuple, skipped)))


def last_reading(conn: sqlite3.Connection) -> str:
    """When a mailbox was last read to its end (ISO 8601, UTC); '' where none ever was."""
    return str(
        conn.execute("SELECT coalesce(max(ended_at), '') FROM readings WHERE fault = ''").fetchone()[0]
    )
