"""How a person stands in an export of ours: as nested data, and as the cells of one row.

What belongs to somebody several times stands in one cell on lines of its own. Cells that belong
together (`roles`, `roles since`, `roles until`) have as many lines, and the lines go together: no
name has a line break in it, so that nothing needs to be escaped.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from newsletter.contacts.transfer.headings import OWN

#: A person as an export has them: texts, lists of texts, lists of mappings, and `fields`, a mapping.
Person = dict[str, Any]
ID = "newsletter id"
#: Heading -> key, for what is there once.
SINGLE: Mapping[str, str] = {
    ID: "id",
    "name": "name",
    "given name": "given_name",
    "email": "email",
    "language": "language",
    "format": "format",
    "subscriber": "subscriber",
    "postal address": "postal_address",
    "stop": "stop",
    "paused until": "paused_until",
    "notes": "notes",
    "added at": "added_at",
}
#: Heading -> (table, key), for what is there several times: '' for a plain list of texts.
SEVERAL: Mapping[str, tuple[str, str]] = {
    "other emails": ("other_emails", ""),
    "never to be written to": ("suppressed", ""),
    "organisations": ("organisations", "name"),
    "positions": ("organisations", "position"),
    "roles": ("roles", "role"),
    "roles since": ("roles", "since"),
    "roles until": ("roles", "until"),
    "tags": ("tags", ""),
    "lists": ("lists", "list"),
    "on the list since": ("lists", "member_since"),
    "standing": ("lists", "standing"),
    "standing since": ("lists", "since"),
    "agreed on": ("lists", "agreed_on"),
    "basis": ("lists", "basis"),
    "expires on": ("lists", "expires_on"),
    "channel": ("lists", "channel"),
    "source": ("lists", "source"),
    "wording": ("lists", "wording"),
    "wording fingerprint": ("lists", "wording_digest"),
}
_ORDER = (
    *(ID, "name", "given name", "email", "other emails", "organisations", "positions"),
    *("roles", "roles since", "roles until", "tags"),
)
#: Every heading, in the order of an export.
HEADINGS = (*_ORDER, *(name for name in (*SINGLE, *SEVERAL) if name not in _ORDER))


def headings_with(own: Iterable[str]) -> tuple[str, ...]:
    """Every heading of an export, with the team's own fields at the end."""
    return (*HEADINGS, *(OWN + name for name in own))


def cells_of(person: Person, headings: Sequence[str]) -> list[str]:
    """The cells of a person's row under these headings."""
    return [_cell(person, heading) for heading in headings]


def person_of(values: Mapping[str, str]) -> Person:
    """The person in a row, from its texts by heading; what there is no column for is empty."""
    person: Person = {key: values.get(heading, "") for heading, key in SINGLE.items()}
    tables: dict[str, list[tuple[str, list[str]]]] = {}
    for heading, (table, key) in SEVERAL.items():
        tables.setdefault(table, []).append((key, _lines(values.get(heading, ""))))
    for table, columns in tables.items():
        person[table] = _rows(columns)
    own = {name: text for name, text in values.items() if name.startswith(OWN) and text}
    person["fields"] = {name.removeprefix(OWN): text for name, text in own.items()}
    return person


def _cell(person: Person, heading: str) -> str:
    if heading in SINGLE:
        return str(person.get(SINGLE[heading], ""))
    if heading.startswith(OWN):
        return str(person.get("fields", {}).get(heading.removeprefix(OWN), ""))
    table, key = SEVERAL[heading]
    texts = [str(one.get(key, "") if key else one) for one in person.get(table, ())]
    return "\n".join(texts) if any(texts) else ""


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def _rows(columns: Sequence[tuple[str, list[str]]]) -> list[Any]:
    """Lines that stand beside each other as one; a line without its first text, a name, is none."""
    first_key, first = columns[0]
    if not first_key:
        return _texts(first)
    rows = []
    for place, name in enumerate(first):
        if name:
            rows.append({key: texts[place] if place < len(texts) else "" for key, texts in columns})
    return rows


def _texts(lines: Sequence[str]) -> list[str]:
    """A plain list of texts; one that goes with another (`suppressed`) keeps its empty lines."""
    return [*lines] if any(lines) else []
