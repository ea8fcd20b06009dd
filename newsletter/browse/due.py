"""What was promised and is still open, what came back and waits, and with whom nobody has spoken for long."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from newsletter.browse.hooks import Datasette, Request, Response, may_look, rows
from newsletter.browse.timeline import with_whom
from newsletter.replies import CAME, Came, in_words, read_came

#: A partner of whom nothing was written down for so many days has gone quiet.
QUIET_DAYS = 180
_AT_MOST = 200
# Along the days, from the oldest on, until there are enough: to group all engagements takes as long as they are many.
# Who was spoken with for an organisation spoke for it, as `newsletter engagement quiet` has it.
_BY_ITS_PEOPLE = """FROM contact_organisations m CROSS JOIN engagement_contacts p ON p.contact_id = m.contact_id
    CROSS JOIN engagements e ON e.id = p.engagement_id WHERE m.organisation_id = o.id AND e.kind <> 'note'"""
_QUIET = f"""
SELECT o.id AS id, o.name AS name, max(own, coalesce((SELECT max(e.happened_on) {_BY_ITS_PEOPLE}), '')) AS last FROM (
    SELECT o.id AS number, '' AS own FROM organisations o WHERE o.id IN (SELECT organisation_id FROM stances)
        AND NOT EXISTS (SELECT 1 FROM engagement_organisations eo WHERE eo.organisation_id = o.id)
        AND NOT EXISTS (SELECT 1 {_BY_ITS_PEOPLE} AND e.happened_on >= ?1)
    UNION ALL
    SELECT o.id, f.happened_on FROM engagements f
        CROSS JOIN engagement_organisations eo ON eo.engagement_id = f.id CROSS JOIN organisations o ON o.id = eo.organisation_id
        WHERE f.happened_on < ?1 AND NOT EXISTS (SELECT 1 FROM engagement_organisations other
            CROSS JOIN engagements later ON later.id = other.engagement_id
            WHERE other.organisation_id = o.id AND (later.happened_on, later.id) > (f.happened_on, f.id))
        AND NOT EXISTS (SELECT 1 {_BY_ITS_PEOPLE} AND e.happened_on >= ?1)
    ORDER BY own LIMIT ?2
) JOIN organisations o ON o.id = number ORDER BY last, name
"""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Something to be done by a day (ISO), and with whom: name and where it leads."""

    due_on: str
    what: str
    title: str
    whom: tuple[tuple[str, str], ...]


async def due_page(datasette: Datasette, request: Request) -> Response:
    """All that is open, and who has gone quiet."""
    from datasette import Response

    today = (await may_look(datasette, request)).today
    context = {
        "due": await open_follow_ups(datasette, _AT_MOST),
        "quiet": await quiet_organisations(datasette, today, _AT_MOST),
        "came_back": await _came_back(datasette),
        "day": today.isoformat(),
    }
    return Response.html(await datasette.render_template("due.html", context, request))


async def _came_back(datasette: Datasette) -> list[tuple[Came, str]]:
    """What came back and waits for somebody, oldest first, each with what it is in words."""
    found = await rows(
        datasette, f"{CAME} WHERE r.state = 'open' ORDER BY r.recorded_at, r.id LIMIT ?", _AT_MOST
    )
    return [(came, in_words(came, waits=False)) for came in map(read_came, found)]


async def open_follow_ups(datasette: Datasette, at_most: int) -> list[FollowUp]:
    """What is to be done next, the most urgent first."""
    found = await rows(
        datasette,
        "SELECT id, due_on, follow_up, title FROM engagements WHERE done_on = '' AND due_on > '' ORDER BY due_on, id LIMIT ?",
        at_most,
    )
    parties = await with_whom(datasette, [row["id"] for row in found], but="")
    return [
        FollowUp(row["due_on"], row["follow_up"], row["title"], parties.get(row["id"], ())) for row in found
    ]


async def quiet_organisations(datasette: Datasette, today: dt.date, at_most: int) -> list[Any]:
    """Organisations that were spoken with once, or stand on the grid, and not since `QUIET_DAYS`; longest first."""
    since = (today - dt.timedelta(days=QUIET_DAYS)).isoformat()
    return await rows(
        datasette,
        _QUIET,
        since,
        at_most,
    )
