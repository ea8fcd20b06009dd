"""People added, one or very many. Ids are random and never come back."""

import datetime as dt
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from newsletter.addresses import Address, parse_address
from newsletter.contacts import fields
from newsletter.contacts.dates import stamp
from newsletter.contacts.memberships import add_all_memberships
from newsletter.contacts.operations import adding
from newsletter.contacts.search import index_people
from newsletter.database import Database, transaction
from newsletter.tokens import address_key

_ID_BITS = 53  # what JavaScript and JSON readers hold exactly
_TAKEN = (
    "EXISTS (SELECT 1 FROM contacts WHERE id = w.value) "
    "OR EXISTS (SELECT 1 FROM contact_aliases WHERE old_id = w.value) "
    "OR EXISTS (SELECT 1 FROM consents WHERE contact_id = w.value)"
)
Draw = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class NewContact:
    """A person or shared mailbox as it is added; `email` is the primary address, '' where there is none.

    `subscriber` is 'individual' or 'corporate', `stop` '' or why nobody writes, `paused_until` a day.
    """

    email: str = ""
    name: str = ""
    given_name: str = ""
    other_emails: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    position: str = ""
    roles: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = ""
    format: str = "html"
    postal_address: str = ""
    subscriber: str = "individual"
    stop: str = ""
    paused_until: str = ""
    notes: str = ""


def add_contact(db: Database, contact: NewContact, now: dt.datetime, draw: Draw = secrets.randbits) -> int:
    """Add one contact; the id. Raises BadAddress, BadField or BadDate with nothing added."""
    known = checked(contact)
    with transaction(db):
        return insert_contacts(db, [(known, addresses_of(known))], now, draw)[0]


def checked(contact: NewContact) -> NewContact:
    """The contact with every field in its kept form. Raises BadField or BadDate."""
    kept: dict[str, Any] = {name: clean(getattr(contact, name)) for name, clean in fields.CLEAN.items()}
    for name, clean in fields.CLEAN_EACH.items():
        kept[name] = fields.distinct(getattr(contact, name), clean)
    return replace(contact, **kept)


def addresses_of(contact: NewContact) -> list[Address]:
    """The contact's addresses, each once, the primary one first. Raises BadAddress."""
    texts = (contact.email, *contact.other_emails)
    given = [parse_address(text, smtputf8=True) for text in texts if text.strip()]
    return list({address.normalised: address for address in reversed(given)}.values())[::-1]


def insert_contacts(
    db: Database,
    people: Sequence[tuple[NewContact, list[Address]]],
    now: dt.datetime,
    draw: Draw = secrets.randbits,
) -> list[int]:
    """Write checked contacts with all that hangs on them; their ids. To be called in a transaction."""
    ids = new_ids(db, len(people), draw)
    write_contacts(db, ids, people, now)
    return ids


def write_contacts(
    db: Database, ids: Sequence[int], people: Sequence[tuple[NewContact, list[Address]]], now: dt.datetime
) -> None:
    """Write checked contacts under ids that were drawn for them. To be called in a transaction."""
    at = stamp(now)
    adding(db, ids)
    db.conn.executemany(
        "INSERT INTO contacts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((number, *_row(contact), at, at) for number, (contact, _) in zip(ids, people, strict=True)),
    )
    db.conn.executemany(
        "INSERT INTO addresses (contact_id, email, normalised, address_key, is_primary) "
        "VALUES (?, ?, ?, ?, ?)",
        _address_rows(db, ids, people),
    )
    add_all_memberships(db, ids, [contact for contact, _ in people], at)
    index_people(db, ids, fresh=True)


def _address_rows(
    db: Database, ids: Iterable[int], people: Sequence[tuple[NewContact, list[Address]]]
) -> Iterator[tuple[object, ...]]:
    for number, (_, addresses) in zip(ids, people, strict=True):
        for place, address in enumerate(addresses):
            key = address_key(db.key, address.normalised)
            yield number, address.email, address.normalised, key, int(place == 0)


def new_ids(db: Database, count: int, draw: Draw = secrets.randbits) -> list[int]:
    """Ids in rising order that were never given to anybody, erased people included: the ledger remembers those."""
    found: set[int] = set()
    while len(found) < count:
        drawn = {number for number in (draw(_ID_BITS) for _ in range(count - len(found))) if number} - found
        taken = db.conn.execute(f"SELECT w.value FROM json_each(?) w WHERE {_TAKEN}", (json.dumps([*drawn]),))
        found |= drawn - {row[0] for row in taken}
    # In order: the rows of a large import then lie side by side, which is several times as fast.
    return sorted(found)


def _row(contact: NewContact) -> tuple[str, ...]:
    return (
        contact.name,
        contact.given_name,
        contact.language,
        contact.format,
        contact.postal_address,
        contact.subscriber,
        contact.stop,
        contact.paused_until,
        contact.notes,
    )
