"""An address that is nobody's is marked, and nobody for a server that knows no one."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from deliveries import states
from postroom import Postroom

from newsletter.contacts import find_suppression
from newsletter.database import Database
from newsletter.outbox import Mailing

Queue = Callable[[], Mailing]
NOBODY = "550 5.1.1 no such user"


def test_an_address_that_is_nobodys_is_marked_once_somebody_else_was_served(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    for name in ("gone", "here"):
        people.add(name)
    room.say("RCPT", NOBODY, only="gone")
    send(queue())
    assert {name: state for name, (state, _) in states(db).items()} == {"gone": "refused", "here": "sent"}
    found = find_suppression(db, "gone@example.org")
    assert found is not None
    assert found.reason == "bounced"
    assert find_suppression(db, "here@example.org") is None


def test_a_server_that_knows_nobody_marks_nobody(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    for number in range(14):
        people.add(f"reader{number:02}")
    room.say("RCPT", NOBODY)
    found = send(queue())
    assert found.stopped
    assert db.conn.execute("SELECT count(*) FROM suppressions").fetchone()[0] == 0


def test_who_was_refused_by_a_server_that_knew_nobody_is_sent_theirs_when_it_is_well(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    for number in range(4):
        people.add(f"reader{number}")
    mailing = queue()
    room.say("RCPT", NOBODY)
    found = send(mailing)
    assert (found.waiting, found.refused, found.exit_code) == (4, 0, 75)
    room.answers.clear()
    later = replace(send, now=send.now + dt.timedelta(days=1))
    assert later(mailing).sent == 4
    assert db.conn.execute("SELECT count(*) FROM suppressions").fetchone()[0] == 0


def test_one_reader_whom_the_server_does_not_know_is_refused_at_the_end_of_the_run(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    people.add("gone")
    room.say("RCPT", NOBODY)
    assert send(queue()).refused == 1


def test_a_full_mailbox_marks_nobody(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    for name in ("full", "here"):
        people.add(name)
    room.say("RCPT", "552 5.2.2 mailbox full", only="full")
    send(queue())
    assert find_suppression(db, "full@example.org") is None
