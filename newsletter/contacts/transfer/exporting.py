"""People as an export has them: read from the database in batches, by name."""

import datetime as dt
import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from newsletter.contacts.criteria import Criteria, any_segment_sql, segment_sql
from newsletter.contacts.standing import NO_END
from newsletter.contacts.transfer.layout import Person
from newsletter.database import Database

_BATCH = 1000
_OF_THESE = "FROM json_each(:ids) w CROSS JOIN"
_PEOPLE = f"""
    SELECT c.id, c.name, c.given_name, c.language, c.format, c.subscriber, c.postal_address, c.stop,
        c.paused_until, c.notes, c.created_at AS added_at
    {_OF_THESE} contacts c ON c.id = w.value ORDER BY w.key
"""
_PARTS: Mapping[str, str] = {
    "addresses": "SELECT a.contact_id, a.email, a.is_primary, coalesce(x.reason, '') AS suppressed "
    f"{_OF_THESE} addresses a ON a.contact_id = w.value LEFT JOIN suppressions x USING (address_key) "
    "ORDER BY w.key, a.is_primary DESC, a.id",
    "organisations": f"SELECT p.contact_id, o.name, p.position {_OF_THESE} contact_organisations p "
    "ON p.contact_id = w.value JOIN organisations o ON o.id = p.organisation_id ORDER BY w.key, o.name",
    "roles": f"SELECT p.contact_id, p.role, p.since, p.until {_OF_THESE} contact_roles p "
    "ON p.contact_id = w.value ORDER BY w.key, p.until <> '', p.role, p.since",
    "tags": f"SELECT p.contact_id, p.tag {_OF_THESE} contact_tags p ON p.contact_id = w.value ORDER BY w.key, p.tag",
    "fields": f"SELECT p.contact_id, p.field, p.value {_OF_THESE} contact_fields p "
    "ON p.contact_id = w.value ORDER BY w.key, p.field",
    # When they agreed is known beside what came of it: an end or a withdrawal has a day of its own.
    "lists": f"""
        SELECT w.value AS contact_id, l.list, coalesce(m.added_at, '') AS member_since,
            coalesce(s.state, 'none') AS standing, coalesce(s.since, '') AS since,
            coalesce((SELECT g.effective_at FROM consents g WHERE g.contact_id = w.value AND g.list = l.list
                AND g.kind IN ('given', 'confirmed', 'refreshed')
                AND NOT EXISTS (SELECT 1 FROM consents v WHERE v.contact_id = w.value AND v.voids = g.sequence)
                ORDER BY g.sequence DESC LIMIT 1), '') AS agreed_on,
            coalesce(s.basis, '') AS basis, coalesce(nullif(s.expires_at, '{NO_END}'), '') AS expires_on,
            coalesce(e.channel, '') AS channel, coalesce(json_extract(d.detail, '$.source'), '') AS source,
            coalesce(n.name, '') AS wording, coalesce(e.wording_digest, '') AS wording_digest
        {_OF_THESE} lists l
        LEFT JOIN list_members m ON m.list = l.list AND m.contact_id = w.value
        LEFT JOIN subscriptions s ON s.contact_id = w.value AND s.list = l.list
        LEFT JOIN consents e ON e.sequence = s.sequence
        LEFT JOIN consent_details d ON d.sequence = s.sequence
        LEFT JOIN wordings n ON n.digest = e.wording_digest
        WHERE (m.list IS NOT NULL OR s.state <> 'none') AND l.list NOT LIKE 'media:%' ORDER BY w.key, l.list
    """,
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Who is wanted: everybody who meets the criteria and is in one of the segments, if any are named."""

    criteria: Criteria = field(default_factory=dict)
    segments: Mapping[str, Criteria] = field(default_factory=dict)


def count_selected(db: Database, selection: Selection, now: dt.datetime) -> int:
    """How many people are wanted."""
    where, values = _where(selection, now)
    return int(db.conn.execute(f"SELECT count(*) FROM contacts c WHERE {where}", values).fetchone()[0])


def own_fields(db: Database) -> list[str]:
    """The names of the fields of their own that a team uses."""
    # One step in the index for each name, and not one for each person.
    rows = db.conn.execute(
        "WITH RECURSIVE names (field) AS (SELECT min(field) FROM contact_fields UNION ALL "
        "SELECT (SELECT min(f.field) FROM contact_fields f INDEXED BY contact_fields_value "
        "WHERE f.field > names.field) FROM names WHERE names.field IS NOT NULL) "
        "SELECT field FROM names WHERE field IS NOT NULL"
    )
    return [row[0] for row in rows]


def export_people(db: Database, selection: Selection, now: dt.datetime) -> Generator[Person, None, None]:
    """Everybody who is wanted with all that is kept of them, by name, streamed.

    All of it is as it stood when the first was read, whatever is changed meanwhile.
    """
    where, values = _where(selection, now)
    began = not db.conn.in_transaction
    if began:
        db.conn.execute("BEGIN")
    try:
        chosen = db.conn.execute(f"SELECT c.id FROM contacts c WHERE {where} ORDER BY c.name, c.id", values)
        while rows := chosen.fetchmany(_BATCH):
            yield from _batch(db, [row[0] for row in rows])
    finally:
        if began:
            db.conn.execute("COMMIT")


def _where(selection: Selection, now: dt.datetime) -> tuple[str, dict[str, object]]:
    everybody: tuple[str, dict[str, object]] = ("1", {})
    meets, values = segment_sql(selection.criteria, now, prefix="wanted") if selection.criteria else everybody
    among, more = any_segment_sql(selection.segments, now) if selection.segments else everybody
    return f"{meets} AND {among}", values | more


def _batch(db: Database, ids: Sequence[int]) -> Iterator[Person]:
    wanted = {"ids": json.dumps([*ids])}
    parts = {name: _by_person(db, sql, wanted) for name, sql in _PARTS.items()}
    for row in db.conn.execute(_PEOPLE, wanted).fetchall():
        found = {name: known.get(row["id"], []) for name, known in parts.items()}
        yield _person(dict(row), found)


def _by_person(db: Database, sql: str, wanted: Mapping[str, object]) -> dict[int, list[dict[str, Any]]]:
    rows = (dict(row) for row in db.conn.execute(sql, wanted))
    return {number: [*found] for number, found in groupby(rows, key=lambda row: int(row.pop("contact_id")))}


def _person(about: dict[str, Any], found: Mapping[str, list[dict[str, Any]]]) -> Person:
    addresses = found["addresses"]
    primary = [one["email"] for one in addresses if one["is_primary"]]
    others = [one["email"] for one in addresses if not one["is_primary"]]
    # Of the address that is written to first, then of the others.
    reasons = [*([] if primary else [""]), *(one["suppressed"] for one in addresses)]
    return {
        **about,
        "email": primary[0] if primary else "",
        "other_emails": others,
        "suppressed": reasons if any(reasons) else [],
        "organisations": found["organisations"],
        "roles": found["roles"],
        "tags": [one["tag"] for one in found["tags"]],
        "lists": [one | {"source": " ".join(str(one["source"]).split())} for one in found["lists"]],
        "fields": {one["field"]: one["value"] for one in found["fields"]},
    }
