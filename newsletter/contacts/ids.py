"""Which person an id means: the id of somebody who was merged leads to the one who stayed."""

from newsletter.database import Database


def person_of(db: Database, contact_id: int) -> int | None:
    """The id that the person with this id has now; None for nobody who is here."""
    row = db.one(
        "SELECT id FROM contacts WHERE id = ?1 UNION ALL "
        "SELECT contact_id FROM contact_aliases WHERE old_id = ?1",
        contact_id,
    )
    return int(row[0]) if row else None


def ids_of(db: Database, contact_id: int) -> list[int]:
    """The contact's id and those of the contacts that were merged into it."""
    old = db.conn.execute("SELECT old_id FROM contact_aliases WHERE contact_id = ?", (contact_id,))
    return [contact_id, *(row[0] for row in old)]
