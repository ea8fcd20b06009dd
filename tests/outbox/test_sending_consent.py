"""Whoever says no, or changes, after an issue was queued is heard until the final dot."""

from collections.abc import Callable
from typing import Any

from deliveries import states
from postroom import Postroom

from newsletter.contacts import Changes, edit_contact
from newsletter.database import Database
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
