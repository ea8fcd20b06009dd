"""The publications that an issue names, read without asking whether the issue is whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from newsletter.issue.composing import tree_of
from newsletter.issue.fields import bare_doi
from newsletter.issue.places import Place
from newsletter.issue.reading import Reading
from newsletter.issue.sections import with_sections
from newsletter.issue.tree import ListNode, MapNode, Node, Scalar


@dataclass(frozen=True, slots=True)
class Cited:
    """One item of a publications section: where it stands and what it says of itself."""

    place: Place
    field: str
    doi: str
    ref: str
    titled: bool


def cited_in(path: Path, root: Path) -> list[Cited]:
    """Every publication of the issue at `path`, in its order; what cannot be read is left out."""
    reading = Reading(root.resolve(), path.parent.resolve())
    start = Place(reading.shown(path), 0)
    located = reading.locate_issue(path, start)
    tree = tree_of(reading, located, start, "") if located else None
    return list(_items(with_sections(tree, reading, path))) if isinstance(tree, MapNode) else []


def _items(tree: MapNode) -> Iterator[Cited]:
    for number, section in enumerate(_list(tree, "sections")):
        if _text(section, "type") != "publications":
            continue
        for index, row in enumerate(_list(section, "items")):
            if isinstance(row, MapNode):
                name = f"sections.{number}.items.{index}"
                doi, ref = bare_doi(_text(row, "doi")), _text(row, "ref")
                place = row.keys.get("doi") or row.keys.get("ref") or row.place
                yield Cited(place, name, doi, ref, bool(_text(row, "title")))


def _list(node: Node, key: str) -> tuple[Node, ...]:
    rows = node.entries.get(key) if isinstance(node, MapNode) else None
    return rows.items if isinstance(rows, ListNode) else ()


def _text(node: Node, key: str) -> str:
    value = node.entries.get(key) if isinstance(node, MapNode) else None
    return value.text.strip() if isinstance(value, Scalar) else ""
