"""One move for many deliveries: all that can be made are, each with its own values, however many there are."""

import datetime as dt
import sqlite3

import pytest
from deliveries import states

from newsletter.database import Database, transaction
from newsletter.outbox import Mailing
from newsletter.outbox.ledger import _AT_ONCE, _many, move_all
from newsletter.outbox.states import ACCEPT, CLAIM
from newsletter.outbox.times import stamp

ODD = (
    "it's",
    '"quoted"',
    "a\0b",
    "\0",
    "🎉 café ́",
    "?1 :id $x @y",
    "[1, 2]",
    "\\u0000\\",
    "'; --",
    "",
    " \r\n",
)


@pytest.fixture
def waiting(db: Database, queue: object) -> list[int]:
    """The ids of many deliveries that wait."""
    mailing: Mailing = queue()  # type: ignore[operator]
    rows = [(mailing.id, f"key{number}", number) for number in range(200)]
    with transaction(db):
        db.conn.executemany(
            "INSERT INTO deliveries (mailing_id, recipient_key, contact_id, state, token, changed_at) "
            "VALUES (?, ?, ?, 'waiting', '', 'before')",
            rows,
        )
    return [
        row[0] for row in db.conn.execute("SELECT id FROM deliveries WHERE state = 'waiting' ORDER BY id")
    ]


def rows_of(
    db: Database, columns: str = "id, state, changed_at, reply, queue_id"
) -> dict[int, tuple[object, ...]]:
    return {row[0]: tuple(row)[1:] for row in db.conn.execute(f"SELECT {columns} FROM deliveries")}


def values_of(number: int) -> dict[str, object]:
    return {"reply": f"{number} {ODD[number % len(ODD)]}", "queue_id": ODD[number % 7]}


@pytest.mark.parametrize("count", [*range(71), 2 * _AT_ONCE, 2 * _AT_ONCE + 1])
def test_all_of_any_number_are_moved_and_nobody_else(
    db: Database, waiting: list[int], now: dt.datetime, count: int
) -> None:
    some = waiting[5 : 5 + count]
    with transaction(db):
        assert move_all(db, CLAIM, {number: values_of(number) for number in some}, now) == set(some)
    kept = rows_of(db)
    for number in waiting:
        if number in some:
            assert kept[number] == ("sending", stamp(now), *values_of(number).values())
        else:
            assert kept[number] == ("waiting", "before", "", "")


@pytest.mark.parametrize("count", [1, 2, 20, _AT_ONCE, _AT_ONCE + 1, 70])
@pytest.mark.parametrize("place", [0, -1])
@pytest.mark.parametrize("how", ["moved", "gone", "never"])
def test_what_cannot_be_moved_holds_up_no_other(
    db: Database, waiting: list[int], now: dt.datetime, count: int, place: int, how: str
) -> None:
    some = waiting[:count]
    left = some[place]
    if how == "moved":
        db.conn.execute("UPDATE deliveries SET state = 'skipped' WHERE id = ?", (left,))
    elif how == "gone":
        db.conn.execute("DELETE FROM deliveries WHERE id = ?", (left,))
    else:
        left = some[place] = max(waiting) + 1
    before = rows_of(db)
    with transaction(db):
        made = move_all(db, CLAIM, {number: values_of(number) for number in some}, now)
    assert made == set(some) - {left}
    wanted = {number: ("sending", stamp(now), *values_of(number).values()) for number in made}
    assert rows_of(db) == before | wanted


def test_none_is_moved_where_none_can_be(db: Database, waiting: list[int], now: dt.datetime) -> None:
    before = rows_of(db)
    with transaction(db):
        assert move_all(db, ACCEPT, {number: values_of(number) for number in waiting}, now) == set()
    assert rows_of(db) == before


def test_values_go_to_their_columns_in_whatever_order_they_are_named(
    db: Database, waiting: list[int], now: dt.datetime
) -> None:
    one, two = waiting[:2]
    rows = {one: {"reply": "r1", "queue_id": "q1"}, two: {"queue_id": "q2", "reply": "r2"}}
    with transaction(db):
        assert move_all(db, CLAIM, rows, now) == {one, two}
    assert [rows_of(db)[number][2:] for number in (one, two)] == [("r1", "q1"), ("r2", "q2")]


def test_a_move_without_columns_is_made(db: Database, waiting: list[int], now: dt.datetime) -> None:
    with transaction(db):
        assert move_all(db, CLAIM, {number: {} for number in waiting[:3]}, now) == set(waiting[:3])


def test_numbers_stay_numbers(db: Database, waiting: list[int], now: dt.datetime) -> None:
    with transaction(db):
        move_all(db, CLAIM, {number: {"attempts": number % 3} for number in waiting}, now)
    kept = rows_of(db, "id, attempts, typeof(attempts)")
    assert all(kept[number] == (number % 3, "integer") for number in waiting)


def test_a_value_that_the_table_refuses_moves_nobody(
    db: Database, waiting: list[int], now: dt.datetime
) -> None:
    rows: dict[int, dict[str, object]] = {number: {"reply": "250"} for number in waiting[:9]}
    rows[waiting[4]] = {"reply": None}
    before = states(db)
    with pytest.raises(sqlite3.IntegrityError), transaction(db):
        move_all(db, CLAIM, rows, now)
    assert states(db) == before


def test_many_are_moved_by_one_statement(db: Database, waiting: list[int], now: dt.datetime) -> None:
    said: list[str] = []
    with transaction(db):
        db.conn.set_trace_callback(said.append)
        move_all(db, CLAIM, {number: values_of(number) for number in waiting[:_AT_ONCE]}, now)
        db.conn.set_trace_callback(None)
    # The trigger of each row is told as the statement that fired it.
    assert len({*said}) == 1


def test_few_statements_are_enough_for_every_number(
    db: Database, waiting: list[int], now: dt.datetime
) -> None:
    _many.cache_clear()
    for count in range(1, _AT_ONCE + 1):
        with transaction(db):
            move_all(db, CLAIM, {number: {} for number in waiting[:count]}, now)
        db.conn.execute("UPDATE deliveries SET state = 'waiting' WHERE state = 'sending'")
    assert _many.cache_info().currsize <= 10
