"""People who joined after the issue was queued."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from newsletter.contacts import Changes, edit_contact
from newsletter.database import Database
from newsletter.outbox import Mailing, add_newcomers, count_newcomers

Queue = Callable[[], Mailing]


def test_they_are_offered_and_never_added_by_themselves(
    people: Any, cast: Any, queue: Queue, send: Any, room: Any
) -> None:
    mailing = queue()
    people.add("Dora")
    assert send(mailing).sent == 1
    assert count_newcomers(people.db, mailing, people.now) == 1
    assert send(queue()).sent == 1
    assert add_newcomers(people.db, mailing, people.now) == 1
    assert send(mailing).sent == 2
    assert room.recipients() == ["ada@example.org", "dora@example.org"]


def test_adding_twice_adds_once(people: Any, cast: Any, queue: Queue) -> None:
    mailing = queue()
    people.add("Dora")
    assert add_newcomers(people.db, mailing, people.now) == 1
    assert add_newcomers(people.db, mailing, people.now) == 0
    assert count_newcomers(people.db, mailing, people.now) == 0


def test_who_was_left_out_and_has_agreed_since_is_one_candidate_still(
    db: Database, people: Any, cast: Any, queue: Queue, send: Any, room: Any
) -> None:
    mailing = queue()
    people.event(cast.ben, "given")
    assert add_newcomers(db, mailing, people.now) == 1
    found = send(mailing)
    assert (found.candidates, found.sent, found.skipped) == (2, 2, {})
    assert sorted(room.recipients()) == ["ada@example.org", "ben@example.org"]


def test_who_was_sent_it_already_is_no_newcomer(people: Any, cast: Any, queue: Queue, send: Any) -> None:
    mailing = queue()
    send(mailing)
    people.add("Ada again", "ada@example.org")
    assert count_newcomers(people.db, mailing, people.now) == 0


def test_who_changed_their_address_after_a_message_was_made_is_offered_it_under_the_new_one(
    db: Database, people: Any, cast: Any, queue: Queue, send: Any, room: Any
) -> None:
    mailing = queue()
    room.answers["dot"] = lambda about: "451 4.3.0 later"
    send(mailing)
    room.answers.clear()
    send.now += dt.timedelta(days=1)
    change = Changes(add_emails=("ada@new.example.org",), primary="ada@new.example.org")
    edit_contact(db, cast.ada, change, people.now)
    assert send(mailing).skipped == {"address-changed": 1, "withdrawn": 1}
    assert add_newcomers(db, mailing, people.now) == 1
    assert send(mailing).sent == 1
    assert room.recipients() == ["ada@new.example.org"]


def test_cleo_is_no_newcomer(people: Any, cast: Any, queue: Queue) -> None:
    assert count_newcomers(people.db, queue(), people.now) == 0
