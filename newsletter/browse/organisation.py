"""One organisation's page: its people, its relationships, what happened with it, and how it was judged over time."""

from typing import Any

from newsletter.browse.hooks import Datasette, Request, Response, may_look, rows
from newsletter.browse.timeline import engagement, with_whom

_PEOPLE = 100
_RELATIONSHIPS = """
SELECT r.kind, r.since, r.until, r.note, r.organisation_id = ?1 AS ours,
    coalesce(p.name, o.name, 'somebody no longer kept') AS name,
    CASE WHEN p.id IS NOT NULL THEN '/people/' || p.id WHEN o.id IS NOT NULL THEN '/organisations/' || o.id END AS link
FROM relationships r
LEFT JOIN people p ON p.id = CASE WHEN r.organisation_id = ?1 THEN r.to_contact_id ELSE r.contact_id END
LEFT JOIN organisations o ON o.id = CASE WHEN r.organisation_id = ?1 THEN r.to_organisation_id ELSE r.organisation_id END
WHERE r.organisation_id = ?1 OR r.to_organisation_id = ?1 ORDER BY r.until <> '', r.since
"""


async def organisation_page(datasette: Datasette, request: Request) -> Response:
    """The page of the organisation in the address."""
    from datasette import NotFound, Response

    await may_look(datasette, request)
    number = int(request.url_vars["organisation_id"])
    found = (
        await rows(datasette, "SELECT * FROM organisations WHERE id = ?", number) if number < 2**63 else []
    )
    if not found:
        raise NotFound("There is no organisation with this number.")
    people = await rows(
        datasette,
        "SELECT p.*, co.position FROM contact_organisations co CROSS JOIN people p ON p.id = co.contact_id "
        "WHERE co.organisation_id = ? ORDER BY p.name LIMIT ?",
        number,
        _PEOPLE + 1,
    )
    stances = await rows(
        datasette, "SELECT * FROM stances WHERE organisation_id = ? ORDER BY judged_on DESC, id DESC", number
    )
    context: dict[str, Any] = {
        "organisation": found[0],
        "people": people[:_PEOPLE],
        "more_people": len(people) > _PEOPLE,
        "relationships": await rows(datasette, _RELATIONSHIPS, number),
        "stances": stances,
        "happenings": await _engagements(datasette, number),
    }
    return Response.html(await datasette.render_template("organisation.html", context, request))


async def _engagements(datasette: Datasette, number: int) -> list[Any]:
    found = await rows(
        datasette,
        "SELECT e.* FROM engagement_organisations eo CROSS JOIN engagements e ON e.id = eo.engagement_id "
        "WHERE eo.organisation_id = ? ORDER BY e.happened_on DESC, e.id DESC LIMIT 500",
        number,
    )
    others = await with_whom(datasette, [row["id"] for row in found], but=f"/organisations/{number}")
    return [engagement(row, others.get(row["id"], ())) for row in found]
