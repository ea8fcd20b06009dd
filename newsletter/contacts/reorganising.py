"""Organisations changed: renamed, made one, removed; their people and all that hangs on them go along."""

from collections.abc import Callable, Mapping, Sequence

from newsletter.contacts.fields import BadField, lines, one_line
from newsletter.contacts.operations import counting, touching
from newsletter.contacts.organisations import checked_website, find_organisation
from newsletter.contacts.search import index_people
from newsletter.database import Database, transaction

#: What leads to an organisation beside its people: table -> the columns that do.
_LEADS = {
    "relationships": ("organisation_id", "to_organisation_id"),
    "engagement_organisations": ("organisation_id",),
    "stances": ("organisation_id",),
}
_CLEAN: Mapping[str, Callable[[str], str]] = {
    "name": lambda text: one_line(text, "name"),
    "kind": lambda text: one_line(text, "kind"),
    "website": checked_website,
    "notes": lambda text: lines(text, "notes"),
}


def edit_organisation(db: Database, name: str, values: Mapping[str, str]) -> None:
    """Change name, kind, website or notes; what is not named stays.

    Raises NoSuchOrganisation, or BadField for a name that is empty or another organisation's.
    """
    known = {column: _CLEAN[column](text) for column, text in values.items()}
    if known.get("name") == "":
        raise BadField("name: it is empty; an organisation is known by its name")
    with transaction(db):
        number = find_organisation(db, name).id
        if db.one("SELECT 1 FROM organisations WHERE name = ? AND id <> ?", known.get("name"), number):
            raise BadField(
                f"name: there is an organisation called {known['name']!r} already; `organisations merge` makes them one"
            )
        counting(db, "organisations")
        db.conn.execute(
            f"UPDATE organisations SET {', '.join(f'{column} = ?' for column in known)} WHERE id = ?",
            (*known.values(), number),
        )
        index_people(db, _people(db, number))


def merge_organisations(db: Database, keep: str, others: Sequence[str]) -> int:
    """Make other organisations part of one; how many people go along. Cannot be undone.

    Raises NoSuchOrganisation, or BadField where the one to keep is among the others.
    """
    with transaction(db):
        kept = find_organisation(db, keep).id
        moved = [find_organisation(db, other).id for other in others]
        if kept in moved or not moved:
            raise BadField("name one organisation to keep and at least one other")
        people = [person for number in moved for person in _people(db, number)]
        touching(db, people)
        counting(db, "organisations", len(moved))
        for number in dict.fromkeys(moved):
            _move(db, number, kept)
            db.conn.execute("DELETE FROM organisations WHERE id = ?", (number,))
        index_people(db, people)
    return len(set(people))


def remove_organisation(db: Database, name: str) -> int:
    """Remove an organisation; its people stay, and how many they are. Raises NoSuchOrganisation."""
    with transaction(db):
        number = find_organisation(db, name).id
        people = _people(db, number)
        touching(db, people)
        counting(db, "organisations")
        db.conn.execute("DELETE FROM organisations WHERE id = ?", (number,))
        index_people(db, people)
    return len(people)


def _move(db: Database, number: int, kept: int) -> None:
    ids = (kept, number)
    db.conn.execute(
        "INSERT INTO contact_organisations SELECT contact_id, ?1, position FROM contact_organisations "
        "WHERE organisation_id = ?2 ON CONFLICT DO UPDATE SET "
        "position = CASE position WHEN '' THEN excluded.position ELSE position END",
        ids,
    )
    for table, columns in _LEADS.items():
        for column in columns:
            db.conn.execute(f"UPDATE OR IGNORE {table} SET {column} = ?1 WHERE {column} = ?2", ids)
    # What the two were to each other is nothing that one can be to itself.
    db.conn.execute("DELETE FROM relationships WHERE organisation_id = to_organisation_id")
    db.conn.execute(
        "UPDATE organisations AS k SET kind = CASE k.kind WHEN '' THEN o.kind ELSE k.kind END, "
        "website = CASE k.website WHEN '' THEN o.website ELSE k.website END, "
        "notes = CASE WHEN o.notes = '' THEN k.notes WHEN k.notes = '' THEN o.notes "
        "ELSE k.notes || char(10) || o.notes END FROM organisations o WHERE k.id = ?1 AND o.id = ?2",
        ids,
    )


def _people(db: Database, number: int) -> list[int]:
    sql = "SELECT contact_id FROM contact_organisations WHERE organisation_id = ?"
    return [row[0] for row in db.conn.execute(sql, (number,))]
