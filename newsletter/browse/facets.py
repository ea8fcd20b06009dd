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
from newsletter.browse.hooks import DATABASE, Datasette, Request, browser_of, hook, rows

_TABLE = "people"
#: Above so many, people are read in the order of their names until a page is full; below, each is looked up.
_MANY = 20_000
#: Organisations are counted among so many people at most.
_FEW = 10_000
_MIXED = ("_list", "_consent", "_role", "standing")
#: What may stand in the address while the mixtures alone know how many there are.
_COUNTED_BY_MIXTURE = {*_MIXED, "_next", "_sort", "_sort_desc", "_facet_size"}


@dataclass(frozen=True, slots=True)
class Mixture:
    """Standing, roles and lists (name, words, title) that so many people have in common."""

    id: int
    standing: str
    roles: tuple[str, ...]
    lists: tuple[tuple[str, str, str], ...]
    people: int


@hook
def filters_from_request(request: Request, database: str, table: str, datasette: Datasette) -> object:
    """The conditions that the address of the people page asks for, and how to take each away."""
    if not (browser_of(datasette) and database == DATABASE and table == _TABLE):
        return None

    async def conditions() -> object:
        from datasette.filters import FilterArguments

        asked = _asked(request)
        chosen = [mixture for mixture in await mixtures(datasette) if _fits(mixture, asked)]
        clauses, parameters = _conditions(asked, chosen)
        context = {
            "chosen": [chip async for chip in _chips(datasette, request, asked, chosen)],
            "exact_count": sum(mixture.people for mixture in chosen) if _by_mixture(request.args) else None,
        }
        return FilterArguments(clauses, parameters, extra_context=context)

    return conditions


def uncounted(scope: MutableMapping[str, Any], path: str) -> MutableMapping[str, Any]:
    """The request, with Datasette's own counting turned off where the mixtures know the count."""
    query = scope.get("query_string", b"").decode("latin-1")
    if path != f"/{DATABASE}/{_TABLE}" or not _by_mixture(name for name, _ in parse_qsl(query)):
        return scope
    return dict(scope, query_string=f"{query}&_nocount=1".lstrip("&").encode("latin-1"))


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
        held = await count_values(facet, "mixture")
        if held is None:
            return [], ["Lists and roles"]
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
    for argument, value in asked.items():
        if argument == "standing":
            continue
        label = value
        if argument == "_list":
            label = next((title for m in chosen for name, _, title in m.lists if name == value), value)
        if argument == "_organisation":
            found = await rows(datasette, "SELECT name FROM organisations WHERE id = ?", value)
            label = str(found[0][0]) if found else value
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
    return {*arguments} <= _COUNTED_BY_MIXTURE | {"_nocount"}


def _asked(request: Request) -> dict[str, str]:
    asked = {name: request.args[name] for name in _HEADINGS if request.args.get(name)}
    if "_list" not in asked:
        asked.pop("_consent", None)
    return asked
