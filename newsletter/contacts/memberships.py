"""What a contact belongs to: organisations by name, roles, tags."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Protocol

from newsletter.contacts import fields
from newsletter.contacts.dates import said, stamp
from newsletter.database import Database


class Belongs(Protocol):
    """Anything that names organisations, roles and tags."""

    @property
    def organisations(self) -> tuple[str, ...]: ...
    @property
    def position(self) -> str: ...
    @property
    def roles(self) -> tuple[str, ...]: ...
    @property
    def tags(self) -> tuple[str, ...]: ...


def add_memberships(db: Database, contact_id: int, belongs: Belongs, at: str) -> bool:
    """Put a contact into organisations (made where new), roles and tags; whether anything was new."""
    before = db.conn.total_changes
    for name in belongs.organisations:
        organisation = organisation_id(db, name, at)
        db.conn.execute(
            "INSERT OR IGNORE INTO contact_organisations VALUES (?, ?, ?)",
            (contact_id, organisation, belongs.position),
        )
    # A role that has ended is not taken up again by somebody's old file.
    db.conn.executemany(
        "INSERT INTO contact_roles SELECT ?1, ?2, '', '' WHERE NOT EXISTS "
        "(SELECT 1 FROM contact_roles WHERE contact_id = ?1 AND role = ?2)",
        [(contact_id, role) for role in belongs.roles],
    )
    db.conn.executemany(
        "INSERT OR IGNORE INTO contact_tags VALUES (?, ?)", [(contact_id, tag) for tag in belongs.tags]
    )
    return db.conn.total_changes > before


def add_all_memberships(db: Database, ids: Sequence[int], people: Sequence[Belongs], at: str) -> None:
    """As `add_memberships`, for many contacts that have none yet."""
    organisations = {name: organisation_id(db, name, at) for name in _names(people)}
    known = list(zip(ids, people, strict=True))
    for table, rows in (
        (
            "contact_organisations",
            [(i, organisations[name], p.position) for i, p in known for name in p.organisations],
        ),
        ("contact_roles", [(i, role, "", "") for i, p in known for role in p.roles]),
        ("contact_tags", [(i, tag) for i, p in known for tag in p.tags]),
    ):
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            db.conn.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", rows)


def _names(people: Iterable[Belongs]) -> dict[str, None]:
    return dict.fromkeys(name for person in people for name in person.organisations)


def organisation_id(db: Database, name: str, at: str) -> int:
    """The id of the organisation of this name, in whatever case; it is made where there is none."""
    row = db.one("SELECT id FROM organisations WHERE name = ?", name)
    if row:
        return int(row["id"])
    cursor = db.conn.execute("INSERT INTO organisations (name, created_at) VALUES (?, ?)", (name, at))
    return int(cursor.lastrowid or 0)


def join_organisation(db: Database, contact_id: int, name: str, position: str, now: dt.datetime) -> None:
    """Put a contact into an organisation; a position that is given takes the place of the old one."""
    organisation = organisation_id(db, fields.one_line(name, "organisation"), stamp(now))
    db.conn.execute(
        "INSERT INTO contact_organisations VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
        "position = CASE excluded.position WHEN '' THEN position ELSE excluded.position END",
        (contact_id, organisation, fields.one_line(position, "position")),
    )


def leave_organisation(db: Database, contact_id: int, name: str) -> None:
    """Take a contact out of an organisation. Raises BadField where they are not in it."""
    cursor = db.conn.execute(
        "DELETE FROM contact_organisations WHERE contact_id = ? AND organisation_id = "
        "(SELECT id FROM organisations WHERE name = ?)",
        (contact_id, name.strip()),
    )
    if not cursor.rowcount:
        raise fields.BadField(f"organisation: this contact does not belong to {name!r}")


def take_role(db: Database, contact_id: int, role: str, since: str, *, today: str) -> None:
    """Give a contact a role from a day on ('' = today); where they play it already, that day is set where one is said."""
    known = fields.role(role)
    if not known:
        return
    if not _has_role(db, contact_id, known):
        row = (contact_id, known, since or today)
        db.conn.execute("INSERT OR REPLACE INTO contact_roles VALUES (?, ?, ?, '')", row)
    elif since:
        db.conn.execute(
            "UPDATE OR REPLACE contact_roles SET since = ? WHERE contact_id = ? AND role = ? AND until = ''",
            (since, contact_id, known),
        )


def end_role(db: Database, contact_id: int, role: str, until: str) -> None:
    """End a role on a day; that it was played stays known.

    Raises BadField where it is not played, or began after that day.
    """
    known = fields.role(role)
    later = "SELECT since FROM contact_roles WHERE contact_id = ? AND role = ? AND until = '' AND since > ?"
    if row := db.one(later, contact_id, known, until):
        raise fields.BadField(f"role: {role!r} began on {said(row[0])}, so it cannot end on {said(until)}")
    cursor = db.conn.execute(
        "UPDATE contact_roles SET until = ? WHERE contact_id = ? AND role = ? AND until = ''",
        (until, contact_id, known),
    )
    if not cursor.rowcount:
        raise fields.BadField(f"role: this contact has no role {role!r}")


def add_tags(db: Database, contact_id: int, tags: Iterable[str]) -> None:
    """Give a contact tags; those they have stay."""
    rows = [(contact_id, fields.one_line(tag, "tag")) for tag in tags]
    db.conn.executemany("INSERT OR IGNORE INTO contact_tags VALUES (?, ?)", rows)


def remove_tags(db: Database, contact_id: int, tags: Sequence[str]) -> None:
    """Take tags from a contact. Raises BadField for one that they do not have."""
    for tag in tags:
        sql = "DELETE FROM contact_tags WHERE contact_id = ? AND tag = ?"
        if not db.conn.execute(sql, (contact_id, tag.strip())).rowcount:
            raise fields.BadField(f"tag: this contact has no tag {tag!r}")


def _has_role(db: Database, contact_id: int, role: str) -> bool:
    sql = "SELECT 1 FROM contact_roles WHERE contact_id = ? AND role = ? AND until = ''"
    return db.one(sql, contact_id, role) is not None
