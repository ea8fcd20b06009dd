"""The ledger of deliveries: which are due, and each lettered move as one conditional UPDATE."""

import datetime as dt
import functools
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from operator import itemgetter

from newsletter.database import Database, gathered, gathering, transaction
from newsletter.errors import InputError
from newsletter.outbox.delivery import COLUMNS, Delivery, Prepared, read_delivery
from newsletter.outbox.states import AGAIN, CLAIM, DOUBT, SETTLE, Move
from newsletter.outbox.times import horizon, stamp

# For each mailing by its index: all that was ever owed is not read for the few that may be there.
_LEFT = """
    SELECT d.id FROM mailings m CROSS JOIN deliveries d ON d.mailing_id = m.id AND d.state = 'sending'
"""
_DIED = "the sender ended while it waited for the server's answer"
_FIRST = itemgetter(0)
_SAID = "the operator says that it was delivered"

# Rows of one statement: of few sizes, since each is prepared once, and that takes as long as the rows themselves. Even
# the largest, with ten columns, has no more values than the 999 that every SQLite takes.
_SIZES = (1, 4, *range(8, 65, 8))
_AT_ONCE = _SIZES[-1]

# Those that were never put off apart from the others: the index has them in the order of their ids, so that the next
# few cost the same however many wait behind them. The first of both together are found afterwards, for SQLite would
# sort all that is to be read of them.
_WAITING = f"""SELECT {COLUMNS} FROM deliveries
    WHERE mailing_id = :mailing AND channel = 'email' AND state = 'waiting' AND id > :after"""
_DUE = gathering(
    COLUMNS,
    f"""
    SELECT * FROM ({_WAITING} AND due_at = '' ORDER BY id LIMIT :count)
    UNION ALL
    SELECT * FROM ({_WAITING} AND due_at > '' AND (due_at <= :now OR due_at > :horizon) ORDER BY id LIMIT :count)
""",
)


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
    rows = sorted(gathered(db, _DUE, asked), key=_FIRST)[:count]
    return [read_delivery(row, db.key) for row in rows]


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
    return move_all(db, CLAIM, {number: one.columns for number, one in prepared.items()}, now)


def move_all(
    db: Database, step: Move, rows: Mapping[int, Mapping[str, object]], now: dt.datetime
) -> set[int]:
    """One move for many deliveries, each with values for the same columns; the ids of those that were made.

    Inside a transaction. Where all of up to 64 can be made, as nearly always, that is one statement, for
    which no other thread waits; else none is made by it, and each by itself, to tell which could.
    """
    numbers, made = [*rows], set[int]()
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        if _move_some(db, step, [(number, rows[number]) for number in some], now):
            made.update(some)
        else:
            made.update(number for number in some if move(db, number, step, now, **rows[number]) is None)
    return made


def _move_some(
    db: Database, step: Move, rows: Sequence[tuple[int, Mapping[str, object]]], now: dt.datetime
) -> bool:
    """Make the move for all of these; False: some are not where it starts, and it was made for none."""
    names, count = tuple(rows[0][1]), len(rows)
    size = _SIZES[bisect_left(_SIZES, count)]
    nobody: list[object] = [None] * (size - count)  # no row has NULL for its id
    values: list[object] = [step.target, stamp(now)]
    for number, row in rows:
        values.append(number)
        values.extend(map(row.__getitem__, names))
    values += nobody * (1 + len(names))
    values += [step.origin, *[number for number, _ in rows], *nobody, step.origin, count]
    return db.conn.execute(_many(names, size), values).rowcount == count


@functools.lru_cache(maxsize=64)
def _many(names: tuple[str, ...], size: int) -> str:
    """One move for up to so many rows, all or none: target, now, the id of each and its values; origin, ids; origin, count."""
    row = f"({', '.join('?' * (1 + len(names)))})"
    kept = "".join(f", {name} = given.column{place}" for place, name in enumerate(names, 2))
    return (
        f"UPDATE deliveries SET state = ?, changed_at = ?{kept} FROM (VALUES {', '.join([row] * size)}) AS given "
        "WHERE deliveries.id = given.column1 AND deliveries.state = ? "
        f"AND (SELECT count(*) FROM deliveries WHERE id IN ({', '.join('?' * size)}) AND state = ?) = ?"
    )


def recover(db: Database, now: dt.datetime) -> int:
    """Move k for what a dead run left in `sending`; how many. For whoever holds the sender's lock."""
    with transaction(db):
        left = db.conn.execute(_LEFT).fetchall()
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
