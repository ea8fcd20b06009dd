"""The search in the masthead: people by name, address or organisation, and organisations by name."""

from newsletter.browse.hooks import Datasette, Request, Response, may_look, rows
from newsletter.browse.search import prefix_query

_AT_MOST = 50


async def find_page(datasette: Datasette, request: Request) -> Response:
    """What was found for `?q=`; at most 50 people and 50 organisations."""
    from datasette import Response

    await may_look(datasette, request)
    wanted = (request.args.get("q") or "").strip()
    people = await _people(datasette, wanted) if wanted else []
    organisations = await _organisations(datasette, wanted) if wanted else []
    context = {
        "wanted": wanted,
        "people": people[:_AT_MOST],
        "organisations": organisations[:_AT_MOST],
        "more_people": len(people) > _AT_MOST,
    }
    return Response.html(await datasette.render_template("find.html", context, request))


async def _people(datasette: Datasette, wanted: str) -> list[object]:
    # The index first, by rank: the view is then asked about 51 people, not about all of them.
    return await rows(
        datasette,
        "SELECT p.* FROM (SELECT rowid AS id FROM people_search WHERE people_search MATCH ? "
        "ORDER BY rank LIMIT ?) found JOIN people p ON p.id = found.id",
        prefix_query(wanted),
        _AT_MOST + 1,
    )


async def _organisations(datasette: Datasette, wanted: str) -> list[object]:
    escaped = wanted.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return await rows(
        datasette,
        r"SELECT * FROM organisation_overview WHERE name LIKE ? ESCAPE '\' ORDER BY name LIMIT ?",
        f"%{escaped}%",
        _AT_MOST + 1,
    )
