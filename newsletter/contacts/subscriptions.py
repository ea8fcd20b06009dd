"""Where people stand, made anew from the ledger: after entries were struck out or people became one."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby

from newsletter.contacts.consent import on_list
from newsletter.contacts.ledger import SIGNED, Entry, entry_of
from newsletter.contacts.standing import NO_END, standing_of
from newsletter.database import Database

_STEP = 2000
_ENTRIES = f"""
    WITH known (id, person) AS (
        SELECT value, value FROM json_each(?1)
        UNION ALL SELECT a.old_id, a.contact_id FROM json_each(?1) w JOIN contact_aliases a ON a.contact_id = w.value
    )
    SELECT known.person, {", ".join(f"e.{name}" for name in SIGNED[:-1])} FROM known
    CROSS JOIN consents e ON e.contact_id = known.id
    WHERE e.list IN (SELECT list FROM lists) ORDER BY known.person, e.list, e.sequence
"""


def rebuild_subscriptions(db: Database, contact_ids: Sequence[int]) -> None:
    """Make the state of these people what the ledger leads to, under every id they ever had.

    Whom the entries leave on a list is on it; beyond that, who is on which list stays as it is. To be
    called in a transaction, with people who are there.
    """
    for start in range(0, len(contact_ids), _STEP):
        wanted = json.dumps(contact_ids[start : start + _STEP])
        db.conn.execute(
            "DELETE FROM subscriptions WHERE contact_id IN (SELECT value FROM json_each(?))", (wanted,)
        )
        states, members = [], []
        for (person, name), entries in _entries(db, wanted):
            state = standing_of(entries)
            end = state.expires_at or NO_END
            states.append((person, name, state.state, state.basis, state.since, end, state.sequence))
            if on_list(entries):
                members.append((name, person, entries[0].recorded_at))
        db.conn.executemany(
            "INSERT INTO subscriptions (contact_id, list, state, basis, since, expires_at, sequence) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            states,
        )
        db.conn.executemany("INSERT OR IGNORE INTO list_members VALUES (?, ?, ?)", members)


def _entries(db: Database, wanted: str) -> Iterator[tuple[tuple[int, str], list[Entry]]]:
    rows = ((row["person"], entry_of(row)) for row in db.conn.execute(_ENTRIES, (wanted,)))
    for whom, found in groupby(rows, key=_of_whom):
        yield whom, [entry for _, entry in found]


def _of_whom(row: tuple[int, Entry]) -> tuple[int, str]:
    return row[0], row[1].list
