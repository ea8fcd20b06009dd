"""A mailing that is paused, cancelled, too early or too late: nothing of it leaves, and nothing of it is lost."""

import datetime as dt
import zoneinfo
from collections.abc import Callable
from typing import Any

import pytest
from beside import another_program
from deliveries import states
from postroom import Postroom

from newsletter.database import Database
from newsletter.errors import InputError
from newsletter.outbox import (
    Cancelled,
    Mailing,
    Paused,
    TooEarly,
    TooLate,
    bring_back_late,
    cancel_mailing,
    count_late,
    give_up,
    hindrance,
    mailing_of,
    mend,
    pause_mailing,
    report_of,
    resume_mailing,
    schedule_mailing,
    tally_of,
)

LONDON = zoneinfo.ZoneInfo("Europe/London")
SLUG = "2022-09"


def later(send: Any, **span: float) -> str:
    return (send.now + dt.timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%SZ")


def state_of_mailing(db: Database) -> str:
    return str(db.conn.execute("SELECT state FROM mailings").fetchone()[0])


def three(people: Any) -> None:
    for name in ("Dora", "Emil", "Finn"):
        people.add(name)


def test_a_paused_mailing_says_by_whom_since_when_and_why(
    db: Database, cast: Any, queue: Any, now: Any
) -> None:
    mailing = queue()
    pause_mailing(db, mailing, now, by="tester", why="a wrong date")
    held = hindrance(db, mailing.id, now, LONDON)
    assert isinstance(held, Paused)
    assert held.message == (
        "2022-09 is paused, by tester, Friday 30 September 2022, 10:00 (Europe/London): a wrong date"
    )
    assert "newsletter resume 2022-09" in held.remedy
    assert held.exit_code == 77


def elsewhere(db: Database, does: Callable[..., object], mailing: Mailing, now: dt.datetime) -> None:
    with another_program(db) as other:
        does(other, mailing, now, by="tester")


def test_what_is_paused_does_not_leave_until_it_is_resumed(
    db: Database, cast: Any, queue: Any, send: Any, room: Postroom
) -> None:
    mailing = queue()
    pause_mailing(db, mailing, send.now, by="tester")
    with pytest.raises(Paused):
        send(mailing)
    assert room.heard == []
    resume_mailing(db, mailing, send.now)
    assert send(mailing).sent == 1
    assert state_of_mailing(db) == "done"


def test_a_mailing_is_paused_once_and_resumed_once(db: Database, cast: Any, queue: Any, now: Any) -> None:
    mailing = queue()
    with pytest.raises(InputError, match="is not paused"):
        resume_mailing(db, mailing, now)
    pause_mailing(db, mailing, now, by="tester")
    with pytest.raises(InputError, match="paused, by tester"):
        pause_mailing(db, mailing, now, by="somebody else")


def test_a_pause_while_the_body_is_on_its_way_holds_back_the_dot(
    db: Database, cast: Any, queue: Any, send: Any, room: Postroom
) -> None:
    mailing = queue()
    room.answers["DATA"] = lambda about: elsewhere(db, pause_mailing, mailing, send.now)
    found = send(mailing)
    assert isinstance(found.stopped, Paused)
    assert (found.waiting, room.taken) == (1, [])
    assert state_of_mailing(db) == "paused"


def test_a_cancel_while_the_body_is_on_its_way_holds_back_the_dot(
    db: Database, cast: Any, queue: Any, send: Any, room: Postroom
) -> None:
    mailing = queue()
    room.answers["DATA"] = lambda about: elsewhere(db, cancel_mailing, mailing, send.now)
    found = send(mailing)
    assert isinstance(found.stopped, Cancelled)
    assert states(db)["ada"] == ("skipped", "cancelled")
    assert room.taken == []


def test_a_cancel_skips_who_waits_and_leaves_what_was_sent(
    db: Database, cast: Any, people: Any, queue: Any, send: Any
) -> None:
    three(people)
    mailing = queue()
    send(mailing, limit=1)
    assert cancel_mailing(db, mailing, send.now, by="tester", why="wrong issue") == 3
    found = report_of(db, SLUG)
    assert (found.sent, found.waiting, found.skipped["cancelled"]) == (1, 0, 3)
    assert state_of_mailing(db) == "cancelled"
    again = mailing_of(db, SLUG)
    assert again is not None
    assert again.id == mailing.id
    with pytest.raises(Cancelled, match="cancelled, by tester"):
        send(again)


def test_whoever_was_in_flight_at_the_cancel_and_is_put_back_is_skipped_at_the_end(
    db: Database, cast: Any, queue: Any, send: Any, room: Postroom
) -> None:
    mailing = queue()
    room.before_answer = lambda post: None
    room.answers["dot"] = lambda about: (
        elsewhere(db, cancel_mailing, mailing, send.now),
        "451 4.3.0 not now",
    )[1]
    found = send(mailing)
    assert states(db)["ada"] == ("skipped", "cancelled")
    assert found.waiting == 0


def test_what_is_in_doubt_stays_so_when_the_mailing_is_cancelled(
    db: Database, cast: Any, people: Any, queue: Any, send: Any
) -> None:
    three(people)
    mailing = queue()
    db.conn.execute("UPDATE deliveries SET state = 'in-doubt' WHERE email = 'ada@example.org'")
    cancel_mailing(db, mailing, send.now, by="tester")
    assert tally_of(db, mailing.id).in_doubt == 1
    assert report_of(db, SLUG).in_doubt == 1


def test_what_is_done_can_be_neither_paused_nor_cancelled(
    db: Database, cast: Any, queue: Any, send: Any
) -> None:
    mailing = queue()
    send(mailing)
    for stop in (pause_mailing, cancel_mailing):
        with pytest.raises(InputError, match="nothing of 2022-09 is left"):
            stop(db, mailing, send.now, by="tester")


def test_nothing_leaves_before_its_time_and_everything_at_it(
    db: Database, cast: Any, queue: Any, send: Any, room: Postroom
) -> None:
    mailing = schedule_mailing(db, queue(), later(send, hours=1), later(send, hours=13))
    with pytest.raises(TooEarly, match="Friday 30 September 2022, 11:00"):
        send(mailing)
    assert room.heard == []
    send.now += dt.timedelta(hours=1)
    assert send(mailing).sent == 1


def test_after_its_last_time_nobody_gets_it_until_a_later_one_is_named(
    db: Database, cast: Any, people: Any, queue: Any, send: Any, room: Postroom
) -> None:
    three(people)
    mailing = schedule_mailing(db, queue(), "", later(send, hours=12))
    send(mailing, limit=1)
    send.now += dt.timedelta(days=1)
    with pytest.raises(TooLate, match="was not to go after Friday 30 September 2022, 22:00"):
        send(mailing)
    assert report_of(db, SLUG).skipped["too-late"] == 3 == count_late(db, mailing.id)
    assert state_of_mailing(db) == "done"
    assert bring_back_late(db, mailing.id, send.now) == 3
    schedule_mailing(db, mailing, "", later(send, hours=12))
    assert send(mailing).sent == 4
    assert len(room.recipients()) == len(set(room.recipients())) == 4


def test_a_run_that_reaches_the_last_time_stops_there(
    db: Database, cast: Any, people: Any, queue: Any, send: Any, room: Postroom
) -> None:
    three(people)
    mailing = schedule_mailing(db, queue(), "", later(send, hours=12))

    def two_days_go_by(post: object) -> None:
        send.now += dt.timedelta(days=2 * (len(room.taken) == 2))

    room.before_answer = two_days_go_by
    found = send(mailing)
    assert isinstance(found.stopped, TooLate)
    assert (found.sent, found.skipped["too-late"], found.waiting) == (2, 2, 0)


def test_a_paused_mailing_keeps_its_people_beyond_the_last_time(
    db: Database, cast: Any, queue: Any, send: Any
) -> None:
    mailing = schedule_mailing(db, queue(), "", later(send, hours=1))
    pause_mailing(db, mailing, send.now, by="tester")
    send.now += dt.timedelta(days=1)
    mend(db, send.now)
    assert states(db)["ada"] == ("waiting", "")


def test_a_run_that_died_after_its_last_receipt_is_noted_as_done_by_the_next_command(
    db: Database, cast: Any, queue: Any, send: Any
) -> None:
    send(queue())
    db.conn.execute("UPDATE mailings SET state = 'running', finished_at = ''")
    mend(db, send.now)
    assert state_of_mailing(db) == "done"


def test_who_waits_is_given_up_by_the_operators_word_alone(
    db: Database, cast: Any, queue: Any, now: dt.datetime
) -> None:
    queue()
    (ada,) = db.conn.execute("SELECT id FROM deliveries WHERE state = 'waiting'").fetchone()
    give_up(db, [ada], now)
    found = db.conn.execute("SELECT state, reply FROM deliveries WHERE id = ?", (ada,)).fetchone()
    assert tuple(found) == ("refused", "could not be made again, and was given up")
    with pytest.raises(InputError, match="not waiting any more"):
        give_up(db, [ada], now)
