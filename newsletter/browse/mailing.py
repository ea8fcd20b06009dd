"""The page of one mailing, with what came back of it, and the page of the lists over time."""

import sqlite3
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from newsletter.browse.chart import Share, shares
from newsletter.browse.facets import mixtures, on_lists
from newsletter.browse.hooks import DATABASE, Datasette, Request, Response, may_look
from newsletter.browse.reported import draw_list, said
from newsletter.browse.words import issue_name
from newsletter.database import SKIP_REASONS
from newsletter.reports import (
    BY,
    REASONS,
    SEVERITIES,
    Group,
    Mailed,
    Reasons,
    break_down,
    domain_concerns,
    last_reading,
    list_concerns,
    list_growth,
    mailing_concerns,
    one_mailing,
    reasons_of,
)

#: Beyond so many messages they are not grouped while somebody waits: the command does it.
_GROUPED = 50_000
_GROUPS = 15
_HEADINGS = {"list": "By list", "organisation": "By organisation", "domain": "By receiving domain"}


@dataclass(frozen=True, slots=True)
class Part:
    """The groups of one kind: the first of them, and how many there are."""

    by: str
    heading: str
    groups: tuple[Group, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Looked:
    """All that the page of a mailing shows."""

    mailed: Mailed
    reasons: Reasons
    read: str
    parts: tuple[Part, ...]
    worries: tuple[str, ...]


async def mailing_page(datasette: Datasette, request: Request) -> Response:
    """What became of the mailing in the address."""
    from datasette import NotFound, Response

    await may_look(datasette, request)
    number = int(request.url_vars["mailing"])
    looked = await datasette.get_database(DATABASE).execute_fn(lambda conn: _looked(conn, number))
    if looked is None:
        raise NotFound("There is no mailing with this number.")
    issue = looked.mailed.issue
    context: dict[str, Any] = {
        "mailed": looked.mailed,
        "figures": looked.mailed.figures,
        "name": issue_name(issue),
        "looked": looked,
        "outcomes": _outcomes(looked.mailed),
        "bounced": _bounced(looked.reasons),
        "refused": _counted(looked.reasons.refused, REASONS),
        "skipped": _counted(looked.reasons.skipped, SKIP_REASONS),
        "messages": f"/{DATABASE}/deliveries_by_name?issue={quote(issue)}",
    }
    return Response.html(await datasette.render_template("mailing.html", context, request))


async def lists_page(datasette: Datasette, request: Request) -> Response:
    """How each list grew and shrank in the last twelve months."""
    from datasette import Response

    today = (await may_look(datasette, request)).today
    members = on_lists(await mixtures(datasette))
    lists = await datasette.get_database(DATABASE).execute_fn(
        lambda conn: list_growth(conn, today, members=members)
    )
    context: dict[str, Any] = {
        "drawn": [(one, draw_list(one), sum(month.lost for month in one.months)) for one in lists],
        "worries": said(list_concerns(lists)),
    }
    return Response.html(await datasette.render_template("lists.html", context, request))


def _looked(conn: sqlite3.Connection, number: int) -> Looked | None:
    mailed = one_mailing(conn, number)
    if mailed is None:
        return None
    whole = {by: break_down(conn, [number], by) for by in BY} if mailed.figures.candidates <= _GROUPED else {}
    parts = tuple(
        Part(by, _HEADINGS[by], tuple(groups[:_GROUPS]), len(groups))
        for by, groups in whole.items()
        if groups
    )
    worries = [
        *mailing_concerns(issue_name(mailed.issue), mailed.figures),
        *domain_concerns(whole.get("domain", ())),
    ]
    return Looked(mailed, reasons_of(conn, number), last_reading(conn), parts, said(worries))


def _outcomes(mailed: Mailed) -> list[Share]:
    """What became of all candidates, each of them once: in the order of how good that is."""
    figures = mailed.figures
    told = (
        ("Arrived, as far as is known", figures.delivered),
        ("Came back", figures.sent - figures.delivered),
        ("Refused by a mail server", figures.refused),
        ("May have arrived", figures.in_doubt),
        ("Still waiting", figures.waiting),
        ("Not sent, with a reason", figures.skipped),
    )
    return shares((label, count, "", 0) for label, count in told if count)


def _bounced(reasons: Reasons) -> list[tuple[str, str, int]]:
    """Kind, reason and number of what came back, the commonest first."""
    found = [
        (SEVERITIES.get(severity, severity), REASONS.get(reason, reason), count)
        for severity, counts in reasons.bounced.items()
        for reason, count in counts.items()
    ]
    return sorted(found, key=lambda row: -row[2])


def _counted(counts: Any, words: Any) -> list[tuple[str, int]]:
    return [(words.get(reason, reason), count) for reason, count in counts.items()]
