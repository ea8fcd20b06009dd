"""A hard stop counts at once, in a mailing that runs too, and each has its own word."""

from typing import Any

import pytest
from beside import another_program
from deliveries import states
from postroom import Postroom

from newsletter.contacts import Changes, NewContact, add_contact, edit_contact, merge_contacts, reason_to_skip
from newsletter.database import SKIP_REASONS, Database

STOPS = ("do-not-contact", "deceased", "left-study")


@pytest.mark.parametrize("stop", STOPS)
def test_a_stop_has_its_own_word_everywhere(db: Database, cast: Any, send: Any, stop: str) -> None:
    edit_contact(db, cast.ada, Changes(fields={"stop": stop}), send.now)
    assert reason_to_skip(db, cast.ada, ["partners"], send.now) == stop
    assert len({SKIP_REASONS[name] for name in STOPS}) == len(STOPS)


@pytest.mark.parametrize("stop", STOPS)
def test_a_stop_that_is_set_after_queueing_counts(
    db: Database, cast: Any, queue: Any, send: Any, room: Postroom, stop: str
) -> None:
    mailing = queue()
    edit_contact(db, cast.ada, Changes(fields={"stop": stop}), send.now)
    send(mailing)
    assert states(db)["ada"] == ("skipped", stop)
    assert room.heard == []


@pytest.mark.parametrize("stop", STOPS)
def test_a_stop_that_is_set_while_the_body_is_on_its_way_counts(
    db: Database, cast: Any, queue: Any, send: Any, room: Postroom, stop: str
) -> None:
    def set_stop(about: str) -> None:
        with another_program(db) as other:
            other.conn.execute("UPDATE contacts SET stop = ? WHERE id = ?", (stop, cast.ada))

    room.answers["DATA"] = set_stop
    send(queue())
    assert states(db)["ada"] == ("skipped", stop)
    assert room.taken == []


def test_whoever_is_merged_with_somebody_who_left_is_not_written_to(
    db: Database, cast: Any, queue: Any, send: Any, room: Postroom
) -> None:
    mailing = queue()
    merge_contacts(db, cast.ada, [cast.ben], send.now)
    send(mailing)
    assert states(db)["ada"] == ("skipped", "withdrawn")
    assert room.taken == []


def test_whoever_became_part_of_another_gets_nothing_of_their_own(
    db: Database, cast: Any, people: Any, queue: Any, send: Any, room: Postroom
) -> None:
    dora = people.add("Dora", lists=("partners",))
    mailing = queue()
    merge_contacts(db, cast.ada, [dora], send.now)
    send(mailing)
    assert [post.recipients for post in room.taken] == [("ada@example.org",)]
    assert states(db)["dora"][0] == "skipped"


def test_stopping_one_of_two_who_share_an_address_does_not_silence_the_other(
    db: Database, cast: Any, people: Any, queue: Any, send: Any, room: Postroom
) -> None:
    adam = add_contact(db, NewContact(email="ada@example.org", name="Adam"), send.now)
    people.event(adam, "given")
    edit_contact(db, cast.ada, Changes(fields={"stop": "do-not-contact"}), send.now)
    send(queue())
    assert len(room.taken) == 1
