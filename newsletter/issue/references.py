"""Publications that are named only, by DOI or key: filled in from the files of references."""

import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter.errors import near
from newsletter.issue.bibliography import Entry, as_text, read_entries
from newsletter.issue.csl import VARIABLES
from newsletter.issue.fields import bare_doi
from newsletter.issue.places import Place
from newsletter.issue.reading import Reading
from newsletter.issue.tree import ListNode, MapNode, Node, Scalar
from newsletter.issue.wording import clip

FILE_NAME = "references.json"
_LARGEST = 10 << 20


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where entries are looked up; None where a file is not there or could not be read."""

    named: bool
    own: list[Entry] | None
    common: list[Entry] | None


def with_references(section: MapNode, name: str, reading: Reading) -> MapNode:
    """The publications section with its entries filled in; what is written by hand stays."""
    rows = section.entries.get("items")
    if not isinstance(rows, ListNode):
        return section
    wanted = {key for row in rows.items for key in (_text(row, "ref"), bare_doi(_text(row, "doi"))) if key}
    sources = _Sources(
        named="references" in section.entries,
        own=_own_references(section, name, reading, wanted),
        common=_common_references(rows.place, name, reading, wanted),
    )
    items = tuple(_filled(row, f"{name}.items.{i}", sources, reading) for i, row in enumerate(rows.items))
    return replace(section, entries={**section.entries, "items": ListNode(items, rows.place)})


def _own_references(section: MapNode, name: str, reading: Reading, wanted: set[str]) -> list[Entry] | None:
    """The entries of the file that `references:` names; None where there is none or it is unusable."""
    text = _text(section, "references")
    if not text:
        return None
    place = section.keys["references"]
    path = reading.locate(text, place, f"{name}.references")
    return _entries(path, place, f"{name}.references", reading, wanted) if path else None


def _common_references(place: Place, name: str, reading: Reading, wanted: set[str]) -> list[Entry] | None:
    if not wanted or not (reading.folder / FILE_NAME).exists():
        return None
    path = reading.locate(FILE_NAME, place, name)
    return _entries(path, place, f"{name}.items", reading, wanted) if path else None


def _entries(path: Path, place: Place, name: str, reading: Reading, wanted: set[str]) -> list[Entry] | None:
    data = reading.bytes_of(path, _LARGEST, place, name)
    if data is None:
        return None
    entries = read_entries(data, path.suffix.lower(), wanted)
    if isinstance(entries, str):
        reading.say(place, name, f"{reading.shown(path)} {entries}", _mend(entries))
        return None
    return entries


def _mend(found: str) -> str:
    if "broken" in found or "line" in found:
        return "mend that place, or export the file anew from your reference manager"
    return "use .bib, .ris or CSL-JSON (.json)"


def _filled(row: Node, name: str, sources: _Sources, reading: Reading) -> Node:
    if not isinstance(row, MapNode):
        return row
    entry, ref, doi = None, _text(row, "ref"), bare_doi(_text(row, "doi"))
    if "csl" in row.entries:
        reading.say(row.keys["csl"], f"{name}.csl", "the key 'csl' is not known here", "delete it")
        return MapNode({key: node for key, node in row.entries.items() if key != "csl"}, row.keys, row.place)
    if ref:
        entry = next((other for other in sources.own or () if other.key == ref), None)
        if entry is None:
            return _unknown_ref(row, ref, f"{name}.ref", sources, reading)
    elif doi:
        both = [*(sources.own or ()), *(sources.common or ())]
        entry = next((other for other in both if other.doi.casefold() == doi.casefold()), None)
    if entry is None and not _text(row, "title"):
        _say_untitled(row, name, doi, reading)
    return _merged(row, entry, row.keys["ref" if ref else "doi"]) if entry else row


def _unknown_ref(row: MapNode, ref: str, name: str, sources: _Sources, reading: Reading) -> Node:
    place = row.keys["ref"]
    if sources.own is not None:
        hint = near(ref[:60], [entry.key for entry in sources.own])
        found = f"{clip(ref)} is no key of the section's references{hint}"
        reading.say(place, name, found, "correct the key")
    elif not sources.named:
        found = f"{clip(ref)} cannot be looked up, since the section names no references"
        reading.say(place, name, found, "name the file: references: refs.bib (also .ris, or CSL-JSON)")
    return row


def _say_untitled(row: MapNode, name: str, doi: str, reading: Reading) -> None:
    if doi:
        found = f"{clip(doi)} is not in {FILE_NAME} beside the issue"
        wanted = f"type `newsletter references add {shlex.quote(doi)}`, or write authors:, title:, year: here"
        reading.say(row.keys["doi"], f"{name}.doi", found, wanted)
    else:
        found = "the entry has no title and names no reference"
        reading.say(row.place, name, found, "write title: …, or doi: 10.… of an entry in references.json")


def _merged(row: MapNode, entry: Entry, place: Place) -> MapNode:
    """The row with what it leaves out taken from the entry; those fields stand where it was named."""
    given = {key for key in row.entries if _text(row, key) or not isinstance(row.entries[key], Scalar)}
    added: dict[str, Node] = {
        key: Scalar(value, place) for key, value in entry.fields.items() if key not in given
    }
    for key, names in (("authors", entry.authors), ("editors", entry.editors)):
        if names and key not in given:
            added[key] = ListNode(tuple(Scalar(name, place) for name in names), place)
    if given & {"journal", "book"}:
        added.pop("journal", None)
        added.pop("book", None)
    by_hand = {variable for key in given for variable in VARIABLES.get(key, ())} - {"DOI"}
    kept = {name: value for name, value in entry.csl.items() if name not in by_hand}
    added["csl"] = Scalar(as_text(kept), place)
    return MapNode({**row.entries, **added}, {**row.keys, **dict.fromkeys(added, place)}, row.place)


def _text(node: Node, key: str) -> str:
    value = node.entries.get(key) if isinstance(node, MapNode) else None
    return value.text.strip() if isinstance(value, Scalar) else ""
