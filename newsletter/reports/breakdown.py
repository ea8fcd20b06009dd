"""The figures of mailings broken down by list, organisation or receiving domain."""

import json
import operator
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from newsletter.addresses import domain_of
from newsletter.reports.figures import COLUMNS, NAMES, Figures

By = Literal["list", "organisation", "domain"]
BY: tuple[By, ...] = ("list", "organisation", "domain")

#: So many rows are grouped at a time by SQLite, and their groups put together here: memory stays flat.
_STEP = 100_000
_ORGANISATION = """LEFT JOIN contact_aliases al ON al.old_id = d.contact_id
    LEFT JOIN contact_organisations co ON co.contact_id = coalesce(al.contact_id, d.contact_id)"""
_DOMAIN = "CASE WHEN d.channel = 'post' THEN '' ELSE substr(d.email, instr(d.email, '@') + 1) END"


@dataclass(frozen=True, slots=True)
class Group:
    """One list, organisation or domain: what it is called, its figures; `real` is False for those of none."""

    name: str
    figures: Figures
    real: bool = True


@dataclass(frozen=True, slots=True)
class _Way:
    """How to group: SQL for the key and what it needs, the keys that a value stands for, and their names."""

    key: str
    join: str
    keys: Callable[[str], Iterable[str]]
    names: Mapping[str, str]
    nameless: str


def break_down(conn: sqlite3.Connection, mailings: Sequence[int], by: By) -> list[Group]:
    """The groups of these mailings, the largest first.

    Somebody on two lists, or in two organisations, is counted in each: the groups may add up to more
    than there are messages. Which organisation somebody belongs to is asked of today.
    """
    way = _WAYS[by](conn)
    sums: dict[str, list[int]] = {}
    for mailing in mailings:
        for value, *counts in _grouped(conn, mailing, way):
            for key in way.keys(value):
                held = sums.setdefault(key, [0] * len(NAMES))
                held[:] = map(operator.add, held, counts)
    groups = [_group(way, key, Figures(*counts)) for key, counts in sums.items()]
    return sorted(groups, key=lambda one: (not one.real, -one.figures.candidates, one.name))


def _grouped(conn: sqlite3.Connection, mailing: int, way: _Way) -> Iterator[sqlite3.Row]:
    """Key and figures of each group, step by step along the rows; a group comes once a step."""
    first, last = conn.execute(
        "SELECT min(id), max(id) FROM deliveries WHERE mailing_id = ?", (mailing,)
    ).fetchone()
    sql = (
        f"SELECT {way.key}, {COLUMNS} FROM deliveries d LEFT JOIN returns r ON r.delivery_id = d.id {way.join} "
        "WHERE d.id BETWEEN ? AND ? AND +d.mailing_id = ? GROUP BY 1"
    )
    for begin in range(first, last + 1, _STEP) if first is not None else ():
        yield from conn.execute(sql, (begin, min(begin + _STEP - 1, last), mailing))


def _group(way: _Way, key: str, figures: Figures) -> Group:
    name = way.names.get(key) if way.names else key
    return Group(name or way.nameless, figures, bool(name))


def _by_list(conn: sqlite3.Connection) -> _Way:
    names = dict(map(tuple, conn.execute("SELECT list, name FROM lists")))
    return _Way("d.lists", "", lambda value: json.loads(value) or [""], names, "on no list that allows it")


def _by_organisation(conn: sqlite3.Connection) -> _Way:
    names = dict(map(tuple, conn.execute("SELECT CAST(id AS TEXT), name FROM organisations")))
    key = "coalesce(CAST(co.organisation_id AS TEXT), '')"
    return _Way(key, _ORGANISATION, lambda value: [value], names or {"": ""}, "no organisation")


def _by_domain(conn: sqlite3.Connection) -> _Way:
    # A quoted local part may have an @ of its own: the last one counts.
    return _Way(_DOMAIN, "", lambda value: [domain_of(value)], {}, "no address kept, or by post")


_WAYS: dict[By, Callable[[sqlite3.Connection], _Way]] = {
    "list": _by_list,
    "organisation": _by_organisation,
    "domain": _by_domain,
}
