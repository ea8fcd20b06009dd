"""Whoever says no, or changes, after an issue was queued is heard until the final dot."""

import datetime as dt
import email
import email.policy
from collections.abc import Callable
from typing import Any

import pytest
from beside import another_program
from deliveries import states
from postroom import Post, Postroom

from newsletter.contacts import Changes, ConsentEvent, edit_contact, record_consent
from newsletter.database import Database
from newsletter.outbox import Mailing, opaque_at
from newsletter.replies import withdraw_by_token
from newsletter.tokens import make_token

Queue = Callable[[], Mailing]


def test_consent_withdrawn_after_queueing_is_honoured(
    db: Database, cast: Any, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    mailing = queue()
    people.event(cast.ada, "withdrawn")
    found = send(mailing)
    assert states(db)["ada"] == ("skipped", "withdrawn")
    assert room.heard == []
    assert found.exit_code == 0


def test_consent_withdrawn_while_the_body_is_on_its_way_is_honoured(
    db: Database, cast: Any, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    def withdraw(about: str) -> None:
        with another_program(db) as other:
            other.conn.execute(
                "UPDATE subscriptions SET state = 'withdrawn' WHERE contact_id = ?", (cast.ada,)
            )

    room.answers["DATA"] = withdraw
    send(queue())
    assert states(db)["ada"] == ("skipped", "withdrawn")
    assert room.taken == []


def test_a_reader_who_left_one_of_two_lists_gets_what_is_for_the_other(
    people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    dora = people.add("Dora", lists=("partners", "contributors"))
    mailing = queue()
    people.event(dora, "withdrawn", "partners")
    send(mailing)
    assert b"For contributors." in room.taken[0].content
    assert b"partners" not in room.taken[0].content
    assert reason_in(room) == (
        "You get this because you asked on 14 June 2022 to be on our list ‘Public contributors’."
    )


def test_a_reader_on_two_lists_is_told_of_both_and_leaves_both_by_one_click(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    dora = people.add("Dora", lists=("partners", "contributors"))
    send(queue())
    assert reason_in(room) == (
        "You get this because you asked to be on our lists ‘Project partners’ and ‘Public contributors’ (14 June 2022)."
    )
    (number,) = db.conn.execute("SELECT id FROM deliveries WHERE contact_id = ?", (dora,)).fetchone()
    token = make_token(db.key, "unsubscribe", opaque_at(db, number))
    assert token.encode() in room.taken[0].content
    gone = withdraw_by_token(db, token, channel="one-click", now=send.now)
    assert gone.lists == ("partners", "contributors")


def for_contributors(db: Database, contact: int, change: str) -> Callable[[str], None]:
    """An answer of the mail server before which another program changes this about somebody on the contributors' list."""

    def answer(about: str) -> None:
        with another_program(db) as other:
            other.conn.execute(
                f"UPDATE subscriptions SET {change} WHERE contact_id = ? AND list = 'contributors'",
                (contact,),
            )

    return answer


def test_who_leaves_one_of_two_lists_while_the_body_is_on_its_way_is_told_of_the_other_alone(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    dora = people.add("Dora", lists=("partners", "contributors"))
    room.answers["DATA"] = for_contributors(db, dora, "state = 'withdrawn'")
    assert send(queue()).sent == 1
    assert reason_in(room) == (
        "You get this because you asked on 14 June 2022 to be on our list ‘Project partners’."
    )


def test_what_a_list_rests_on_is_told_as_it_is_when_the_message_is_claimed(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    dora = people.add("Dora", lists=("partners", "contributors"))
    room.answers["DATA"] = for_contributors(db, dora, "basis = 'contract'")
    assert send(queue()).sent == 1
    assert reason_in(room) == (
        "You get this because you asked on 14 June 2022 to be on our list ‘Project partners’. You get this because "
        "you have been on our list ‘Public contributors’ since 14 June 2022, under the agreement between us."
    )


def reason_in(room: Postroom) -> str:
    """Why it was sent, as the text part of the one message that was taken says it."""
    (taken,) = room.taken
    text = email.message_from_bytes(taken.content, policy=email.policy.SMTP).get_body(("plain",))
    assert text
    (line,) = (one for one in text.get_content().splitlines() if one.startswith("You get this"))
    return str(line)


def test_an_issue_goes_to_the_address_that_holds_when_it_leaves(
    db: Database, cast: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    mailing = queue()
    edit_contact(
        db, cast.ada, Changes(add_emails=("ada@new.example.org",), primary="ada@new.example.org"), send.now
    )
    send(mailing)
    assert states(db)["ada"] == ("sent", "")
    assert room.recipients() == ["ada@new.example.org"]


@pytest.fixture
def withdraw(db: Database, now: dt.datetime) -> Callable[..., None]:
    """Takes consents back as another program."""

    def take_back(*contacts: int) -> None:
        with another_program(db) as other:
            for contact in contacts:
                event = ConsentEvent(
                    contact, "partners", "withdrawn", "consent", "2022-09-30", "call", "tester"
                )
                record_consent(other, event, now)

    return take_back


def test_of_whoever_left_while_others_were_written_to_the_server_hears_nothing(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom, withdraw: Callable[..., None]
) -> None:
    # All are looked up, and their messages made, before the first is spoken of.
    everybody = {f"reader{number}@example.org": people.add(f"reader{number}") for number in range(20)}
    mailing = queue()
    left: list[str] = []

    def hear(about: str) -> None:
        if not left:
            left.extend([address for address in everybody if address != about][:7])
            withdraw(*(everybody[address] for address in left))

    room.answers["RCPT"] = hear
    found = send(mailing)
    told = {one.removeprefix("RCPT ") for one in room.heard if one.startswith("RCPT")}
    assert told == set(everybody) - set(left)
    assert (found.sent, found.skipped, found.exit_code) == (13, {"withdrawn": 7}, 0)


def test_of_whoever_left_while_the_pace_held_them_up_the_server_hears_nothing(
    people: Any, queue: Queue, send: Any, room: Postroom, withdraw: Callable[..., None]
) -> None:
    everybody = {f"{name}@example.org": people.add(name) for name in ("ada", "dora", "emil")}
    mailing = queue()

    def leave(post: Post) -> None:
        withdraw(*(person for address, person in everybody.items() if address not in post.recipients))

    room.before_answer = leave
    found = send(mailing, rate="1/second")
    assert (found.sent, found.skipped) == (1, {"withdrawn": 2})
    assert len([one for one in room.heard if one.startswith("RCPT")]) == 1
