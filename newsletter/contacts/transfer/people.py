"""A staged row as the person it stands for."""

import json
import sqlite3
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from newsletter.addresses import Address, parse_address
from newsletter.contacts.people import NewContact
from newsletter.contacts.transfer.agreements import Given, agreements
from newsletter.contacts.transfer.existing import Change


@dataclass(slots=True)
class Person:
    """Somebody in the file: all their rows together, and what is to be done with them.

    `contact_id` is None for somebody new; `changes` are those of somebody known, beside consents;
    `suppress` is why nobody may write to this address again.
    """

    line: int
    contact: NewContact
    address: Address
    given: dict[str, Given]
    key: str
    contact_id: int | None = None
    changes: list[Change] = field(default_factory=list)
    own: dict[str, str] = field(default_factory=dict)
    others: list[Address] = field(default_factory=list)
    fate: str = "added"
    suppress: str = ""
    ours: dict[str, Any] = field(default_factory=dict)


def person_of(row: sqlite3.Row) -> Person:
    """The person in a staged row."""
    contact = NewContact(
        email=row["email"],
        name=row["name"],
        given_name=row["given_name"],
        organisations=_texts(row["organisations"]),
        position=row["position"],
        roles=_texts(row["roles"]),
        tags=_texts(row["tags"]),
        language=row["language"],
        format=row["format"] or "html",
        postal_address=row["postal_address"],
        subscriber=row["subscriber"] or "individual",
        stop=row["stop"],
        notes=row["notes"],
    )
    # What goes on the wire is not kept with a contact, so it is not asked for again here.
    address = Address(row["email"], row["email"], row["normalised"] or row["email"])
    return Person(
        row["line"],
        contact,
        address,
        {one.list: one for one in agreements(row["given"])},
        row["key"],
        row["contact_id"],
        [(name, was, to) for name, was, to in json.loads(row["changes"])] if row["changes"] else [],
        json.loads(row["own"]) if row["own"] else {},
        [parse_address(text, smtputf8=True) for text in _texts(row["others"])],
        row["fate"],
        row["suppress"],
        json.loads(row["ours"]) if row["ours"] else {},
    )


@lru_cache(maxsize=1000)
def _texts(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()
