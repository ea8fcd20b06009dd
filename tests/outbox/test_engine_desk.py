"""What the desk keeps when one thing among many cannot be: nobody else suffers, and nothing is left open."""

import datetime as dt
import sqlite3
import time
from types import SimpleNamespace
from typing import Any

import pytest
from beside import another_program
from deliveries import state_of, states
from postroom import Postroom

from newsletter.config import Config
from newsletter.database import Database, transaction
from newsletter.errors import ProofFailed
from newsletter.outbox import Mailing, cancel_mailing
from newsletter.outbox.desk import Claim, Desk, Found, Note
from newsletter.outbox.engine import Engine
from newsletter.outbox.ledger import _LEFT, claim_all, move, recover
from newsletter.outbox.preparing import Press
from newsletter.outbox.states import ACCEPT, CLAIM, DEFER, REFUSE
from newsletter.outbox.watching import Change


def desk_of(db: Database, mailing: Mailing, now: dt.datetime) -> Desk:
    return Desk(db, mailing, dt.UTC, lambda: now, lambda: None)


def number_of(db: Database, name: str) -> int:
    return int(db.conn.execute("SELECT id FROM deliveries WHERE email LIKE ?", (f"{name}@%",)).fetchone()[0])


def first_claim(db: Database, mailing: Mailing, config: Config, now: dt.datetime) -> Claim:
    desk, found = desk_of(db, mailing, now), Found()
    desk._look(1, frozenset(), found)
    (due,) = found.due
    return Claim(due, Press(db, mailing, config).prepare(due.delivery, due.decision, now))


@pytest.mark.parametrize("error", [sqlite3.DatabaseError("malformed"), OSError("gone"), KeyError("who")])
def test_claims_are_declined_whatever_went_wrong(
    db: Database,
    cast: Any,
    queue: Any,
    config: Config,
    now: dt.datetime,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    mailing = queue()
    claim = first_claim(db, mailing, config, now)

    def fail(*args: object) -> set[int]:
        raise error

    monkeypatch.setattr("newsletter.outbox.desk.claim_all", fail)
    found = Found()
    desk_of(db, mailing, now).commit([claim], [], found)
    assert [one for one, _ in found.declined] == [claim]
    assert found.stop is not None
    assert state_of(db, "ada") == "waiting"


def test_a_claim_goes_before_a_look_for_more(
    db: Database, cast: Any, queue: Any, config: Config, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keep(desk: Desk, claims: list[Claim], notes: list[Note], found: Found) -> None:
        commit(desk, claims, notes, found)
        if notes:  # while these are kept, a line has said its text
            desk.put([claim])

    mailing = queue()
    claim, commit = first_claim(db, mailing, config, now), Desk.commit
    monkeypatch.setattr(Desk, "commit", keep)
    desk = desk_of(db, mailing, now)
    desk.want(1, frozenset())
    desk.put([], [Note(0, (), None)])
    desk.start()
    told: list[Found] = []
    until = time.monotonic() + 10
    while not any(found.looked for found in told) and time.monotonic() < until:
        told += desk.collect()
    desk.close()
    assert [(found.noted, found.claimed, found.looked) for found in told] == [
        (1, [], False),
        (0, [claim], False),
        (0, [], True),
    ]


def test_a_note_that_cannot_be_kept_takes_no_other_with_it(
    db: Database, cast: Any, people: Any, queue: Any, now: dt.datetime
) -> None:
    people.add("Dora")
    mailing = queue()
    ada, dora = number_of(db, "ada"), number_of(db, "dora")
    move(db, dora, CLAIM, now)
    wrong = Note(ada, ((ACCEPT, {}),), Change(ada, "sent"))
    right = Note(dora, ((ACCEPT, {}),), Change(dora, "sent"))
    found = Found()
    desk_of(db, mailing, now).commit([], [wrong, right], found)
    assert (state_of(db, "ada"), state_of(db, "dora")) == ("waiting", "sent")
    assert found.changes == [right.change]
    assert isinstance(found.stop, ProofFailed)


@pytest.mark.parametrize("step", [DEFER, REFUSE])
def test_what_another_process_cancelled_meanwhile_stays_so_and_is_no_fault(
    db: Database, cast: Any, queue: Any, now: dt.datetime, step: Any
) -> None:
    mailing = queue()
    cancel_mailing(db, mailing, now, by="tester")
    number, found = number_of(db, "ada"), Found()
    desk_of(db, mailing, now).commit([], [Note(number, ((step, {}),), Change(number, step.target))], found)
    assert states(db)["ada"] == ("skipped", "cancelled")
    assert (found.changes, found.stop, found.noted) == ([], None, 1)


@pytest.mark.parametrize("reply", ["450 4.2.0 later", "550 5.1.1 nobody"])
def test_a_refusal_that_comes_after_the_mailing_was_cancelled_ends_the_run_in_good_order(
    db: Database, cast: Any, queue: Any, send: Any, room: Postroom, reply: str
) -> None:
    mailing = queue()

    def cancel(about: str) -> str:
        with another_program(db) as other:
            cancel_mailing(other, mailing, send.now, by="tester")
        return reply

    room.answers["RCPT"] = cancel
    assert send(mailing).skipped == {"cancelled": 1, "withdrawn": 1}
    assert room.taken == []


def test_what_a_dead_run_left_is_found_without_reading_all_that_was_ever_owed(
    db: Database, cast: Any, queue: Any, now: dt.datetime
) -> None:
    queue()
    ada = number_of(db, "ada")
    with transaction(db):
        move(db, ada, CLAIM, now)
    plan = " ".join(row[3] for row in db.conn.execute(f"EXPLAIN QUERY PLAN {_LEFT}"))
    assert "SCAN d" not in plan
    assert "deliveries_state" in plan
    assert (recover(db, now), state_of(db, "ada")) == (1, "in-doubt")


def test_only_what_still_waited_is_claimed(
    db: Database, cast: Any, people: Any, queue: Any, config: Config, now: dt.datetime
) -> None:
    people.add("Dora")
    mailing = queue()
    press = Press(db, mailing, config)
    desk, found = desk_of(db, mailing, now), Found()
    desk._look(2, frozenset(), found)
    prepared = {due.delivery.id: press.prepare(due.delivery, due.decision, now) for due in found.due}
    ada = number_of(db, "ada")
    with transaction(db):
        assert claim_all(db, {ada: prepared[ada]}, now) == {ada}
        # In flight already: a second dot would be a second copy.
        assert claim_all(db, prepared, now) == {number_of(db, "dora")}


def test_what_is_claimed_while_the_run_breaks_is_put_back_without_a_dot(
    db: Database, cast: Any, queue: Any, send: Any, room: Postroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(engine: Engine) -> None:
        if engine._asked:
            raise RuntimeError("nobody foresaw this")
        turn(engine)

    turn = Engine._turn
    mailing = queue()
    with monkeypatch.context() as patched:
        patched.setattr(Engine, "_turn", break_down)
        with pytest.raises(RuntimeError, match="foresaw"):
            send(mailing)
    assert room.taken == []
    assert state_of(db, "ada") == "waiting"
    assert send(mailing).in_doubt == 0
    assert len(room.taken) == 1


def test_a_look_gives_what_is_due_and_not_in_hand_and_says_when_there_is_no_more(
    db: Database, people: Any, queue: Any, now: dt.datetime
) -> None:
    for name in ("Ada", "Dora", "Emil", "Finn", "Gwen", "Hana"):
        people.add(name)
    desk = desk_of(db, queue(), now)
    ids = [row[0] for row in db.conn.execute("SELECT id FROM deliveries ORDER BY id")]

    def look(count: int, but: list[int]) -> tuple[list[int], bool]:
        found = Found()
        desk._look(count, frozenset(but), found)
        assert found.stop is None
        return [due.delivery.id for due in found.due], found.dry

    # In hand are those that a look began with, and more of them than it asks for.
    assert look(2, ids[:4]) == (ids[4:], False)
    # From the beginning again, since after the last there is nobody.
    assert look(2, ids[1:]) == (ids[:1], False)
    assert look(3, [ids[1], ids[3]]) == ([ids[2]], False)
    assert look(1, ids[:5]) == (ids[5:], False)
    assert look(2, ids) == ([], True)
    assert look(9, []) == (ids, False)


class Counter:
    """What an engine asks of a desk and a pile, counted."""

    def __init__(self) -> None:
        self.put_notes: list[Note] = []
        self.looks = 0

    def put(self, claims: Any, notes: list[Note], rates: Any) -> None:
        self.put_notes += notes

    def want(self, count: int, but: Any) -> None:
        self.looks += 1

    def rates_to_keep(self) -> list[Any]:
        return []

    def wanted(self, *, ending: bool) -> int:
        return 1

    def in_hand(self) -> frozenset[int]:
        return frozenset()


def test_nothing_is_looked_up_before_what_was_heard_of_it_is_kept() -> None:
    desk = Counter()
    engine = Engine(
        desk, desk, None, None, None, sender="", halt=SimpleNamespace(is_set=lambda: False), watcher=None
    )  # type: ignore[arg-type]
    claim = Claim(SimpleNamespace(delivery=SimpleNamespace(id=2)), None)  # type: ignore[arg-type]
    engine._notes = [Note(1, ((DEFER, {}),), None)]
    engine._wires = {number: set() for number in range(8)}  # type: ignore[misc]
    engine._claims, engine._since = [SimpleNamespace(claim=claim)], time.monotonic()  # type: ignore[list-item]
    engine._keep()
    assert (desk.put_notes, desk.looks) == ([], 0)
    engine._since = 0.0
    engine._keep()
    assert (len(desk.put_notes), desk.looks) == (1, 1)
