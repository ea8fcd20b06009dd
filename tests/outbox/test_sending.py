"""What becomes of each delivery, whatever the server says."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from certificates import certificate, server_side
from deliveries import state_of, states
from postroom import DROP, TAKE_AND_DROP, Postroom, postroom

from newsletter.database import Database
from newsletter.edition import Edition, EditionPicture
from newsletter.errors import NotAllowed, ServerUnavailable, TryAgain
from newsletter.outbox import Mailing
from newsletter.outbox.login import LoginRefused

Queue = Callable[[], Mailing]


def test_ada_gets_it_ben_is_skipped_and_cleo_never_hears_of_it(
    db: Database, cast: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    found = send(queue())
    assert room.recipients() == ["ada@example.org"]
    assert states(db) == {"ada": ("sent", ""), "ben": ("skipped", "withdrawn")}
    assert (found.candidates, found.sent, found.skipped, found.exit_code) == (2, 1, {"withdrawn": 1}, 0)


def test_sending_again_sends_nothing_again(cast: Any, queue: Queue, send: Any, room: Postroom) -> None:
    send(queue())
    found = send(queue())
    assert len(room.taken) == 1
    assert found.exit_code == 0


def test_each_message_goes_to_one_recipient_alone(
    people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    for number in range(7):
        people.add(f"reader{number}")
    send(queue(), connections=3)
    assert sorted(room.recipients()) == [f"reader{number}@example.org" for number in range(7)]
    assert all(len(post.recipients) == 1 for post in room.taken)
    for post in room.taken:
        head = post.content.partition(b"\r\n\r\n")[0].lower()
        assert head.count(b"\r\nto: ") == 1
        assert b"\r\ncc:" not in head
        assert b"\r\nbcc:" not in head
        assert post.recipients[0].encode() in head


def test_one_line_carries_many_messages(people: Any, queue: Queue, send: Any, room: Postroom) -> None:
    for number in range(5):
        people.add(f"reader{number}")
    send(queue())
    assert room.connections == 1


def test_a_refused_recipient_is_noted_and_the_next_one_is_served(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    people.add("gone")
    people.add("here")
    room.say("RCPT", "550 5.1.1 <gone@example.org>: no such user", only="gone")
    found = send(queue())
    assert room.recipients() == ["here@example.org"]
    assert (state_of(db, "gone"), state_of(db, "here")) == ("refused", "sent")
    assert "RSET" in room.heard
    assert found.exit_code == 1


def test_what_is_kept_of_a_reply_has_no_address_in_it(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    people.add("gone")
    room.say("RCPT", "550 5.1.1 <gone@example.org>: gone@example.org is no user of ours")
    send(queue())
    reply = db.conn.execute("SELECT reply FROM deliveries").fetchone()[0]
    assert reply == "550 5.1.1 <<address>>: <address> is no user of ours"


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "dot"])
def test_a_temporary_refusal_puts_the_delivery_off(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom, verb: str
) -> None:
    people.add("slow")
    room.say(verb, "451 4.3.0 try later", times=1)
    mailing = queue()
    found = send(mailing)
    row = db.conn.execute("SELECT state, attempts, due_at, reply FROM deliveries").fetchone()
    assert tuple(row)[:2] == ("waiting", 1)
    assert row["due_at"] == "2022-09-30T09:06:15Z"  # five minutes and a quarter of jitter
    assert row["reply"] == "451 4.3.0 try later"
    assert found.exit_code == 75
    assert send(mailing).waiting == 1, "it is not due yet"
    send.now += dt.timedelta(minutes=7)
    assert send(mailing).sent == 1
    assert room.recipients() == ["slow@example.org"]


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "body"])
def test_a_line_lost_before_the_dot_leaves_the_delivery_waiting(
    db: Database,
    people: Any,
    queue: Queue,
    send: Any,
    room: Postroom,
    editions: dict[str, Edition],
    verb: str,
) -> None:
    # Larger than what the buffers of both ends hold: the line goes while the body is on its way.
    big = EditionPicture("big.png", "image/png", b"\x89PNG" + bytes(12_000_000 if verb == "body" else 100))
    editions.update({name: replace(edition, pictures=(big,)) for name, edition in editions.items()})
    people.add("first")
    people.add("second")
    room.say(verb, DROP, times=1)
    found = send(queue())
    assert sorted(state for state, _ in states(db).values()) == ["sent", "waiting"]
    assert room.connections == 2
    assert found.exit_code == 75


@pytest.mark.parametrize(("answer", "arrived"), [(DROP, []), (TAKE_AND_DROP, ["ada@example.org"])])
def test_a_line_lost_after_the_dot_leaves_doubt_and_nothing_is_sent_again(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom, answer: str, arrived: list[str]
) -> None:
    people.add("Ada")
    room.say("dot", answer)
    mailing = queue()
    found = send(mailing)
    assert state_of(db, "ada") == "in-doubt"
    assert (found.in_doubt, found.exit_code) == (1, 1)
    room.answers.clear()
    send(mailing)
    assert room.recipients() == arrived


def test_silence_after_the_dot_is_doubt(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    people.add("Ada")
    room.silent = True
    send(queue(), timeout=0.5)
    assert state_of(db, "ada") == "in-doubt"
    assert room.recipients() == ["ada@example.org"]


def test_a_refusal_of_the_content_is_for_this_recipient_alone(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    people.add("picky")
    people.add("plain")
    room.say("dot", "554 5.6.0 not like this", only="picky")
    send(queue())
    assert (state_of(db, "picky"), state_of(db, "plain")) == ("refused", "sent")


def test_an_answer_before_the_dot_is_taken_at_its_word(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    people.add("big")
    people.add("small")
    room.say("body", "552 5.3.4 too big", only="big")
    send(queue())
    assert state_of(db, "small") == "sent"
    assert state_of(db, "big") == "refused"
    assert room.recipients() == ["small@example.org"]


def test_a_server_that_closes_the_line_between_messages_is_called_again(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    people.add("first")
    people.add("second")
    served: list[str] = []

    def tired(about: str) -> str | None:
        served.append(about)
        return "421 4.7.0 enough for one line" if len(served) == 2 else None

    room.answers["MAIL"] = tired
    found = send(queue())
    assert found.exit_code == 0
    assert room.connections == 2
    assert sorted(room.recipients()) == ["first@example.org", "second@example.org"]


def test_a_refused_sender_stops_the_run_and_marks_nobody(
    people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    people.add("first")
    people.add("second")
    room.say("MAIL", "550 5.7.60 you may not send as this address")
    found = send(queue())
    assert found.waiting == 2
    assert isinstance(found.stopped, NotAllowed)
    assert room.heard.count("RSET") == 1
    assert found.exit_code == 77


def test_three_refusals_for_policy_in_a_row_are_about_us(
    people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    for number in range(5):
        people.add(f"reader{number}")
    room.say("RCPT", "554 5.7.1 relay access denied")
    found = send(queue())
    assert (found.waiting, found.refused) == (5, 0)
    assert isinstance(found.stopped, NotAllowed)
    assert len([line for line in room.heard if line.startswith("RCPT")]) == 3


@pytest.mark.parametrize("verb", ["RCPT", "dot"])
def test_fewer_refusals_for_policy_are_about_them(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom, verb: str
) -> None:
    for number in range(4):
        people.add(f"reader{number}")
    mailing = queue()
    kind = db.conn.execute("SELECT email FROM deliveries ORDER BY id LIMIT 1 OFFSET 2").fetchone()[0]
    room.answers[verb] = lambda about: None if about == kind else "550 5.7.1 not from you"
    found = send(mailing)
    assert (found.sent, found.refused, found.waiting) == (1, 3, 0)
    assert not found.stopped


@pytest.mark.parametrize(
    ("verb", "reply", "counted"),
    [
        ("RCPT", "450 4.2.0 busy", "waiting"),
        ("RCPT", "550 5.1.1 nobody", "refused"),
        ("dot", DROP, "in_doubt"),
    ],
)
def test_a_storm_stops_the_run(
    people: Any, queue: Queue, send: Any, room: Postroom, verb: str, reply: str, counted: str
) -> None:
    for number in range(14):
        people.add(f"reader{number:02}")
    room.say(verb, reply)
    found = send(queue())
    assert isinstance(found.stopped, TryAgain)
    tried = {"waiting": 10, "refused": 10, "in_doubt": 3}[counted]
    assert len([line for line in room.heard if line.startswith("RCPT")]) == tried
    # Who was refused by a server that took nobody waits too.
    assert found.waiting == (14 - tried if counted == "in_doubt" else 14)


def test_a_limit_leaves_the_rest_waiting(people: Any, queue: Queue, send: Any, room: Postroom) -> None:
    for number in range(5):
        people.add(f"reader{number}")
    mailing = queue()
    found = send(mailing, limit=2, connections=3)
    assert (found.sent, found.waiting, found.exit_code) == (2, 3, 75)
    assert send(mailing).sent == 5
    assert len(set(room.recipients())) == len(room.taken) == 5


def test_an_absent_server_loses_nothing(people: Any, queue: Queue, send: Any) -> None:
    people.add("Ada")
    found = send(queue(), port=1)
    assert isinstance(found.stopped, ServerUnavailable)
    assert (found.waiting, found.exit_code) == (1, 69)


def test_fewer_lines_than_we_were_told_to_use_are_enough(
    people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    for number in range(6):
        people.add(f"reader{number}")
    room.most_connections = 1
    found = send(queue(), connections=4)
    assert (found.sent, found.exit_code) == (6, 0)


def test_a_wrong_password_is_tried_once_however_many_lines_there_are(
    people: Any, queue: Queue, send: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Many a provider locks an account after a few attempts.
    for number in range(30):
        people.add(f"reader{number}")
    mailing, path = queue(), certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with postroom(tls=server_side(path), password="right") as room:
        login = {"port": room.port, "security": "starttls", "user": "news", "connections": 8}
        found = send(mailing, password="wrong", **login)
        assert isinstance(found.stopped, LoginRefused)
        # One line, which aiosmtpd counts once more when it is encrypted.
        assert (found.waiting, room.connections) == (30, 2)
        assert send(mailing, password="right", **login).sent == 30
        assert room.connections > 2 + 2


def test_a_clock_that_ran_ahead_puts_nothing_off_for_years(
    people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    people.add("Ada")
    mailing, right = queue(), send.now
    send.now = dt.datetime(2038, 1, 19, 3, 14, 8, tzinfo=dt.UTC)
    room.say("RCPT", "451 4.7.1 come back later", times=1)
    assert send(mailing).waiting == 1
    send.now = right
    assert send(mailing).sent == 1
