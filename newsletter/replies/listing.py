"""What came back, as it is looked at: the rows with whom and which issue they are about, open ones first."""

import json
import sqlite3
from dataclasses import asdict, dataclass

from newsletter.contacts import ids_of
from newsletter.database import Database
from newsletter.errors import InputError

_PERSON = "coalesce((SELECT a.contact_id FROM contact_aliases a WHERE a.old_id = r.contact_id), r.contact_id)"
#: SQL of the rows as `read_came` takes them; `WHERE` and `ORDER BY` are to be added, over `r` and `m`.
CAME = f"""
SELECT r.id, r.kind, r.severity, r.reason, r.status, coalesce(c.id, 0) AS contact_id, r.delivery_id,
    coalesce(m.issue, '') AS issue, coalesce(c.name, '') AS name,
    coalesce(nullif(d.email, ''),
        (SELECT email FROM addresses e WHERE e.contact_id = c.id AND e.is_primary = 1), '') AS email,
    r.sender, r.subject, r.text, r.notice, r.new_address, r.away_until, r.diagnostic, r.state, r.decision,
    r.decided_by, r.decided_at, r.source, coalesce(nullif(r.received_at, ''), r.recorded_at) AS at, r.recorded_at
FROM replies r
LEFT JOIN contacts c ON c.id = {_PERSON}
LEFT JOIN deliveries d ON d.id = r.delivery_id
LEFT JOIN mailings m ON m.id = d.mailing_id
"""
# In the order in which they were recorded, which nothing has to be sorted for.
_NEWEST = "ORDER BY r.id DESC"


class NoSuchReply(InputError):
    """Nothing that came back has this number."""


@dataclass(frozen=True, slots=True)
class Came:
    """A row of what came back. `contact_id` is the person's id now, 0 for nobody who is here; `at` when it was sent."""

    id: int
    kind: str
    severity: str
    reason: str
    status: str
    contact_id: int
    delivery_id: int
    issue: str
    name: str
    email: str
    sender: str
    subject: str
    text: str
    notice: str
    new_address: str
    away_until: str
    diagnostic: str
    state: str
    decision: str
    decided_by: str
    decided_at: str
    source: str
    at: str
    recorded_at: str

    @property
    def who(self) -> str:
        """Whom it is about, by name and address as far as they are known."""
        email = self.email or self.sender
        return f"{self.name} <{email}>" if self.name and email else self.name or email

    def as_dict(self) -> dict[str, object]:
        """The row as plain data, for `--json`."""
        return asdict(self)


def read_came(row: sqlite3.Row) -> Came:
    """What a row of `CAME` says."""
    return Came(*row)


def open_replies(db: Database) -> list[Came]:
    """All that somebody has to look at or decide, oldest first."""
    return [
        read_came(row)
        for row in db.conn.execute(f"{CAME} WHERE r.state = 'open' ORDER BY r.recorded_at, r.id")
    ]


def latest_replies(db: Database, limit: int, kind: str = "") -> list[Came]:
    """The newest of all, or of a kind."""
    chosen = "WHERE r.kind = ?1" if kind else "WHERE ?1 = ''"
    return [read_came(row) for row in db.conn.execute(f"{CAME} {chosen} {_NEWEST} LIMIT ?2", (kind, limit))]


def came_from(db: Database, contact_id: int, issue: str = "") -> list[Came]:
    """What came back from a person, under any id that they had, newest first; of one issue alone where it is named."""
    rows = db.conn.execute(
        f"{CAME} WHERE r.contact_id <> 0 AND r.contact_id IN (SELECT value FROM json_each(?1)) AND ?2 IN ('', m.issue) {_NEWEST}",
        (json.dumps(ids_of(db, contact_id)), issue),
    )
    return [read_came(row) for row in rows]


def the_reply(db: Database, number: int) -> Came:
    """The row of this number. Raises NoSuchReply."""
    row = db.one(f"{CAME} WHERE r.id = ?", number)
    if row is None:
        raise NoSuchReply(
            f"nothing that came back has the number {number}",
            remedy="`newsletter mailbox list --all` shows what there is.",
        )
    return read_came(row)


def count_open(db: Database) -> tuple[int, int]:
    """How many wait for somebody to look or decide, and how many people are held back meanwhile."""
    row = db.one("SELECT (SELECT count(*) FROM replies WHERE state = 'open'), (SELECT count(*) FROM holds)")
    assert row is not None  # noqa: S101  # counts always give a row
    return int(row[0]), int(row[1])


def count_ours(db: Database, since: str) -> dict[str, int]:
    """How many messages came back since a day because of the sender or the message, by reason, most first."""
    rows = db.conn.execute(
        "SELECT reason, count(*) FROM replies WHERE kind = 'bounce' AND recorded_at >= ? "
        "AND delivery_id <> 0 AND severity = 'policy' GROUP BY reason ORDER BY 2 DESC, 1",
        (since,),
    )
    return dict(rows.fetchall())
