"""Opt-outs by the token of a message: every list that justified that delivery is withdrawn, and no other."""

import datetime as dt
import functools
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from newsletter.contacts import stamp, withdraw_consent
from newsletter.database import Database, transaction
from newsletter.outbox import delivery_at
from newsletter.tokens import read_token


@dataclass(frozen=True, slots=True)
class OptOut:
    """What came of an opt-out.

    `outcome`: 'withdrawn'; 'stood' where they had withdrawn already; 'gone' where nobody is on file any
    more to whom the message went; 'forged' for a token that is none of ours, or not for this. `contact_id`
    and `delivery_id` are 0 where none is known, `lists` those that were withdrawn now.
    """

    outcome: Literal["withdrawn", "stood", "gone", "forged"]
    contact_id: int = 0
    delivery_id: int = 0
    lists: tuple[str, ...] = ()


def withdraw_by_token(  # noqa: PLR0913  # how, when and where it came from are evidence
    db: Database,
    token: str,
    *,
    channel: str,
    now: dt.datetime,
    at: str = "",
    source: str = "",
) -> OptOut:
    """Withdraw what allowed the delivery that an 'unsubscribe' token stands for; again it changes nothing.

    `at` is when they said so (ISO 8601, UTC), now where nothing is said. Whoever reads the mailbox that the
    message went to has spoken for it: others who are written to at the same address leave these lists too,
    since they would get the next message there. The token counts for as long as the key does, also of a
    mailing that was cancelled and under an id that has been merged into another.
    """
    row = delivery_of(db, "unsubscribe", token)
    if row is None:
        return OptOut("forged")
    gone = leave_lists(
        db, row, json.loads(row["lists"]), now, at=at or stamp(now), channel=channel, source=source
    )
    if gone is None:
        return OptOut("gone", 0, row["id"])
    return OptOut("withdrawn" if gone else "stood", row["person"] or 0, row["id"], gone)


def leave_lists(  # noqa: PLR0913  # as above
    db: Database,
    row: sqlite3.Row,
    lists: Sequence[str],
    now: dt.datetime,
    *,
    at: str,
    channel: str,
    source: str = "",
) -> tuple[str, ...] | None:
    """Withdraw these lists for whoever reads where a delivery went; those that changed, None where nobody is left."""
    withdraw = functools.partial(
        withdraw_consent, effective_at=at, channel=channel, recorder="reader", delivery=row["id"]
    )
    with transaction(db):
        people = _readers(db, row, lists)
        if not people:
            return None
        outcomes = [withdraw(db, person, names, now, source=source) for person, names in people.items()]
    return tuple(dict.fromkeys(name for one in outcomes for name, changed in one.items() if changed))


def delivery_of(db: Database, purpose: str, token: str) -> sqlite3.Row | None:
    """The delivery that a token for `purpose` stands for; None for a token that is none of ours, or not for this."""
    opaque = read_token(db.key, purpose, token.strip())
    if opaque is None:
        return None
    return db.one(
        "SELECT d.id, d.contact_id, d.recipient_key, d.lists, d.state, coalesce(c.id, a.contact_id) AS person "
        "FROM deliveries d LEFT JOIN contacts c ON c.id = d.contact_id "
        "LEFT JOIN contact_aliases a ON a.old_id = d.contact_id WHERE d.id = ?",
        delivery_at(db, opaque),
    )


def _readers(db: Database, row: sqlite3.Row, lists: Sequence[str]) -> dict[int, list[str]]:
    """Who reads where the message went, and which of these lists each may have to leave."""
    people = {row["person"]: [*lists]} if row["person"] else {}
    others = db.conn.execute(
        "SELECT a.contact_id, m.list FROM addresses a JOIN list_members m USING (contact_id) "
        "WHERE a.address_key = ? AND a.is_primary = 1 AND m.list IN (SELECT value FROM json_each(?)) "
        "ORDER BY a.contact_id, m.list",
        (row["recipient_key"], json.dumps([*lists])),
    ).fetchall()
    for other, name in others:
        if other != row["person"]:
            people.setdefault(other, []).append(name)
    return people
