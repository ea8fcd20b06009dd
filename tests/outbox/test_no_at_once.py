"""A no counts at once: whatever the mailing asks or tells, and however late it comes."""

import pytest
from beside import another_program

from newsletter.contacts import (
    ConsentEvent,
    record_consent,
    request_consent,
    suppress_address,
    withdraw_consent,
)
from newsletter.outbox import queue_confirmation, queue_renewal


def withdraw(db, contact, now):
    withdraw_consent(
        db, contact, ["partners"], now, effective_at=now.isoformat(), channel="phone", recorder="tester"
    )


def suppress(db, contact, now):
    suppress_address(db, "dora@example.org", "request", "tester", now)


def stop(db, contact, now):
    db.conn.execute("UPDATE contacts SET stop = 'do-not-contact' WHERE id = ?", (contact,))


def pause(db, contact, now):
    db.conn.execute("UPDATE contacts SET paused_until = '2023-01-01' WHERE id = ?", (contact,))


NOES = {"withdrawn": withdraw, "suppressed": suppress, "do-not-contact": stop, "paused": pause}


@pytest.fixture(params=["issue", "renewal", "confirmation"])
def mailing(request, db, people, config, queue, now):
    """A mailing of each kind with one message, to Dora."""
    if request.param == "issue":
        people.add("Dora")
        return queue()
    contact = people.add("Dora", lists=())
    if request.param == "renewal":
        event = ConsentEvent(
            contact, "partners", "given", "consent", "2022-06-14", "web", "tester", expires_at="2022-12-01"
        )
        record_consent(db, event, now)
        return queue_renewal(db, "partners", 90, config, now)
    event = ConsentEvent(contact, "partners", "given", "consent", "2022-09-30", "", "tester")
    return queue_confirmation(db, request_consent(db, event, now), config, now)


def dora(db):
    return db.one("SELECT id FROM contacts WHERE name = 'Dora'")["id"]


@pytest.mark.parametrize("word", NOES)
def test_before_anything_is_said(db, mailing, send, room, now, word):
    NOES[word](db, dora(db), now)
    assert (send(mailing).skipped, room.taken, room.heard) == ({word: 1}, [], [])


@pytest.mark.parametrize("word", NOES)
def test_while_the_message_is_on_its_way(db, mailing, send, room, now, word):
    contact = dora(db)

    def say_no(about):
        with another_program(db) as other:
            NOES[word](other, contact, now)

    room.answers["DATA"] = say_no
    assert (send(mailing).skipped, room.taken) == ({word: 1}, [])


def test_somebody_erased_meanwhile_gets_nothing(db, mailing, send, room, now):
    db.conn.execute("DELETE FROM contacts WHERE id = ?", (dora(db),))
    assert (send(mailing).skipped, room.taken) == ({"not-on-list": 1}, [])
