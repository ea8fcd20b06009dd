"""A person as they are kept, as plain data: taken, compared, and put back as it was."""

import json
from collections.abc import Mapping, Sequence

from newsletter.contacts.search import index_people
from newsletter.database import Database

#: 'contact' -> the row; each other table -> its rows, sorted.
Image = dict[str, object]

#: What hangs on a contact and is put back with it: table -> its columns beside `contact_id`.
#: Where a person stands with a list is not here: the ledger leads to it.
PARTS: Mapping[str, tuple[str, ...]] = {
    "addresses": ("email", "normalised", "address_key", "is_primary"),
    "contact_organisations": ("organisation_id", "position"),
    "contact_roles": ("role", "since", "until"),
    "contact_tags": ("tag",),
    "contact_fields": ("field", "value"),
    "list_members": ("list", "added_at"),
}
_COLUMNS = (
    "name",
    "given_name",
    "language",
    "format",
    "postal_address",
    "subscriber",
    "stop",
    "paused_until",
    "notes",
    "created_at",
)


def images_of(db: Database, contact_ids: Sequence[int]) -> dict[int, Image]:
    """These people as they are kept; those who are not there are left out."""
    wanted = json.dumps([*contact_ids])
    columns = ", ".join(f"c.{name}" for name in ("id", *_COLUMNS))
    rows = db.conn.execute(
        f"SELECT {columns} FROM json_each(?) w JOIN contacts c ON c.id = w.value", (wanted,)
    )
    images: dict[int, Image] = {row[0]: {"contact": list(row[1:])} for row in rows}
    for table, names in PARTS.items():
        found: dict[int, list[list[object]]] = {}
        chosen = ", ".join(f"t.{name}" for name in names)
        for row in db.conn.execute(
            f"SELECT t.contact_id, {chosen} FROM json_each(?) w "
            f"JOIN {table} t ON t.contact_id = w.value ORDER BY {chosen}",
            (wanted,),
        ):
            found.setdefault(row[0], []).append(list(row[1:]))
        for number, image in images.items():
            image[table] = found.get(number, [])
    return images


def as_text(image: Image) -> str:
    """An image as canonical JSON: the same person, the same text."""
    return json.dumps(image, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def differing(before: str, after: Image) -> list[str]:
    """The names of what differs: columns of the contact, and tables that hang on it."""
    was = json.loads(before)
    columns = [
        name
        for name, old, new in zip(_COLUMNS, was["contact"], after["contact"], strict=True)  # type: ignore[call-overload]
        if old != new
    ]
    return columns + [table for table in PARTS if was.get(table, []) != after[table]]


def put_back(db: Database, contact_id: int, image: Mapping[str, object], at: str) -> None:
    """Make a person what the image says, whatever they are now. To be called in a transaction."""
    marks = ", ".join("?" * (len(_COLUMNS) + 2))
    updates = ", ".join(f"{name} = excluded.{name}" for name in (*_COLUMNS, "updated_at"))
    db.conn.execute(
        f"INSERT INTO contacts (id, {', '.join(_COLUMNS)}, updated_at) VALUES ({marks}) "
        f"ON CONFLICT (id) DO UPDATE SET {updates}",
        (contact_id, *image["contact"], at),  # type: ignore[misc]
    )
    for table, columns in PARTS.items():
        db.conn.execute(f"DELETE FROM {table} WHERE contact_id = ?", (contact_id,))
        row_marks = ", ".join("?" * (len(columns) + 1))
        db.conn.executemany(
            f"INSERT INTO {table} (contact_id, {', '.join(columns)}) VALUES ({row_marks})",
            [(contact_id, *row) for row in image.get(table, [])],  # type: ignore[attr-defined]
        )
    index_people(db, [contact_id])
