"""The search in the masthead: people by name, address or organisation, and organisations by name."""

from newsletter.browse.hooks import Datasette, Request, Response, may_look, rows
from newsletter.browse.search import count_found, prefix_query

_AT_MOST = 50
_RANKED = 20_000


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
    # Best first, but not where a word such as 'example' finds most: to rank a million takes seconds.
    best = "ORDER BY rank" if await count_found(datasette, wanted) <= _RANKED else ""
    return await rows(
        datasette,
        f"SELECT p.* FROM (SELECT rowid AS id FROM people_search WHERE people_search MATCH ? "
        f"{best} LIMIT ?) found CROSS JOIN people p ON p.id = found.id",
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
