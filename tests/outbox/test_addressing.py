"""Whose an address is: it goes along where somebody's changes, and to the next where they do not get the issue."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from beside import another_program
from deliveries import states
from postroom import DROP, Postroom

from newsletter.contacts import Changes, ConsentEvent, edit_contact, record_consent
from newsletter.database import Database
from newsletter.outbox import (
    Mailing,
    Reach,
    add_newcomers,
    cancel_mailing,
    count_newcomers,
    doubtful_of,
    explain,
    settle_doubts,
)

Queue = Callable[[], Mailing]
SLUG = "2022-09"
OFFICE = "office@example.org"


def move_to(db: Database, contact: int, email: str, now: Any) -> None:
    edit_contact(db, contact, Changes(add_emails=(email,), primary=email), now)


def rows(db: Database) -> dict[int, tuple[str, str]]:
    """State and reason of the last row of each person."""
    return {
        row["contact_id"]: (row["state"], row["reason"])
        for row in db.conn.execute("SELECT contact_id, state, reason FROM deliveries ORDER BY id")
    }


def elsewhere(db: Database, does: Callable[[Database], object]) -> Callable[[str], None]:
    """An answer of the mail server before which another process changes the database, once."""
    left = [does]

    def answer(about: str) -> None:
        if left:
            with another_program(db) as other:
                left.pop()(other)

    return answer


@pytest.fixture
def shared(people: Any) -> list[int]:
    """Three people at one address, in the order in which they are asked."""
    return sorted(people.add(name, OFFICE) for name in ("Office", "Olive", "Oscar"))


# Somebody's address changes.


def test_a_row_that_waits_goes_along_to_the_new_address(
    db: Database, cast: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    mailing = queue()
    move_to(db, cast.ada, "moved@example.org", send.now)
    found = send(mailing)
    assert (found.sent, found.exit_code, room.recipients()) == (1, 0, ["moved@example.org"])
    (row,) = db.conn.execute(
        "SELECT d.email, message_id, a.address_key = recipient_key AS theirs FROM deliveries d "
        "JOIN addresses a ON a.email = d.email WHERE state = 'sent'"
    ).fetchall()
    assert (row["email"], row["theirs"]) == ("moved@example.org", 1)
    assert row["message_id"].encode() in room.taken[0].content
    assert count_newcomers(db, mailing, send.now) == 0


def test_what_was_tried_at_the_old_address_is_tried_at_the_new_one(
    db: Database, cast: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    mailing = queue()
    room.say("RCPT", "450 4.2.0 busy", times=1)
    assert send(mailing).waiting == 1
    move_to(db, cast.ada, "moved@example.org", send.now)
    send.now += timedelta(days=1)
    assert send(mailing).sent == 1
    assert db.conn.execute("SELECT attempts FROM deliveries WHERE state = 'sent'").fetchone()[0] == 1
    assert room.recipients() == ["moved@example.org"]


@pytest.mark.parametrize("moment", ["MAIL", "RCPT", "DATA"])
def test_what_is_on_its_way_to_the_old_address_is_not_finished(
    db: Database, cast: Any, queue: Queue, send: Any, room: Postroom, moment: str
) -> None:
    room.answers[moment] = elsewhere(
        db, lambda other: move_to(other, cast.ada, "moved@example.org", send.now)
    )
    found = send(queue())
    assert (found.sent, found.waiting) == (1, 0)
    assert room.recipients() == ["moved@example.org"]
    assert b"ada@example.org" not in room.taken[0].content


def test_two_who_change_places_get_one_each(
    db: Database, cast: Any, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    dora = people.add("Dora")
    mailing = queue()
    move_to(db, cast.ada, "dora@example.org", send.now)
    move_to(db, dora, "ada@example.org", send.now)
    assert send(mailing).sent == 2
    assert sorted(room.recipients()) == ["ada@example.org", "dora@example.org"]


def test_who_moves_to_an_address_that_has_its_message_gets_no_second_one(
    db: Database, cast: Any, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    dora = people.add("Dora")
    mailing = queue()
    send(mailing, limit=1)
    (first,) = room.recipients()
    later = dora if first.startswith("ada") else cast.ada
    move_to(db, later, first, send.now)
    found = send(mailing)
    assert room.recipients() == [first]
    assert rows(db)[later] == ("skipped", "duplicate")
    assert (found.sent, found.waiting) == (1, 0)
    assert count_newcomers(db, mailing, send.now) == 0


def test_who_moves_away_leaves_their_address_to_the_next(
    db: Database, shared: list[int], queue: Queue, send: Any, room: Postroom
) -> None:
    mailing = queue()
    move_to(db, shared[0], "moved@example.org", send.now)
    assert send(mailing).sent == 2
    assert sorted(room.recipients()) == ["moved@example.org", OFFICE]


def test_who_shares_an_address_with_somebody_who_got_it_elsewhere_is_offered_it(
    db: Database, cast: Any, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    first, second = sorted([cast.ada, people.add("Dora")])
    mailing = queue()
    people.event(second, "withdrawn")
    send(mailing)
    people.event(second, "given")
    for person in (first, second, others := people.add("Eve")):
        move_to(db, person, OFFICE, send.now)
    # Whoever of the two has the lower number has the address; the other is not offered it beside them.
    one, two = sorted([second, others])
    assert count_newcomers(db, mailing, send.now) == 1
    told = {who: explain(db, who, SLUG, Reach(("partners",)), send.now) for who in (one, two)}
    assert [told[who].would_receive for who in (one, two)] == [True, False]
    assert told[one].reasons[0].startswith("they agreed to partners")
    assert told[two].reasons[0].startswith("duplicate")
    assert add_newcomers(db, mailing, send.now) == 1
    assert send(mailing).sent == 2
    assert sorted(room.recipients())[-1] == OFFICE
    assert rows(db)[one] == ("sent", "")
    assert count_newcomers(db, mailing, send.now) == 0


# Where the message was made for the old address.


def made_for_the_old_address(db: Database, cast: Any, queue: Queue, send: Any, room: Postroom) -> Any:
    """A mailing whose message to Ada was put off, and tried again a day later, when she had moved."""
    mailing = queue()
    room.say("dot", "451 4.3.0 later", times=1)
    send(mailing)
    move_to(db, cast.ada, "moved@example.org", send.now)
    send.now += timedelta(days=1)
    send(mailing)
    return mailing


def test_what_was_made_for_the_old_address_does_not_go_and_is_offered_anew(
    db: Database, cast: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    mailing = made_for_the_old_address(db, cast, queue, send, room)
    assert states(db)["ada"] == ("skipped", "address-changed")
    assert room.taken == []
    assert add_newcomers(db, mailing, send.now) == 1
    assert add_newcomers(db, mailing, send.now) == 0
    assert send(mailing).sent == 1
    assert room.recipients() == ["moved@example.org"]
    assert count_newcomers(db, mailing, send.now) == 0


def test_the_operator_is_told_and_it_is_not_sent_again(
    db: Database, cast: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    mailing = queue()
    room.say("dot", DROP, times=1)
    send(mailing)
    (doubt,) = doubtful_of(db, SLUG)
    assert not doubt.address_changed
    move_to(db, cast.ada, "moved@example.org", send.now)
    (doubt,) = doubtful_of(db, SLUG)
    assert doubt.address_changed
    settle_doubts(db, {doubt.id: False}, send.now)
    assert send(mailing).skipped == {"address-changed": 1, "withdrawn": 1}
    assert room.taken == []


def test_who_is_back_at_the_old_address_is_not_offered_a_second_row_for_it(
    db: Database, cast: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    mailing = made_for_the_old_address(db, cast, queue, send, room)
    edit_contact(db, cast.ada, Changes(primary="ada@example.org"), send.now)
    assert add_newcomers(db, mailing, send.now) == 0
    assert room.taken == []


# Whoever has the address does not get it.


@pytest.mark.parametrize("leaving", [1, 2, 3])
def test_the_next_at_the_address_gets_it_in_the_same_run(
    db: Database, people: Any, shared: list[int], queue: Queue, send: Any, room: Postroom, leaving: int
) -> None:
    mailing = queue()
    for contact in shared[:leaving]:
        people.event(contact, "withdrawn")
    found = send(mailing)
    assert room.recipients() == [OFFICE] * (leaving < 3)
    assert (found.candidates, found.waiting, found.exit_code) == (3, 0, 0)
    assert [rows(db)[contact] for contact in shared[:leaving]] == [("skipped", "withdrawn")] * leaving
    if leaving < 3:
        assert rows(db)[shared[leaving]] == ("sent", "")
    assert count_newcomers(db, mailing, send.now) == 0


@pytest.mark.parametrize("moment", ["MAIL", "DATA"])
def test_the_next_gets_it_too_where_the_first_leaves_before_the_dot(
    db: Database,
    shared: list[int],
    queue: Queue,
    send: Any,
    room: Postroom,
    moment: str,
) -> None:
    event = ConsentEvent(shared[0], "partners", "withdrawn", "consent", "2022-06-14", "paper", "tester")
    room.answers[moment] = elsewhere(db, lambda other: record_consent(other, event, send.now))
    found = send(queue())
    assert (found.sent, found.waiting, found.skipped) == (1, 0, {"withdrawn": 1, "duplicate": 1})
    assert rows(db)[shared[0]] == ("skipped", "withdrawn")
    assert rows(db)[shared[1]] == ("sent", "")


def test_who_comes_back_after_the_next_one_got_it_is_not_offered_it(
    db: Database, people: Any, shared: list[int], queue: Queue, send: Any
) -> None:
    mailing = queue()
    people.event(shared[0], "withdrawn")
    send(mailing)
    people.event(shared[0], "given")
    assert count_newcomers(db, mailing, send.now) == 0


def test_what_was_claimed_once_keeps_the_address(
    db: Database, people: Any, shared: list[int], queue: Queue, send: Any, room: Postroom
) -> None:
    mailing = queue()
    room.say("dot", "451 4.3.0 later", times=1)
    send(mailing)
    people.event(shared[0], "withdrawn")
    send.now += timedelta(days=1)
    send(mailing)
    assert [rows(db)[contact][1] for contact in shared] == ["withdrawn", "duplicate", "duplicate"]
    assert count_newcomers(db, mailing, send.now) == 0
    assert room.taken == []


def test_a_cancelled_mailing_is_handed_on_to_nobody(
    db: Database, shared: list[int], queue: Queue, send: Any
) -> None:
    mailing = queue()
    cancel_mailing(db, mailing, send.now, by="tester")
    assert [rows(db)[contact][1] for contact in shared] == ["cancelled", "duplicate", "duplicate"]


def test_a_row_that_kept_its_address_when_it_was_skipped_stands_in_nobodys_way(
    db: Database, people: Any, shared: list[int], queue: Queue, send: Any, room: Postroom
) -> None:
    mailing = queue()
    people.event(shared[0], "withdrawn")
    db.conn.execute("UPDATE deliveries SET state = 'skipped', reason = 'withdrawn' WHERE state = 'waiting'")
    assert add_newcomers(db, mailing, send.now) == 1
    assert add_newcomers(db, mailing, send.now) == 0
    assert send(mailing).sent == 1
    assert rows(db)[shared[1]] == ("sent", "")


def test_why_does_not_offer_what_somebody_else_at_the_address_has(
    db: Database, cast: Any, people: Any, queue: Queue, send: Any
) -> None:
    send(queue())
    again, dora = people.add("Ada again", "ada@example.org"), people.add("Dora")
    told = {
        who: " ".join(explain(db, who, SLUG, Reach(("partners",)), send.now).reasons) for who in (again, dora)
    }
    assert "--add-new" not in told[again]
    assert "somebody else at the same address has it" in told[again]
    assert "--add-new" in told[dora]


# All of it at random.


def _upset(chance: random.Random, db: Database, crowd: list[int], now: Any) -> None:
    """Somebody moves to one of a few addresses, leaves, or agrees again."""
    who = chance.choice(crowd)
    if chance.random() < 0.5:
        move_to(db, who, f"place{chance.randrange(4)}@example.org", now)
        return
    kind = chance.choice(["given", "withdrawn"])
    record_consent(db, ConsentEvent(who, "partners", kind, "consent", "2022-06-14", "paper", "tester"), now)


def _invited(db: Database) -> set[str]:
    """The addresses at which somebody wants it now."""
    asked = (
        "SELECT a.email FROM addresses a JOIN subscriptions s ON s.contact_id = a.contact_id "
        "WHERE a.is_primary = 1 AND s.list = 'partners' AND s.state = 'given'"
    )
    return {row[0] for row in db.conn.execute(asked)}


@pytest.mark.parametrize("seed", range(12))
def test_whatever_changes_an_address_gets_one_and_only_while_somebody_there_wants_it(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # nothing here is a secret
    crowd = [people.add(f"P{number}", f"place{number % 4}@example.org") for number in range(6)]
    mailing = queue()
    for _ in range(6):
        for _ in range(chance.randrange(4)):
            _upset(chance, db, crowd, send.now)
        before, wanted = len(room.taken), _invited(db)
        room.answers.clear()
        match chance.randrange(4):
            case 0:
                room.say("dot", "451 4.3.0 later", times=1)
            case 1:
                moment = chance.choice(["MAIL", "RCPT", "DATA"])
                room.answers[moment] = elsewhere(db, lambda other: _upset(chance, other, crowd, send.now))
        if chance.random() < 0.3:
            add_newcomers(db, mailing, send.now)
        found = send(mailing, limit=chance.choice([1, 2, None]))
        assert {one.recipients[0] for one in room.taken[before:]} <= wanted | _invited(db)
        assert found.stopped is None
        send.now += timedelta(days=1)
    room.answers.clear()
    assert send(mailing).waiting == 0
    assert max(Counter(room.recipients()).values(), default=0) <= 1
    served = db.conn.execute("SELECT contact_id, count(*) FROM deliveries WHERE state = 'sent' GROUP BY 1")
    assert all(number == 1 for _, number in served)
