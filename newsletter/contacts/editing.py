"""Change one person: fields, addresses, organisations, roles and tags, in one transaction."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from newsletter.addresses import normalise, parse_address
from newsletter.contacts import fields, memberships
from newsletter.contacts.dates import stamp, today_utc
from newsletter.contacts.operations import touching
from newsletter.contacts.search import index_people
from newsletter.database import Database, transaction
from newsletter.tokens import address_key

#: The fields that `Changes.fields` may name.
EDITABLE = tuple(name for name in fields.CLEAN if name != "position")


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to change of a contact. `fields` holds new values by column; what is not named stays.

    `role_since` and `role_until` are the days for the roles taken and ended ('' = today); `own` holds
    checked values of the team's own fields, '' to forget one.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    add_emails: tuple[str, ...] = ()
    remove_emails: tuple[str, ...] = ()
    primary: str = ""
    join: tuple[str, ...] = ()
    position: str = ""
    leave: tuple[str, ...] = ()
    take_roles: tuple[str, ...] = ()
    end_roles: tuple[str, ...] = ()
    role_since: str = ""
    role_until: str = ""
    own: Mapping[str, str] = field(default_factory=dict)
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()


def edit_contact(db: Database, contact_id: int, changes: Changes, now: dt.datetime) -> None:
    """Make the changes, all or none. Raises BadField, BadDate or BadAddress."""
    with transaction(db):
        touching(db, [contact_id])
        _set_fields(db, contact_id, changes.fields, now)
        for email in changes.add_emails:
            add_address(db, contact_id, email)
        if changes.primary:
            make_primary(db, contact_id, changes.primary)
        for email in changes.remove_emails:
            remove_address(db, contact_id, email)
        _belong(db, contact_id, changes, now)
        index_people(db, [contact_id])


def add_address(db: Database, contact_id: int, email: str) -> None:
    """Add an address; the first one is the primary. Nothing happens where they have it already."""
    address = parse_address(email, smtputf8=True)
    primary = db.one("SELECT 1 FROM addresses WHERE contact_id = ? AND is_primary = 1", contact_id) is None
    key = address_key(db.key, address.normalised)
    db.conn.execute(
        "INSERT OR IGNORE INTO addresses (contact_id, email, normalised, address_key, is_primary) "
        "VALUES (?, ?, ?, ?, ?)",
        (contact_id, address.email, address.normalised, key, int(primary)),
    )


def make_primary(db: Database, contact_id: int, email: str) -> None:
    """Write to this address from now on; it is added where they do not have it."""
    add_address(db, contact_id, email)
    db.conn.execute("UPDATE addresses SET is_primary = 0 WHERE contact_id = ?", (contact_id,))
    db.conn.execute(
        "UPDATE addresses SET is_primary = 1 WHERE contact_id = ? AND normalised = ?",
        (contact_id, normalise(email)),
    )


def remove_address(db: Database, contact_id: int, email: str) -> None:
    """Forget an address; where it was the primary one, the oldest of the others takes its place.

    Raises BadField where they do not have it.
    """
    cursor = db.conn.execute(
        "DELETE FROM addresses WHERE contact_id = ? AND normalised = ?", (contact_id, normalise(email))
    )
    if not cursor.rowcount:
        raise fields.BadField(f"email: this contact does not have the address {email!r}")
    db.conn.execute(
        "UPDATE addresses SET is_primary = 1 WHERE id = (SELECT min(id) FROM addresses WHERE contact_id = ?1) "
        "AND NOT EXISTS (SELECT 1 FROM addresses WHERE contact_id = ?1 AND is_primary = 1)",
        (contact_id,),
    )


def keep_own_fields(db: Database, contact_id: int, own: Mapping[str, str]) -> None:
    """Keep checked values of the team's own fields; '' forgets one."""
    for name, text in own.items():
        db.conn.execute("DELETE FROM contact_fields WHERE contact_id = ? AND field = ?", (contact_id, name))
        if text:
            db.conn.execute("INSERT INTO contact_fields VALUES (?, ?, ?)", (contact_id, name, text))


def _set_fields(db: Database, contact_id: int, values: Mapping[str, str], now: dt.datetime) -> None:
    known = {name: fields.CLEAN[name](text) for name, text in values.items()}
    columns = "".join(f"{name} = ?, " for name in known)
    db.conn.execute(
        f"UPDATE contacts SET {columns}updated_at = ? WHERE id = ?",
        (*known.values(), stamp(now), contact_id),
    )


def _belong(db: Database, contact_id: int, changes: Changes, now: dt.datetime) -> None:
    for name in changes.leave:
        memberships.leave_organisation(db, contact_id, name)
    for name in changes.join:
        memberships.join_organisation(db, contact_id, name, changes.position, now)
    for role in changes.end_roles:
        memberships.end_role(db, contact_id, role, changes.role_until or today_utc(now))
    for role in changes.take_roles:
        memberships.take_role(db, contact_id, role, changes.role_since, today=today_utc(now))
    keep_own_fields(db, contact_id, changes.own)
    memberships.remove_tags(db, contact_id, changes.remove_tags)
    memberships.add_tags(db, contact_id, changes.add_tags)
