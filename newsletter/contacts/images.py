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
    "contact_aliases": ("old_id", "merged_at"),
    "engagement_contacts": ("engagement_id",),
}
#: What a part leads to, and may be gone when it is put back: table -> where its first column leads.
_LEADS = {"contact_organisations": "organisations", "engagement_contacts": "engagements"}
RELATIONSHIPS = "relationships"
_ENDS = ("contact_id", "organisation_id", "to_contact_id", "to_organisation_id")
_RELATIONSHIP = ("id", *_ENDS, "kind", "since", "until", "note", "created_at")
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
        f"SELECT {columns} FROM json_each(?) w CROSS JOIN contacts c ON c.id = w.value", (wanted,)
    )
    images: dict[int, Image] = {row[0]: {"contact": list(row[1:])} for row in rows}
    for table, names in PARTS.items():
        chosen = ", ".join(f"t.{name}" for name in names)
        sql = (
            f"SELECT t.contact_id, {chosen} FROM json_each(?1) w "
            f"CROSS JOIN {table} t ON t.contact_id = w.value ORDER BY {chosen}"
        )
        _add_part(db, images, table, (sql, wanted))
    chosen = ", ".join(f"t.{name}" for name in _RELATIONSHIP)
    halves = (
        f"SELECT w.value, {chosen} FROM json_each(?1) w CROSS JOIN relationships t ON t.{end} = w.value"
        for end in ("contact_id", "to_contact_id")
    )
    _add_part(db, images, RELATIONSHIPS, (" UNION ".join(halves) + " ORDER BY 2", wanted))
    return images


def _add_part(db: Database, images: dict[int, Image], name: str, query: tuple[str, str]) -> None:
    sql, wanted = query
    for image in images.values():
        image[name] = []
    for row in db.conn.execute(sql, (wanted,)):
        if row[0] in images:
            images[row[0]][name].append(list(row[1:]))  # type: ignore[attr-defined]


def as_text(image: Image) -> str:
    """An image as canonical JSON: the same person, the same text; parts that are empty are left out."""
    full = {name: rows for name, rows in image.items() if rows}
    return json.dumps(full, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def stops_more(image: Image, than: Image) -> bool:
    """Whether the person of this image is stopped, or paused for longer, and the one of the other is not."""
    stop, pause = ((_of(image, name), _of(than, name)) for name in ("stop", "paused_until"))
    return bool(stop[0] and not stop[1]) or pause[0] > pause[1]


def _of(image: Image, column: str) -> str:
    return str(image["contact"][_COLUMNS.index(column)])  # type: ignore[index]


def described(text: str) -> dict[str, object]:
    """A kept image with its columns by name, for the person whom it is of; others' are left out."""
    image = json.loads(text)
    told: dict[str, object] = dict(zip(_COLUMNS, image["contact"], strict=False))
    for table, columns in PARTS.items():
        told[table] = [dict(zip(columns, row, strict=False)) for row in image.get(table, [])]
    return told


def differing(before: str, after: Image) -> list[str]:
    """The names of what differs: columns of the contact, and tables that hang on it."""
    was = json.loads(before)
    columns = [
        name
        for name, old, new in zip(_COLUMNS, was["contact"], after["contact"], strict=True)  # type: ignore[call-overload]
        if old != new
    ]
    parts = (*PARTS, RELATIONSHIPS)
    return columns + [table for table in parts if was.get(table, []) != after[table]]


def put_back(db: Database, images: Mapping[int, Mapping[str, object]], at: str) -> None:
    """Make people what their images say, whatever they are now. To be called in a transaction.

    What an image leads to and is gone since (an organisation, the other end of a relationship) is passed over.
    """
    wanted = json.dumps([*images])
    marks = ", ".join("?" * (len(_COLUMNS) + 2))
    updates = ", ".join(f"{name} = excluded.{name}" for name in (*_COLUMNS, "updated_at"))
    db.conn.executemany(
        f"INSERT INTO contacts (id, {', '.join(_COLUMNS)}, updated_at) VALUES ({marks}) "
        f"ON CONFLICT (id) DO UPDATE SET {updates}",
        [(number, *image["contact"], at) for number, image in images.items()],  # type: ignore[misc]
    )
    for table, columns in PARTS.items():
        rows = [(number, *row) for number, image in images.items() for row in image.get(table, [])]  # type: ignore[attr-defined]
        _put_back_part(db, (table, columns), rows, wanted)
    _put_back_relationships(db, images, wanted)
    index_people(db, [*images])


def _put_back_part(
    db: Database, part: tuple[str, tuple[str, ...]], rows: list[tuple[object, ...]], wanted: str
) -> None:
    table, columns = part
    db.conn.execute(f"DELETE FROM {table} WHERE contact_id IN (SELECT value FROM json_each(?))", (wanted,))
    marks = ", ".join(f"?{place}" for place in range(1, len(columns) + 2))
    there = f"EXISTS (SELECT 1 FROM {_LEADS[table]} WHERE id = ?2)" if table in _LEADS else "true"
    # An old id leads to one person only: to whom it leads now is what is put back.
    db.conn.executemany(
        f"INSERT OR REPLACE INTO {table} (contact_id, {', '.join(columns)}) SELECT {marks} WHERE {there}",
        rows,
    )


def _put_back_relationships(db: Database, images: Mapping[int, Mapping[str, object]], wanted: str) -> None:
    for end in ("contact_id", "to_contact_id"):
        db.conn.execute(
            f"DELETE FROM relationships WHERE {end} IN (SELECT value FROM json_each(?))", (wanted,)
        )
    marks = ", ".join(f"?{place}" for place in range(1, len(_RELATIONSHIP) + 1))
    tables = ("contacts", "organisations", "contacts", "organisations")
    there = " AND ".join(
        f"(?{place} IS NULL OR EXISTS (SELECT 1 FROM {table} WHERE id = ?{place}))"
        for place, table in enumerate(tables, 2)
    )
    # Both ends have it in their image.
    rows = {row[0]: row for image in images.values() for row in image.get(RELATIONSHIPS, [])}  # type: ignore[attr-defined]
    db.conn.executemany(
        f"INSERT OR REPLACE INTO relationships ({', '.join(_RELATIONSHIP)}) SELECT {marks} WHERE {there}",
        list(rows.values()),
    )
