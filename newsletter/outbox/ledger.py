"""The ledger of deliveries: which are due, and each lettered move as one conditional UPDATE."""

import datetime as dt
from collections.abc import Mapping

from newsletter.database import Database, transaction
from newsletter.errors import InputError
from newsletter.outbox.delivery import COLUMNS, Delivery, Prepared, frozen, read_delivery
from newsletter.outbox.states import AGAIN, DOUBT, SETTLE, Move
from newsletter.outbox.times import horizon, stamp

_DIED = "the sender ended while it waited for the server's answer"
_SAID = "the operator says that it was delivered"

# Those that were never put off apart from the others: the index has them in the order of their ids, so that the next
# few cost the same however many wait behind them.
_WAITING = f"""SELECT {COLUMNS} FROM deliveries
    WHERE mailing_id = :mailing AND channel = 'email' AND state = 'waiting' AND id > :after"""
_DUE = f"""
    SELECT * FROM ({_WAITING} AND due_at = '' ORDER BY id LIMIT :count)
    UNION ALL
    SELECT * FROM ({_WAITING} AND due_at > '' AND (due_at <= :now OR due_at > :horizon) ORDER BY id LIMIT :count)
    ORDER BY id LIMIT :count
"""


def due_deliveries(
    db: Database, mailing_id: int, now: dt.datetime, *, after: int = 0, count: int = 100
) -> list[Delivery]:
    """The next rows that may be tried at `now`, in the order of their ids, from `after` on.

    What is put off for longer than anything ever is was so by a clock that ran ahead: it is due.
    """
    asked = {
        "mailing": mailing_id,
        "now": stamp(now),
        "horizon": horizon(now),
        "after": after,
        "count": count,
    }
    rows = db.conn.execute(_DUE, asked).fetchall()
    return [read_delivery(row) for row in rows]


def move(db: Database, delivery_id: int, step: Move, now: dt.datetime, **columns: object) -> str | None:
    """Make one move; None, or why it could not be made: the row is not where the move starts."""
    names = "".join(f", {name} = :{name}" for name in columns)
    values = {"id": delivery_id, "origin": step.origin, "target": step.target, "now": stamp(now), **columns}
    moved = db.conn.execute(
        f"UPDATE deliveries SET state = :target, changed_at = :now{names} "
        "WHERE id = :id AND state = :origin RETURNING id",
        values,
    ).fetchall()
    return None if moved else f"it is not {step.origin} any more"


def claim_all(db: Database, prepared: Mapping[int, Prepared], now: dt.datetime) -> set[int]:
    """Move g for many deliveries by their ids; the ids of those that still waited. Inside a transaction."""
    if not prepared:
        return set()
    rows = [frozen(one) | {"id": number, "now": stamp(now)} for number, one in prepared.items()]
    kept = ", ".join(f"{name} = :{name}" for name in rows[0] if name not in ("id", "now"))
    step = f"UPDATE deliveries SET state = 'sending', {kept}, changed_at = :now WHERE id = :id AND state = 'waiting'"
    # Each by itself: afterwards nothing tells those that this claim moved from those that were on their way before.
    return {number for number, row in zip(prepared, rows, strict=True) if db.conn.execute(step, row).rowcount}


def recover(db: Database, now: dt.datetime) -> int:
    """Move k for what a dead run left in `sending`; how many. For whoever holds the sender's lock."""
    with transaction(db):
        left = db.conn.execute("SELECT id FROM deliveries WHERE state = 'sending'").fetchall()
        for row in left:
            move(db, row["id"], DOUBT, now, reply=_DIED)
    return len(left)


def settle_doubts(db: Database, arrived: Mapping[int, bool], now: dt.datetime) -> None:
    """Move l for the deliveries that arrived by the operator's word, move m for the others; all or none."""
    with transaction(db):
        for delivery_id, delivered in arrived.items():
            step, reply = (SETTLE, _SAID) if delivered else (AGAIN, "")
            if declined := move(db, delivery_id, step, now, reply=reply, due_at=""):
                raise InputError(f"nothing was changed: of message {delivery_id}, {declined}")
