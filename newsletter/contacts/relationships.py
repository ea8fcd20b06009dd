"""Who stands in which relationship to whom: people and organisations, dated, read from either end."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.contacts.dates import BadDate, said, stamp
from newsletter.contacts.fields import BadField, one_line
from newsletter.contacts.operations import counting, touching
from newsletter.database import Database, transaction
from newsletter.errors import InputError

#: How a relationship is read from the other end.
INVERSES: Mapping[str, str] = {
    "line manager of": "managed by",
    "works with": "works with",
    "deputy of": "has as deputy",
    "carer of": "cared for by",
    "partner of": "partner of",
    "assistant of": "assisted by",
    "supervisor of": "supervised by",
    "contact person for": "has as contact person",
    "chair of": "chaired by",
    "trustee of": "has as trustee",
    "advises": "advised by",
    "funds": "funded by",
    "part of": "includes",
    "commissions": "commissioned by",
}


@dataclass(frozen=True, slots=True)
class End:
    """A person or an organisation: exactly one of the two ids is not 0."""

    contact_id: int = 0
    organisation_id: int = 0


@dataclass(frozen=True, slots=True)
class NewRelationship:
    """One to be kept, read from left to right: 'Ada' 'line manager of' 'Ben'. Days as YYYY-MM-DD or ''."""

    left: End
    kind: str
    right: End
    since: str = ""
    until: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Relationship:
    """One as it is read from one end: the words, and who stands at the other end.

    `words` is '' where nobody said how `kind` is read backwards.
    """

    id: int
    kind: str
    words: str
    name: str
    other: End
    since: str
    until: str
    note: str


class NoSuchRelationship(InputError):
    """There is no such relationship."""


def relate(db: Database, new: NewRelationship, now: dt.datetime) -> int:
    """Keep a relationship; its id. Raises BadField or BadDate."""
    kind = one_line(new.kind, "kind")
    if not kind:
        raise BadField("kind: it is empty; say what the one is to the other, such as 'line manager of'")
    if new.left == new.right:
        raise BadField("nobody stands in a relationship to themselves")
    if new.since and new.until and new.until < new.since:
        raise BadDate(f"--until: {said(new.until)} lies before {said(new.since)}")
    ends = [
        number or None for end in (new.left, new.right) for number in (end.contact_id, end.organisation_id)
    ]
    with transaction(db):
        touching(db, [number for number in (new.left.contact_id, new.right.contact_id) if number])
        counting(db, "relationships")
        cursor = db.conn.execute(
            "INSERT INTO relationships (kind, contact_id, organisation_id, to_contact_id, to_organisation_id, "
            "since, until, note, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (kind, *ends, new.since, new.until, one_line(new.note, "note"), stamp(now)),
        )
    return int(cursor.lastrowid or 0)


def unrelate(db: Database, number: int) -> None:
    """Forget a relationship. Raises NoSuchRelationship."""
    with transaction(db):
        row = db.one("SELECT contact_id, to_contact_id FROM relationships WHERE id = ?", number)
        if row is None:
            raise NoSuchRelationship(
                f"there is no relationship number {number}", remedy="`contacts show` gives their numbers."
            )
        touching(db, [contact_id for contact_id in row if contact_id])
        counting(db, "relationships")
        db.conn.execute("DELETE FROM relationships WHERE id = ?", (number,))


def relationships_of(db: Database, end: End, inverses: Mapping[str, str] | None = None) -> list[Relationship]:
    """Every relationship of a person or organisation, read from their end; those that last come first.

    `inverses` are a team's own kinds, beside those that are known.
    """
    column, number = (
        ("contact_id", end.contact_id) if end.contact_id else ("organisation_id", end.organisation_id)
    )
    known = {**INVERSES, **(inverses or {})}
    both = known | {back: kind for kind, back in known.items() if back not in known}
    rows = db.conn.execute(
        f"SELECT r.id, r.kind, r.{column} IS ?1 AS forth, r.since, r.until, r.note, "
        "coalesce(r.contact_id, 0), coalesce(r.organisation_id, 0), "
        "coalesce(r.to_contact_id, 0), coalesce(r.to_organisation_id, 0) FROM relationships r "
        f"WHERE r.{column} = ?1 OR r.to_{column} = ?1 ORDER BY r.until <> '', r.since, r.id",
        (number,),
    )
    return [_read(db, tuple(row), both) for row in rows.fetchall()]


def _read(db: Database, row: tuple[object, ...], inverses: Mapping[str, str]) -> Relationship:
    number, kind, forth, since, until, note, *ends = row
    words = str(kind) if forth else inverses.get(str(kind), "")
    contact_id, organisation_id = (int(str(one)) for one in (ends[2:] if forth else ends[:2]))
    other = End(contact_id, organisation_id)
    about = (str(kind), words, _name(db, other), other)
    return Relationship(int(str(number)), *about, str(since), str(until), str(note))


def _name(db: Database, end: End) -> str:
    if end.organisation_id:
        row = db.one("SELECT name FROM organisations WHERE id = ?", end.organisation_id)
    else:
        row = db.one(
            "SELECT coalesce(nullif(c.name, ''), (SELECT email FROM addresses WHERE contact_id = c.id "
            "AND is_primary = 1), 'no name given') FROM contacts c WHERE c.id = ?",
            end.contact_id,
        )
    return str(row[0]) if row else ""
