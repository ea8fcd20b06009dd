"""The people of `people.yaml` beside the issue: looked up where a contact section only names them."""

from dataclasses import replace

from newsletter.errors import near
from newsletter.issue.composing import tree_of
from newsletter.issue.places import Place
from newsletter.issue.reading import Reading
from newsletter.issue.tree import ListNode, MapNode, Node, Scalar
from newsletter.issue.wording import clip

FILE_NAME = "people.yaml"


def with_people(section: MapNode, name: str, reading: Reading) -> MapNode:
    """The contact section with each name in `people:` replaced by the person of that name."""
    rows = section.entries.get("people")
    if not isinstance(rows, ListNode) or not any(isinstance(row, Scalar) for row in rows.items):
        return section
    known = _people(reading, rows.place, f"{name}.people")
    if known is None:
        return replace(section, entries={**section.entries, "people": ListNode((), rows.place)})
    found = (_person(row, f"{name}.people.{index}", known, reading) for index, row in enumerate(rows.items))
    people = ListNode(tuple(person for person in found if person), rows.place)
    return replace(section, entries={**section.entries, "people": people})


def people_known(reading: Reading) -> tuple[str, ...]:
    """The names in `people.yaml`; none where it is not there or cannot be read, which is no fault here."""
    if not (reading.folder / FILE_NAME).exists():
        return ()
    aside = Reading(reading.root, reading.folder)
    known = _people(aside, Place(FILE_NAME, 0), "") or {}
    titles = (_name_of(person) for person in known.values())
    return tuple(title.text.strip() for title in titles if title)


def _person(row: Node, name: str, known: dict[str, Node], reading: Reading) -> Node | None:
    if not isinstance(row, Scalar):
        return row
    by_case = {key.casefold(): person for key, person in known.items()}
    person = by_case.get(row.text.strip().casefold())
    if person is None:
        found = f"{clip(row.text)} is not in {FILE_NAME}{near(row.text[:60], known)}"
        reading.say(row.place, name, found, "add them there, or write name:, role:, email: here")
    return person


def _people(reading: Reading, place: Place, name: str) -> dict[str, Node] | None:
    path = reading.folder / FILE_NAME
    if not path.exists():
        wanted = f"make {reading.shown(path)} with the people's names, or write name:, role:, email: here"
        reading.say(place, name, f"names alone are looked up in {FILE_NAME}, which is not there", wanted)
        return None
    located = reading.locate(FILE_NAME, place, name)
    node = tree_of(reading, located, place, name) if located else None
    if isinstance(node, MapNode):
        return {key: _named(key, node.keys[key], value) for key, value in node.entries.items()}
    if isinstance(node, ListNode):
        return {title.text.strip(): row for row in node.items if (title := _name_of(row))}
    if node is not None:
        reading.say(
            node.place, "", "this file holds plain text", "write 'Name:' and under it role:, email:, phone:"
        )
    return None


def _name_of(row: Node) -> Scalar | None:
    title = row.entries.get("name") if isinstance(row, MapNode) else None
    return title if isinstance(title, Scalar) else None


def _named(key: str, place: Place, value: Node) -> Node:
    """The person under a key: the key is the name unless `name:` says it otherwise."""
    name = Scalar(key, place)
    if isinstance(value, MapNode):
        return MapNode({"name": name, **value.entries}, {"name": place, **value.keys}, place)
    return MapNode({"name": name}, {"name": place}, place) if value == Scalar("", value.place) else value
