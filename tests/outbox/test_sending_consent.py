"""Whoever says no, or changes, after an issue was queued is heard until the final dot."""

import datetime as dt
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from deliveries import states
from postroom import Post, Postroom

from newsletter.config import Workspace
from newsletter.contacts import Changes, ConsentEvent, edit_contact, record_consent
from newsletter.database import Database, open_database
from newsletter.outbox import Mailing

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
        db.conn.execute("UPDATE subscriptions SET state = 'withdrawn' WHERE contact_id = ?", (cast.ada,))

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
def withdraw(workspace: Workspace, now: dt.datetime) -> Callable[..., None]:
    """Takes consents back in another process's way: over a connection of its own."""

    def take_back(*contacts: int) -> None:
        with closing((other := open_database(workspace.database)).conn):
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
