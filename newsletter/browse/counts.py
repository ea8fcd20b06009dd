"""How many of each: the counts beside a table, taken from what is kept ready, or counted where few are left."""

from typing import Any

from newsletter.browse.hooks import DATABASE, browser_of, hook
from newsletter.browse.upcoming import audience
from newsletter.database import SKIP_REASONS

#: Datasette's pair: the results, and the names of those that took too long.
FacetRun = tuple[list[dict[str, Any]], list[str]]

#: Beyond so many rows nothing is counted that is not kept ready.
_COUNTED = 50_000
_NEXT_ISSUE = "who_gets_the_next_issue"


@hook
def register_facet_classes() -> list[type]:
    """The counts beside our tables."""
    from datasette.facets import Facet

    from newsletter.browse.facets import people_facets

    class OurFacet(Facet):  # type: ignore[misc]  # Datasette ships no types
        """Counts beside people, beside the next issue's readers, and beside the rows of any page of ours."""

        type = "newsletter"

        async def facet_results(self) -> FacetRun:
            """Datasette's pair."""
            if not (browser_of(self.ds) and self.database == DATABASE):
                return [], []
            if self.table == "people":
                return await people_facets(self)
            return await _page_facets(self)

    return [OurFacet]


async def _page_facets(facet: Any) -> FacetRun:
    from newsletter.browse.tables import PAGES

    page = PAGES.get(facet.table)
    if page is None:
        return [], []
    ready = await _readers(facet) if facet.table == _NEXT_ISSUE else None
    if ready is None and (facet.row_count is None or facet.row_count > _COUNTED):
        return [], []
    results, late = [], []
    for column in page.facets:
        held = ready[column] if ready is not None else await count_values(facet, column)
        if held is None:
            late.append(column)
        elif len(held) > 0:
            results.append(_result(facet, column, held))
    return results, late


async def _readers(facet: Any) -> dict[str, list[tuple[str, int]]] | None:
    """The next issue's answers and reasons, where nothing else narrows them down."""
    asked = {name: facet.request.args[name] for name in facet.request.args if not name.startswith("_")}
    if "_search" in facet.request.args or set(asked) - {"answer", "why_not"}:
        return None
    answers: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for decision, reason, people in await audience(facet.ds):
        answer = "gets it" if decision == "send" else "does not get it"
        words = SKIP_REASONS.get(reason, reason)
        if asked.get("answer") in {None, answer} and asked.get("why_not") in {None, words}:
            answers[answer] = answers.get(answer, 0) + people
            if reason:
                reasons[words] = people
    return {"answer": [*answers.items()], "why_not": [*reasons.items()]}


async def count_values(facet: Any, column: str) -> list[tuple[str, int]] | None:
    """Each value of a column among the rows shown with its count, most first; None beyond the time limit."""
    from datasette.database import QueryInterrupted

    try:
        found = await facet.ds.execute(
            DATABASE,
            f"SELECT {column}, count(*) FROM ({facet.sql}) WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1",
            dict(facet.params or {}),
            custom_time_limit=facet.ds.setting("facet_time_limit_ms"),
        )
    except QueryInterrupted:
        return None
    return [(row[0], int(row[1])) for row in found.rows]


def first_values(facet: Any, counted: list[Any]) -> tuple[list[Any], bool]:
    """As many as there is room for, and whether there are more."""
    size = int(facet.get_facet_size())
    return counted[:size], len(counted) > size


def _result(facet: Any, column: str, held: list[tuple[str, int]]) -> dict[str, Any]:
    from datasette.utils import path_with_replaced_args

    asked = facet.request.args.get(column)
    shown, more = first_values(facet, held)
    return {
        "name": column,
        "type": "column",
        "hideable": False,
        "toggle_url": None,
        "results": [
            {
                "value": value,
                "label": value,
                "count": count,
                "selected": asked == value,
                "toggle_url": path_with_replaced_args(
                    facet.request, {column: None if asked == value else value, "_next": None}
                ),
            }
            for value, count in shown
        ],
        "truncated": more,
    }
