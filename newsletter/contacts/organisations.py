"""Organisations: added, listed, and shown with their people."""

import datetime as dt
import re
from dataclasses import dataclass

from newsletter.contacts.dates import stamp
from newsletter.contacts.fields import BadField, lines, one_line
from newsletter.contacts.operations import counting
from newsletter.database import Database, transaction
from newsletter.errors import InputError, near

_WEB = re.compile(r"https?://[^\s\"<>]+")


class NoSuchOrganisation(InputError):
    """There is no organisation of this name."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation and how many people belong to it."""

    id: int
    name: str
    kind: str
    website: str
    notes: str
    people: int


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who belongs to an organisation; `email` is their primary address or ''."""

    contact_id: int
    name: str
    email: str
    position: str


_COUNTED = """
    SELECT o.id, o.name, o.kind, o.website, o.notes,
        (SELECT count(*) FROM contact_organisations co WHERE co.organisation_id = o.id)
    FROM organisations o
"""


def add_organisation(  # noqa: PLR0913  # each keyword is a column
    db: Database, name: str, now: dt.datetime, *, kind: str = "", website: str = "", notes: str = ""
) -> int:
    """Add an organisation; the id. Raises BadField for a name that is taken, empty or no plain text."""
    known = one_line(name, "name")
    if not known:
        raise BadField("name: it is empty; an organisation is known by its name")
    site = checked_website(website)
    with transaction(db):
        counting(db, "organisations")
        if db.one("SELECT 1 FROM organisations WHERE name = ?", known):
            raise BadField(f"name: there is an organisation called {known!r} already")
        cursor = db.conn.execute(
            "INSERT INTO organisations (name, kind, website, notes, created_at) VALUES (?, ?, ?, ?, ?)",
            (known, one_line(kind, "kind"), site, lines(notes, "notes"), stamp(now)),
        )
    return int(cursor.lastrowid or 0)


def checked_website(text: str) -> str:
    """A web address, or ''. Raises BadField for anything else."""
    site = one_line(text, "website")
    if site and not _WEB.fullmatch(site):
        raise BadField(f"website: {text!r} is no web address; it should begin with https://")
    return site


def all_organisations(db: Database) -> list[Organisation]:
    """Every organisation, by name."""
    rows = db.conn.execute(f"{_COUNTED} ORDER BY o.name COLLATE NOCASE")
    return [Organisation(*row) for row in rows]


def find_organisation(db: Database, name: str) -> Organisation:
    """The organisation of this name, in whatever case. Raises NoSuchOrganisation with the nearest."""
    row = db.one(f"{_COUNTED} WHERE o.name = ?", name.strip())
    if row:
        return Organisation(*row)
    known = [row[0] for row in db.conn.execute("SELECT name FROM organisations")]
    raise NoSuchOrganisation(f"there is no organisation called {name!r}{near(name, known)}")


def colleagues(db: Database, organisation_id: int) -> list[Colleague]:
    """Who belongs to an organisation, by name."""
    rows = db.conn.execute(
        "SELECT c.id, c.name, coalesce(a.email, ''), co.position FROM contact_organisations co "
        "JOIN contacts c ON c.id = co.contact_id "
        "LEFT JOIN addresses a ON a.contact_id = c.id AND a.is_primary = 1 "
        "WHERE co.organisation_id = ? ORDER BY c.name COLLATE NOCASE, c.id",
        (organisation_id,),
    )
    return [Colleague(*row) for row in rows]
