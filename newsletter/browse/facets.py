"""Narrowing down the people: by list, consent, role, organisation, and whether they may be written to.

People are few in kinds: `people_mixtures` keeps each mixture of standing, roles and lists with how
many have it, so that a choice among a million is a choice among some hundred mixtures.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from newsletter.browse.counts import FacetRun, count_values, first_values
from newsletter.browse.hooks import DATABASE, Datasette, Request, browser_of, last_hook, rows, value
from newsletter.browse.search import count_found, found_ids, prefix_query
from newsletter.browse.tables import PAGES

_TABLE = "people"
_MESSAGES = "deliveries_by_name"
_COUNT_MESSAGES = (
    "SELECT coalesce(sum(messages), 0) FROM mailing_counts WHERE ? IS NULL "
    "OR mailing_id IN (SELECT id FROM mailings WHERE issue = ?)"
)
_FOUND = "IN (SELECT rowid FROM people_search WHERE people_search MATCH :newsletter_search)"
#: Above so many, people are read in the order of their names until a page is full; below, each is looked up.
_MANY = 20_000
#: So many who are found by a search are named one by one; above, they are looked for along the names.
_LISTED = 5_000
#: Organisations are counted among so many people at most.
_FEW = 10_000
_MIXED = ("_list", "_consent", "_role", "standing")
_ASIDE = {"_next", "_sort", "_sort_desc", "_facet_size", "_nocount"}


@dataclass(frozen=True, slots=True)
class Mixture:
    """Standing, roles and lists (name, words, title) that so many people have in common."""

    id: int
    standing: str
    roles: tuple[str, ...]
    lists: tuple[tuple[str, str, str], ...]
    people: int


@last_hook
def filters_from_request(request: Request, database: str, table: str, datasette: Datasette) -> object:
    """The conditions that the address of a page asks for, and how to take each away.

    Searching too: Datasette's own reads every person who is found before it shows the first fifty.
    Last of all hooks, since Datasette's says that nothing can be searched.
    """
    page = PAGES.get(table)
    if not (browser_of(datasette) and database == DATABASE and page and page.person):
        return None
    if table != _TABLE:
        return _of_page(datasette, request, table, page.person)

    async def conditions() -> object:
        from datasette.filters import FilterArguments

        asked = _asked(request)
        chosen = [mixture for mixture in await mixtures(datasette) if _fits(mixture, asked)]
        clauses, parameters = _conditions(asked, chosen)
        exact = sum(mixture.people for mixture in chosen) if _by_mixture(request.args) else None
        if sought := request.args.get("_search"):
            exact = await _search(datasette, sought, clauses, parameters)
            exact = exact if _by_search(request.args) else None
        context = {
            "chosen": [chip async for chip in _chips(datasette, request, asked, chosen)],
            "exact_count": exact,
            "search": sought or "",
            "supports_search": True,
        }
        return FilterArguments(clauses, parameters, extra_context=context)

    return conditions


async def _search(datasette: Datasette, sought: str, clauses: list[str], parameters: dict[str, str]) -> int:
    """Add the condition that people are among those who are searched for; how many those are."""
    ids = await found_ids(datasette, sought, _LISTED)
    if ids is not None:  # the index is asked once, though the page asks about these people several times
        clauses.append("id IN (SELECT value FROM json_each(:newsletter_ids))")
        parameters["newsletter_ids"] = json.dumps(ids)
        return len(ids)
    clauses.append(f"+id {_FOUND}")
    parameters["newsletter_search"] = prefix_query(sought)
    return await count_found(datasette, sought)


def _of_page(datasette: Datasette, request: Request, table: str, person: str) -> Any:
    """The condition that a table's people are among those who are searched for."""

    async def conditions() -> object:
        from datasette.filters import FilterArguments

        sought = request.args.get("_search") or ""
        clauses, parameters = [], {}
        if sought:
            clauses, parameters = [f"{person} {_FOUND}"], {"newsletter_search": prefix_query(sought)}
        context = {"search": sought, "supports_search": True}
        if table == _MESSAGES and _by_issue(request.args):
            issue = request.args.get("issue")
            context["exact_count"] = await value(datasette, _COUNT_MESSAGES, issue, issue)
        return FilterArguments(clauses, parameters, extra_context=context)

    return conditions


def uncounted(scope: MutableMapping[str, Any], path: str) -> MutableMapping[str, Any]:
    """The request, with Datasette's own counting turned off where we know how many there are."""
    query = scope.get("query_string", b"").decode("latin-1")
    names = {name for name, _ in parse_qsl(query)}
    people = path == f"/{DATABASE}/{_TABLE}" and (_by_mixture(names) or _by_search(names))
    messages = path == f"/{DATABASE}/{_MESSAGES}" and _by_issue(names)
    if not people and not messages:
        return scope
    return dict(scope, query_string=f"{query}&_nocount=1".lstrip("&").encode("latin-1"))


def on_lists(known: Iterable[Mixture]) -> Counter[str]:
    """How many people are on each list and have not left it."""
    members: Counter[str] = Counter()
    for mixture in known:
        for name, words, _ in mixture.lists:
            members[name] += mixture.people * (words == "agreed")
    return members


async def mixtures(datasette: Datasette) -> list[Mixture]:
    """Every mixture that somebody has."""
    found = await rows(datasette, "SELECT id, standing, roles, lists, people FROM people_mixtures")
    return [
        Mixture(row[0], row[1], tuple(json.loads(row[2])), tuple(map(tuple, json.loads(row[3]))), row[4])
        for row in found
    ]


async def people_facets(facet: Any) -> FacetRun:
    """How many of the people shown are on each list, play each role, and so on."""
    asked = _asked(facet.request)
    known = [mixture for mixture in await mixtures(facet.ds) if _fits(mixture, asked)]
    if _by_mixture(facet.request.args):
        counts = {mixture.id: mixture.people for mixture in known}
    else:
        if "newsletter_search" in facet.params:  # more than can be listed
            return [], ["lists and roles"]
        held = await count_values(facet, "mixture")
        if held is None:
            return [], ["lists and roles"]
        counts = {int(value): count for value, count in held}
    among = [(mixture, counts.get(mixture.id, 0)) for mixture in known]
    results = [choice for choice in _mixed(facet, asked, among) if choice["results"]]
    if asked.get("_organisation") or sum(count for _, count in among) <= _FEW:
        results += await _organisations(facet, asked)
    return results, []


def _mixed(facet: Any, asked: dict[str, str], among: list[tuple[Mixture, int]]) -> Iterator[dict[str, Any]]:
    """List, consent on it, role and standing, counted over the mixtures."""

    def counted(values: Callable[[Mixture], Iterable[tuple[str, str]]]) -> list[tuple[str, str, int]]:
        counts: Counter[tuple[str, str]] = Counter()
        for mixture, people in among:
            counts.update(dict.fromkeys(values(mixture), people))
        return [(value, label, count) for (value, label), count in counts.items() if count]

    yield _choice(facet, asked, "_list", counted(lambda m: ((name, title) for name, _, title in m.lists)))
    if wanted := asked.get("_list"):
        said = counted(lambda m: ((words, words) for name, words, _ in m.lists if name == wanted))
        yield _choice(facet, asked, "_consent", said)
    yield _choice(facet, asked, "_role", counted(lambda m: ((role, role) for role in m.roles)))
    yield _choice(facet, asked, "standing", counted(lambda m: [(m.standing, m.standing)]))


_HEADINGS = {
    "_list": "List",
    "_consent": "On this list",
    "_role": "Role",
    "_organisation": "Organisation",
    "standing": "May we write?",
}


def _choice(
    facet: Any, asked: dict[str, str], argument: str, counted: list[tuple[str, str, int]]
) -> dict[str, Any]:
    shown, more = first_values(facet, sorted(counted, key=lambda found: (-found[2], found[1])))
    return {
        "name": _HEADINGS[argument],
        "type": "newsletter",
        "hideable": False,
        "toggle_url": None,
        "results": [
            {
                "value": value,
                "label": label,
                "count": count,
                "selected": asked.get(argument) == value,
                "toggle_url": _toggle(facet.request, argument, value, asked),
            }
            for value, label, count in shown
        ],
        "truncated": more,
    }


async def _organisations(facet: Any, asked: dict[str, str]) -> list[dict[str, Any]]:
    from datasette.database import QueryInterrupted

    try:
        found = await facet.ds.execute(
            DATABASE,
            f"SELECT o.id, o.name, count(*) AS count FROM (SELECT id FROM ({facet.sql})) p "
            "CROSS JOIN contact_organisations co ON co.contact_id = p.id "
            "CROSS JOIN organisations o ON o.id = co.organisation_id GROUP BY o.id ORDER BY count DESC, o.name LIMIT 500",
            dict(facet.params or {}),
            custom_time_limit=facet.ds.setting("facet_time_limit_ms"),
        )
    except QueryInterrupted:
        return []
    counted = [(str(row[0]), str(row[1]), int(row[2])) for row in found.rows]
    return [_choice(facet, asked, "_organisation", counted)] if counted else []


def _fits(mixture: Mixture, asked: dict[str, str]) -> bool:
    held = {name: words for name, words, _ in mixture.lists}
    wanted, words = asked.get("_list"), asked.get("_consent")
    return (
        (wanted is None or wanted in held)
        and (words is None or held.get(wanted or "") == words)
        and asked.get("_role") in {None, *mixture.roles}
        and asked.get("standing") in {None, mixture.standing}
    )


def _conditions(asked: dict[str, str], chosen: list[Mixture]) -> tuple[list[str], dict[str, str]]:
    clauses, parameters = [], {}
    if set(asked) & set(_MIXED):
        many = "+" * (sum(mixture.people for mixture in chosen) > _MANY)
        clauses.append(f"{many}mixture IN ({', '.join(str(mixture.id) for mixture in chosen)})")
    if "_organisation" in asked:
        clauses.append(
            "id IN (SELECT contact_id FROM contact_organisations WHERE organisation_id = :newsletter_organisation)"
        )
        parameters["newsletter_organisation"] = asked["_organisation"]
    return clauses, parameters


async def _chips(datasette: Datasette, request: Request, asked: dict[str, str], chosen: list[Mixture]) -> Any:
    """What the people are narrowed down by; Datasette itself tells of `standing`, which is a column."""
    for argument, wanted in asked.items():
        if argument == "standing":
            continue
        label = wanted
        if argument == "_list":
            label = next((title for m in chosen for name, _, title in m.lists if name == wanted), wanted)
        if argument == "_organisation":
            label = await value(datasette, "SELECT name FROM organisations WHERE id = ?", wanted) or wanted
        yield {
            "heading": _HEADINGS[argument],
            "label": label,
            "without": _address(request, {argument: None}),
        }


def _toggle(request: Request, argument: str, value: object, asked: dict[str, str]) -> str:
    changes: dict[str, object] = {argument: None if asked.get(argument) == str(value) else value}
    if argument == "_list":
        changes["_consent"] = None  # it was about the list chosen before
    return _address(request, changes)


def _address(request: Request, changes: dict[str, object]) -> str:
    from datasette.utils import path_with_replaced_args

    return str(path_with_replaced_args(request, {**changes, "_next": None, "_nocount": None}))


def _by_mixture(arguments: Iterable[str]) -> bool:
    """Whether the mixtures alone know how many there are."""
    return {*arguments} <= {*_MIXED, *_ASIDE}


def _by_search(arguments: Iterable[str]) -> bool:
    """Whether the index of names alone knows how many there are."""
    return {*arguments} <= {"_search", *_ASIDE}


def _by_issue(arguments: Iterable[str]) -> bool:
    """Whether the counts of mailings alone know how many there are."""
    return {*arguments} <= {"issue", *_ASIDE}


def _asked(request: Request) -> dict[str, str]:
    asked = {name: request.args[name] for name in _HEADINGS if request.args.get(name)}
    if "_list" not in asked:
        asked.pop("_consent", None)
    return asked
