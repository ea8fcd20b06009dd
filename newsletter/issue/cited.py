"""The publications that an issue names, read without asking whether the issue is whole."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from newsletter.issue.composing import tree_of
from newsletter.issue.csl import notices_of
from newsletter.issue.fields import bare_doi
from newsletter.issue.places import Place
from newsletter.issue.reading import Reading
from newsletter.issue.references import with_references
from newsletter.issue.sections import with_sections
from newsletter.issue.tree import ListNode, MapNode, Node, Scalar


@dataclass(frozen=True, slots=True)
class Cited:
    """One item of a publications section: where it stands and what it says of itself.

    `notices` are those of its record, wherever that was looked up, or of its title (see notices_of);
    `allowed` are the findings that the issue allows there, each with the reason.
    """

    place: Place
    field: str
    doi: str
    ref: str
    title: str
    summary: str
    notices: tuple[tuple[str, str], ...]
    allowed: Mapping[str, str]


def cited_in(path: Path, root: Path) -> list[Cited]:
    """Every publication of the issue at `path`, in its order; what cannot be read is left out."""
    reading = Reading(root.resolve(), path.parent.resolve())
    start = Place(reading.shown(path), 0)
    located = reading.locate_issue(path, start)
    tree = tree_of(reading, located, start, "") if located else None
    return list(_items(with_sections(tree, reading, path), reading)) if isinstance(tree, MapNode) else []


def _items(tree: MapNode, reading: Reading) -> Iterator[Cited]:
    for number, section in enumerate(_list(tree, "sections")):
        if not isinstance(section, MapNode) or _text(section, "type") != "publications":
            continue
        name, allowed = f"sections.{number}", _allowed(tree) | _allowed(section)
        for index, row in enumerate(_list(with_references(section, name, reading), "items")):
            if isinstance(row, MapNode):
                yield _cited(row, f"{name}.items.{index}", allowed)


def _cited(row: MapNode, name: str, allowed: Mapping[str, str]) -> Cited:
    record = json.loads(_text(row, "csl") or "{}")
    title = _text(row, "title")
    return Cited(
        place=row.keys.get("doi") or row.keys.get("ref") or row.place,
        field=name,
        doi=bare_doi(_text(row, "doi")),
        ref=_text(row, "ref"),
        title=title,
        summary=_text(row, "summary"),
        notices=tuple(notices_of({"title": title} | record)),
        allowed=allowed,
    )


def _allowed(node: MapNode) -> dict[str, str]:
    return {_text(row, "check"): _text(row, "reason") for row in _list(node, "allow") if _text(row, "reason")}


def _list(node: Node, key: str) -> tuple[Node, ...]:
    rows = node.entries.get(key) if isinstance(node, MapNode) else None
    return rows.items if isinstance(rows, ListNode) else ()


def _text(node: Node, key: str) -> str:
    """The text under `key`; of one that is written in several languages all of them."""
    value = node.entries.get(key) if isinstance(node, MapNode) else None
    if isinstance(value, MapNode):
        return " ".join(row.text.strip() for row in value.entries.values() if isinstance(row, Scalar))
    return value.text.strip() if isinstance(value, Scalar) else ""
