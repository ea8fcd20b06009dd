"""What a row means for somebody who is in the database already: fills gaps, never undoes a withdrawal."""

from typing import Literal

from newsletter.contacts.fields import BadField
from newsletter.contacts.people import NewContact
from newsletter.contacts.transfer.lines import Given
from newsletter.database import Database

Outcome = Literal["record", "unchanged", "kept-withdrawn"]
_FILLED = ("name", "given_name", "language", "postal_address", "notes")


def match_person(db: Database, normalised: str, name: str) -> int | None:
    """The contact with this address, or None. Where several share it, the one of this name.

    Raises BadField where that does not tell them apart.
    """
    rows = db.conn.execute(
        "SELECT c.id, c.name FROM addresses a JOIN contacts c ON c.id = a.contact_id WHERE a.normalised = ?",
        (normalised,),
    ).fetchall()
    if len(rows) < 2:
        return rows[0]["id"] if rows else None
    named = [row["id"] for row in rows if row["name"].casefold() == name.casefold()]
    if len(named) != 1:
        raise BadField(f"email: {len(rows)} people share this address, and the name does not tell which")
    return int(named[0])


def fills_of(db: Database, contact_id: int, contact: NewContact) -> dict[str, str]:
    """The fields that are empty in the database and not in the file."""
    row = db.one(f"SELECT {', '.join(_FILLED)} FROM contacts WHERE id = ?", contact_id)
    if row is None:
        return {}
    return {name: getattr(contact, name) for name in _FILLED if getattr(contact, name) and not row[name]}


def would_join(db: Database, contact_id: int, contact: NewContact) -> bool:
    """Whether the file names an organisation, a role or a tag that this person does not have."""
    return any(
        db.one(sql, contact_id, value) is None
        for sql, values in (
            (_IN_ORGANISATION, contact.organisations),
            ("SELECT 1 FROM contact_roles WHERE contact_id = ? AND role = ?", contact.roles),
            ("SELECT 1 FROM contact_tags WHERE contact_id = ? AND tag = ?", contact.tags),
        )
        for value in values
    )


_IN_ORGANISATION = """
    SELECT 1 FROM contact_organisations co JOIN organisations o ON o.id = co.organisation_id
    WHERE co.contact_id = ? AND o.name = ?
"""


def consent_after(db: Database, contact_id: int, given: Given) -> Outcome:
    """Whether the ledger learns something new from the file.

    It does where nothing stands yet, where the basis was not known, or where people agreed again
    on a later day; so the same file again adds nothing. A withdrawal stays, whatever a file says.
    """
    row = db.one(
        "SELECT state, basis, since FROM subscriptions WHERE contact_id = ? AND list = ?",
        contact_id,
        given.list,
    )
    if row is None or row["state"] == "none":
        return "record"
    if row["state"] == "withdrawn":
        return "kept-withdrawn"
    if given.basis == "unknown":
        return "unchanged"
    if row["basis"] == "unknown" or row["state"] == "unconfirmed":
        return "record"
    return "record" if given.effective_at[:10] > row["since"][:10] else "unchanged"
