"""The stakeholder grid: where organisations stand by influence and interest, and how they moved."""

import datetime as dt
import sqlite3

from markupsafe import Markup

from newsletter.browse.hooks import DATABASE, Datasette, Request, Response, may_look
from newsletter.browse.words import day
from newsletter.contacts import GRID_STYLE, BadDate, Standpoint, draw_grid, parse_day, standpoints
from newsletter.database import Database

_MOVED_IN = 365


async def grid_page(datasette: Datasette, request: Request) -> Response:
    """The grid as it stands, with the movement since `?since=` (a year ago), and the same as a table."""
    from datasette import Response

    today = (await may_look(datasette, request)).today
    typed, wrong = (request.args.get("since") or "").strip(), ""
    since = today - dt.timedelta(days=_MOVED_IN)
    try:
        since = min(parse_day(typed, "since"), today) if typed else since
    except BadDate as error:
        wrong = error.message
    points = await datasette.get_database(DATABASE).execute_fn(lambda conn: _points(conn, today, since))
    title = f"Influence and interest on {day(today)}"
    context = {
        "picture": Markup(draw_grid(points, title=title, styled=False)),  # noqa: S704  # it escapes what it is given
        "points": points,
        "since": since.isoformat(),
        "wrong": wrong,
        "section": "Organisations",
    }
    return Response.html(
        await datasette.render_template("grid.html", context, request), status=422 if wrong else 200
    )


async def grid_style(datasette: Datasette, request: Request) -> Response:
    """The picture's colours by night, as a sheet of its own: pages take no styles from within."""
    from datasette import Response

    await may_look(datasette, request)
    return Response(GRID_STYLE, content_type="text/css; charset=utf-8")


def _points(conn: sqlite3.Connection, on: dt.date, since: dt.date) -> list[Standpoint]:
    return standpoints(Database(conn, recursive_triggers=False, execute_plugins=False), on, since)
