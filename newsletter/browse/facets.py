"""Narrowing down the people: by list, consent, role, organisation, and whether they may be written to."""

from dataclasses import dataclass
from typing import Any

from newsletter.browse.hooks import DATABASE, Datasette, Request, browser_of, hook

_TABLE = "people"
#: Beyond this many people only the lists are counted: the rest would run into the time limit.
_COUNTED = 50_000
_CURRENT = "(r.until = '' OR r.until >= date('now'))"


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to narrow down by.

    `chosen` is SQL for the ids of those who have it, `counts` SQL for value, label and count
    among the ids that `{ids}` stands for; both may use `:newsletter_list`.
    """

    argument: str
    heading: str
    chosen: str
    counts: str
    label: str = ""  # SQL for the words of one value; empty: the value itself


CHOICES = (
    Choice(
        "_list",
        "List",
        "SELECT contact_id FROM list_members WHERE list = :newsletter_list "
        "UNION SELECT contact_id FROM subscriptions WHERE list = :newsletter_list",
        "SELECT list AS value, list_name AS label, count(*) AS count FROM list_standing "
        "WHERE contact_id IN ({ids}) GROUP BY list ORDER BY count DESC, label",
        "SELECT name FROM lists WHERE list = ?",
    ),
    Choice(
        "_consent",
        "On this list",
        "SELECT contact_id FROM list_standing "
        "WHERE list = :newsletter_list AND standing = :newsletter_consent",
        "SELECT standing AS value, standing AS label, count(*) AS count FROM list_standing "
        "WHERE list = :newsletter_list AND contact_id IN ({ids}) GROUP BY standing ORDER BY count DESC",
    ),
    Choice(
        "_role",
        "Role",
        f"SELECT contact_id FROM contact_roles r WHERE role = :newsletter_role AND {_CURRENT}",
        "SELECT role AS value, role AS label, count(DISTINCT contact_id) AS count FROM contact_roles r "
        f"WHERE contact_id IN ({{ids}}) AND {_CURRENT} GROUP BY role ORDER BY count DESC, label",
    ),
    Choice(
        "_organisation",
        "Organisation",
        "SELECT contact_id FROM contact_organisations WHERE organisation_id = :newsletter_organisation",
        "SELECT o.id AS value, o.name AS label, count(*) AS count FROM contact_organisations co "
        "JOIN organisations o ON o.id = co.organisation_id WHERE co.contact_id IN ({ids}) "
        "GROUP BY o.id ORDER BY count DESC, label",
        "SELECT name FROM organisations WHERE id = ?",
    ),
    Choice(
        "standing",  # a column of the table, so Datasette itself filters by it
        "May we write?",
        "",
        "SELECT standing AS value, standing AS label, count(*) AS count FROM people "
        "WHERE id IN ({ids}) GROUP BY standing ORDER BY count DESC",
    ),
)


@hook
def filters_from_request(request: Request, database: str, table: str, datasette: Datasette) -> object:
    """The conditions that the address of the people page asks for, and how to take each away."""
    if not (browser_of(datasette) and database == DATABASE and table == _TABLE):
        return None

    async def conditions() -> object:
        from datasette.filters import FilterArguments

        asked = _asked(request)
        clauses = [
            f"id IN ({choice.chosen})" for choice in CHOICES if choice.chosen and choice.argument in asked
        ]
        chips = [
            {
                "heading": choice.heading,
                "label": await _label(datasette, choice, asked[choice.argument]),
                "without": _address(request, {choice.argument: None}),
            }
            for choice in CHOICES
            if choice.chosen and choice.argument in asked
        ]
        return FilterArguments(clauses, _parameters(asked), extra_context={"chosen": chips})

    return conditions


@hook
def register_facet_classes() -> list[type]:
    """The counts beside the people."""
    from datasette.facets import Facet

    class PeopleFacet(Facet):  # type: ignore[misc]  # Datasette ships no types
        """How many of the people shown are on each list, play each role, and so on."""

        type = "newsletter"

        async def facet_results(self) -> tuple[list[dict[str, Any]], list[str]]:
            """Datasette's pair: the results, and the names of those that took too long."""
            if not (browser_of(self.ds) and self.database == DATABASE and self.table == _TABLE):
                return [], []
            return await _counts(self)

    return [PeopleFacet]


async def _counts(facet: Any) -> tuple[list[dict[str, Any]], list[str]]:
    from datasette.database import QueryInterrupted

    asked, found, late = _asked(facet.request), [], []
    few = facet.row_count is not None and facet.row_count <= _COUNTED
    for choice in CHOICES:
        if (choice.argument == "_consent" and "_list" not in asked) or not (
            few or choice.argument == "_list"
        ):
            continue
        try:
            found.append(await _count(facet, choice, asked))
        except QueryInterrupted:
            late.append(choice.heading)
    return [result for result in found if result["results"]], late


async def _count(facet: Any, choice: Choice, asked: dict[str, str]) -> dict[str, Any]:
    """The values of one choice among the people that the rest of the address leaves."""
    size = facet.get_facet_size()
    sql = choice.counts.replace("{ids}", f"SELECT id FROM ({facet.sql})")
    rows = await facet.ds.execute(
        DATABASE,
        f"{sql} LIMIT {size + 1}",
        {**_parameters(asked), **dict(facet.params or {})},
        custom_time_limit=facet.ds.setting("facet_time_limit_ms"),
    )
    results = [
        {
            "value": row["value"],
            "label": row["label"],
            "count": row["count"],
            "selected": asked.get(choice.argument) == str(row["value"]),
            "toggle_url": _toggle(facet.request, choice, row["value"], asked),
        }
        for row in rows.rows[:size]
    ]
    return {
        "name": choice.heading,
        "type": "newsletter",
        "hideable": False,
        "toggle_url": None,
        "results": results,
        "truncated": len(rows.rows) > size,
    }


def _toggle(request: Request, choice: Choice, value: object, asked: dict[str, str]) -> str:
    taken = asked.get(choice.argument) == str(value)
    changes: dict[str, object] = {choice.argument: None if taken else value}
    if choice.argument == "_list":
        changes["_consent"] = None  # it was about the list chosen before
    return _address(request, changes)


def _address(request: Request, changes: dict[str, object]) -> str:
    from datasette.utils import path_with_replaced_args

    return str(path_with_replaced_args(request, {**changes, "_next": None}))


def _asked(request: Request) -> dict[str, str]:
    asked = {
        choice.argument: request.args[choice.argument]
        for choice in CHOICES
        if request.args.get(choice.argument)
    }
    if "_list" not in asked:
        asked.pop("_consent", None)
    return asked


def _parameters(asked: dict[str, str]) -> dict[str, str]:
    return {f"newsletter{name}": value for name, value in asked.items() if name.startswith("_")}


async def _label(datasette: Datasette, choice: Choice, value: str) -> str:
    if not choice.label:
        return value
    found = await datasette.get_database(DATABASE).execute(choice.label, (value,))
    return str(found.rows[0][0]) if found.rows else value
