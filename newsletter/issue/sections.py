"""An issue's sections in their order, those from other files put where `include:` names them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from newsletter.issue.composing import tree_of
from newsletter.issue.places import Place
from newsletter.issue.reading import Reading
from newsletter.issue.tree import ListNode, MapNode, Node, Scalar

_MOST = 200
_DEEPEST = 5


def with_sections(issue: MapNode, reading: Reading, path: Path) -> MapNode:
    """The issue's tree with every `include:` replaced by the sections of the file it names."""
    rows = issue.entries.get("sections")
    if not isinstance(rows, ListNode):
        return issue
    sections: list[Node] = []
    for section in _expanded(rows, "sections", reading, (path.resolve(),)):
        if len(sections) == _MOST:
            reading.say(section.place, "sections", f"there are more than {_MOST} sections", "split the issue")
            break
        sections.append(section)
    return replace(issue, entries={**issue.entries, "sections": ListNode(tuple(sections), rows.place)})


def _expanded(rows: ListNode, name: str, reading: Reading, chain: tuple[Path, ...]) -> Iterator[Node]:
    for index, row in enumerate(rows.items):
        if isinstance(row, MapNode) and "include" in row.entries:
            yield from _included(row, f"{name}.{index}.include", reading, chain)
        else:
            yield row


def _included(row: MapNode, name: str, reading: Reading, chain: tuple[Path, ...]) -> Iterator[Node]:
    place, named = row.keys["include"], row.entries["include"]
    for other in row.entries.keys() - {"include"}:
        wanted = "move it into that file; include: stands alone"
        reading.say(row.keys[other], name, f"{other}: stands beside include:", wanted)
    if not isinstance(named, Scalar) or not named.text.strip():
        reading.say(place, name, "no file is named", "write include: acknowledgements.yaml")
        return
    path = reading.locate(named.text.strip(), place, name)
    if path is None or _refused(path, place, name, reading, chain):
        return
    node = tree_of(reading, path, place, name)
    if isinstance(node, Scalar):
        wanted = "write one section's keys, or a list of sections"
        reading.say(node.place, name, "the file holds plain text", wanted)
    elif node is not None:
        rows = node if isinstance(node, ListNode) else ListNode((node,), node.place)
        yield from _expanded(rows, name.removesuffix(".include"), reading, (*chain, path))


def _refused(path: Path, place: Place, name: str, reading: Reading, chain: tuple[Path, ...]) -> bool:
    if path.suffix not in {".yaml", ".yml"}:
        reading.say(place, name, f"{reading.shown(path)} is no .yaml file", "name a file that holds sections")
        return True
    if path in chain:
        way = " → ".join(reading.shown(step) for step in (*chain, path))
        reading.say(place, name, f"the file includes itself ({way})", "delete one of these lines")
        return True
    if len(chain) > _DEEPEST:
        found = f"includes lie more than {_DEEPEST} deep"
        reading.say(place, name, found, "name the file in the issue itself")
        return True
    return False
