"""Prove that the consent ledger is whole, or name the first entry that is not and why."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from newsletter.contacts.consent import on_list
from newsletter.contacts.ledger import SIGNED, Entry, entry_of, hash_detail, seal
from newsletter.contacts.standing import NO_END, Standing, standing_of
from newsletter.database import Database, anchored_head, missing_triggers

_CHAIN = """
    SELECT e.*, d.salt, d.detail FROM consents e LEFT JOIN consent_details d USING (sequence)
    ORDER BY e.sequence
"""
# A permission to be shown has no state: it is always read from the ledger.
_STATE = """
    SELECT e.*, c.id AS person, s.state, s.basis AS kept_basis, s.since, s.expires_at AS kept_end,
        s.sequence AS kept_sequence, m.contact_id IS NOT NULL AS member
    FROM {entries}
    LEFT JOIN subscriptions s ON s.contact_id = c.id AND s.list = e.list
    LEFT JOIN list_members m ON m.contact_id = c.id AND m.list = e.list
    WHERE c.id {whom} (SELECT contact_id FROM contact_aliases) AND substr(e.list, 1, 6) <> 'media:'
    ORDER BY {order}, e.list, e.sequence
"""
# In the order of an index, so that nothing is sorted, however many there are; who was erased has no state.
_BY_PERSON = _STATE.format(
    entries="consents e INDEXED BY consents_contact CROSS JOIN contacts c ON c.id = e.contact_id",
    whom="NOT IN",
    order="e.contact_id",
)
# Those whom others were merged into: every entry under the id that its person has now.
_MERGED = _STATE.format(
    entries="consents e LEFT JOIN contact_aliases a ON a.old_id = e.contact_id "
    "CROSS JOIN contacts c ON c.id = coalesce(a.contact_id, e.contact_id)",
    whom="IN",
    order="c.id",
)
_WITHOUT_ENTRY = """
    SELECT s.contact_id, s.list, s.sequence FROM subscriptions s WHERE NOT EXISTS (
        SELECT 1 FROM consents e WHERE e.list = s.list AND (e.contact_id = s.contact_id OR e.contact_id IN
            (SELECT old_id FROM contact_aliases a WHERE a.contact_id = s.contact_id)))
    LIMIT 1
"""
_MEMBER_WITHOUT_ENTRY = """
    SELECT m.contact_id, m.list FROM list_members m
    WHERE NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.contact_id = m.contact_id AND s.list = m.list) LIMIT 1
"""
_STRAY_DETAIL = """
    SELECT sequence FROM consent_details d
    WHERE NOT EXISTS (SELECT 1 FROM consents e WHERE e.sequence = d.sequence) ORDER BY sequence LIMIT 1
"""
_STILL_THERE = (
    "SELECT 1 FROM contacts WHERE id = ?1 UNION ALL SELECT 1 FROM contact_aliases WHERE old_id = ?1"
)


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry that is not as it was written, and what is wrong with it."""

    sequence: int
    reason: str

    def __str__(self) -> str:
        return f"entry {self.sequence}: {self.reason}" if self.sequence else self.reason


def verify_ledger(db: Database, anchored: tuple[int, str] | None = None) -> Broken | None:
    """The first thing that is wrong with the ledger, or None where it is whole.

    Looked at, streamed: numbers without a gap, each entry's mac over itself and the one before,
    details (none may be gone but those of the erased), the head that is remembered outside (`anchored`; None: as
    remembered on this machine), the states that people stand in, who is on which list, and the triggers.
    """
    return (
        _broken_chain(db, anchored or anchored_head(db) or (0, ""))
        or _stray_detail(db)
        or _broken_state(db)
        or _without_triggers(db)
    )


def count_entries(db: Database) -> int:
    """How many entries the ledger has."""
    row = db.one("SELECT count(*) FROM consents")
    return int(row[0]) if row else 0


def _broken_chain(db: Database, anchored: tuple[int, str]) -> Broken | None:
    remembered, head = anchored
    number, mac = 0, ""
    for row in db.conn.execute(_CHAIN):
        number += 1
        if row["sequence"] != number:
            return Broken(number, f"it is missing: after {number - 1} comes {row['sequence']}")
        if reason := _broken_entry(db, row, mac):
            return Broken(number, reason)
        mac = row["mac"]
        if number == remembered and mac != head:
            return Broken(number, "it is not the entry that stood here when this machine last looked")
    if number < remembered:
        return Broken(
            number + 1, f"it is missing: the ledger ends at {number} and once had {remembered} entries"
        )
    return None


def _broken_entry(db: Database, row: sqlite3.Row, previous: str) -> str | None:
    if seal(db.key, [row[name] for name in SIGNED], previous) != row["mac"]:
        return (
            "it does not carry the seal of what it says and of the entry before it: it was changed, "
            "moved, or written without the key"
        )
    if row["detail"] is None and row["salt"] is None:
        there = db.one(_STILL_THERE, row["contact_id"])
        return "its detail (source, evidence) is gone, and its person was not erased" if there else None
    try:
        whole = hash_detail(row["salt"], row["detail"]) == row["detail_hash"]
    except (TypeError, ValueError, AttributeError):
        whole = False  # the salt or the text is no longer of the kind that we write
    return None if whole else "its detail (source, evidence) was changed"


def _stray_detail(db: Database) -> Broken | None:
    row = db.one(_STRAY_DETAIL)
    return Broken(row["sequence"], "there is a detail without its entry") if row else None


def _broken_state(db: Database) -> Broken | None:
    for rows in _persons(db):
        entries = [entry_of(row) for row in rows]
        difference = _difference(rows[0], standing_of(entries)) or _membership(rows[0], entries)
        if difference:
            return Broken(rows[-1]["sequence"], difference)
    row = db.one(_WITHOUT_ENTRY)
    if row:
        return Broken(
            row["sequence"], f"contact {row['contact_id']} stands on {row['list']!r} without any entry"
        )
    row = db.one(_MEMBER_WITHOUT_ENTRY)
    if row:
        return Broken(0, f"contact {row['contact_id']} is on the list {row['list']!r} without any entry")
    return None


def _persons(db: Database) -> Iterator[list[sqlite3.Row]]:
    merged = db.one("SELECT 1 FROM contact_aliases LIMIT 1")
    for query in (_BY_PERSON, _MERGED) if merged else (_BY_PERSON,):
        for _, group in groupby(db.conn.execute(query), key=lambda row: (row["person"], row["list"])):
            yield list(group)


def _difference(row: sqlite3.Row, expected: Standing) -> str | None:
    kept = (row["state"], row["kept_basis"], row["since"], row["kept_end"], row["kept_sequence"])
    end = expected.expires_at or NO_END
    if kept == (expected.state, expected.basis, expected.since, end, expected.sequence):
        return None
    return (
        f"the state of contact {row['person']} on {row['list']!r} was changed: it says "
        f"{row['state'] or 'nothing'!r}, and the entries lead to {expected.state!r}"
        if row["state"] != expected.state
        else f"the state of contact {row['person']} on {row['list']!r} was changed: its basis or its days "
        "are not those of the entries"
    )


def _membership(row: sqlite3.Row, entries: list[Entry]) -> str | None:
    """Who is on a list carries no seal of its own; but the entries, played again, say who must be."""
    if bool(row["member"]) == on_list(entries):
        return None
    what = "is on the list" if row["member"] else "was taken off the list"
    return f"contact {row['person']} {what} {row['list']!r}, and the entries say otherwise"


def _without_triggers(db: Database) -> Broken | None:
    missing = missing_triggers(db)
    if not missing:
        return None
    return Broken(
        0, f"the triggers that keep it from being changed are missing: {', '.join(sorted(missing))}"
    )
