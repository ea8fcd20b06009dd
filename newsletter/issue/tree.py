"""An issue file as a tree of texts, lists and groups, each knowing its line; nothing is typed yet."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from newsletter.issue.places import Place


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text; `block` where its lines stand as they are (`|`), from the line after `place` on."""

    text: str
    place: Place
    block: bool = False


@dataclass(frozen=True, slots=True)
class ListNode:
    items: "tuple[Node, ...]"
    place: Place


@dataclass(frozen=True, slots=True)
class MapNode:
    """A group of keys; `keys` holds the place of each key."""

    entries: "dict[str, Node]"
    keys: dict[str, Place]
    place: Place


Node = Scalar | ListNode | MapNode


def plain(node: Node) -> Any:
    """The tree as dicts, lists and texts; keys without a value are left out, as if not written."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.entries.items() if not _is_empty(value)}


def places(node: Node, name: str = "") -> Iterator[tuple[str, Place]]:
    """Every field's dotted path, such as `sections.2.items.0.doi`, with its place."""
    if not name:
        yield "", node.place
    if isinstance(node, ListNode):
        inner = [(str(index), item.place, item) for index, item in enumerate(node.items)]
    elif isinstance(node, MapNode):
        inner = [(key, node.keys[key], value) for key, value in node.entries.items()]
    else:
        return
    for step, place, value in inner:
        full = f"{name}.{step}" if name else step
        yield full, place
        yield from places(value, full)


def at(node: Node, location: Iterable[object]) -> Node | None:
    """The node that lies at `location`, a row of keys and indexes."""
    for step in location:
        if isinstance(node, MapNode) and step in node.entries:
            node = node.entries[str(step)]
        elif isinstance(node, ListNode) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            return None
    return node


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and not node.text.strip()
