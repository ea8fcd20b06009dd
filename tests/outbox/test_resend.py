"""What is sent again is the same bytes."""

import datetime as dt
import hashlib
import sqlite3
from collections.abc import Callable
from typing import Any
from typing import cast as the_type

import pytest
from postroom import DROP, TAKE_AND_DROP, Postroom

from newsletter.contacts import Changes, Decision, edit_contact
from newsletter.database import Database, rotate_key
from newsletter.errors import InputError, ProofFailed
from newsletter.outbox import Mailing, doubtful_of, opaque_at, report_of, settle_doubts
from newsletter.outbox.compiled import Compiled
from newsletter.outbox.delivery import COLUMNS, Prepared, read_delivery
from newsletter.outbox.message import Written
from newsletter.outbox.preparing import Press
from newsletter.tokens import make_token

Queue = Callable[[], Mailing]


@pytest.fixture
def doubtful(cast: Any, queue: Queue, send: Any, room: Postroom) -> Mailing:
    """Ada's message was taken, and the answer lost."""
    room.say("dot", TAKE_AND_DROP, times=1)
    mailing = queue()
    send(mailing)
    return mailing


def test_an_operator_who_says_send_again_sends_the_same_bytes(
    db: Database, cast: Any, doubtful: Mailing, send: Any, room: Postroom
) -> None:
    edit_contact(db, cast.ada, Changes(fields={"name": "Ada of the New Name"}), send.now)
    send.now += dt.timedelta(days=3)
    (one,) = doubtful_of(db, doubtful.issue)
    assert one.message_id.encode() in room.taken[0].content
    settle_doubts(db, {one.id: False}, send.now)
    assert send(doubtful).sent == 1
    first, second = room.taken
    assert first.content == second.content


def test_a_reason_of_two_lists_is_repeated_as_it_was_whatever_is_known_of_them_by_then(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    dora = people.add("Dora", lists=("partners", "contributors"))
    room.say("dot", TAKE_AND_DROP, times=1)
    mailing = queue()
    send(mailing)
    db.conn.execute(
        "UPDATE subscriptions SET since = '2022-08-01', basis = 'contract' WHERE contact_id = ?", (dora,)
    )
    (one,) = doubtful_of(db, mailing.issue)
    settle_doubts(db, {one.id: False}, send.now)
    assert send(mailing).sent == 1
    first, second = room.taken
    assert first.content == second.content
    assert b"(14 June 2022)" in first.content


def test_a_message_that_is_sent_again_after_the_key_was_rotated_is_the_same_bytes(
    db: Database, doubtful: Mailing, send: Any, room: Postroom
) -> None:
    (one,) = doubtful_of(db, doubtful.issue)
    settle_doubts(db, {one.id: False}, send.now)
    before = make_token(db.key, "unsubscribe", bytes(10))
    rotate_key(db, "sam", send.now)
    assert make_token(db.key, "unsubscribe", bytes(10)) != before
    assert send(doubtful).sent == 1
    first, second = room.taken
    assert first.content == second.content


def test_what_was_never_tried_before_the_key_was_rotated_is_made_with_the_new_one(
    db: Database, cast: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    room.say("RCPT", "451 4.3.0 later", times=1)
    mailing = queue()
    send(mailing)
    rotate_key(db, "sam", send.now)
    send.now += dt.timedelta(hours=1)
    send(mailing)
    opaque = opaque_at(db, db.conn.execute("SELECT id FROM deliveries WHERE state = 'sent'").fetchone()[0])
    for purpose in ("delivery", "unsubscribe"):
        assert make_token(db.key, purpose, opaque).encode() in room.taken[0].content


@pytest.fixture
def put_off(cast: Any, queue: Queue, send: Any, room: Postroom) -> Mailing:
    """Ada's message was claimed, and the server said 'later' to its final dot."""
    room.say("dot", "451 4.3.0 later", times=1)
    mailing = queue()
    send(mailing)
    return mailing


def frozen(db: Database) -> sqlite3.Row:
    row: sqlite3.Row = db.conn.execute(f"SELECT {COLUMNS} FROM deliveries WHERE personal <> ''").fetchone()
    return row


def made_again(db: Database, mailing: Mailing, send: Any) -> Prepared:
    delivery = read_delivery(frozen(db), db.key)
    return Press(db, mailing, send.config).prepare(delivery, the_type(Decision, None), send.now)


def test_a_message_put_off_after_the_dot_is_the_same_bytes_later(
    db: Database, put_off: Mailing, send: Any, room: Postroom
) -> None:
    digest = frozen(db)["message_digest"]
    send.now += dt.timedelta(hours=1)
    send(put_off)
    (post,) = room.taken
    assert b"Fri, 30 Sep 2022 09:00:00 +0000" in post.content
    assert frozen(db)["message_digest"] == digest
    assert made_again(db, put_off, send).content == post.content


def test_what_an_older_version_froze_is_known_by_the_sha256_of_the_whole(
    db: Database, put_off: Mailing, send: Any, room: Postroom
) -> None:
    whole = hashlib.sha256(made_again(db, put_off, send).content).hexdigest()
    for digest, taken in (("0" * 64, 0), (whole, 1)):
        db.conn.execute("UPDATE deliveries SET message_digest = ? WHERE personal <> ''", (digest,))
        send.now += dt.timedelta(hours=1)
        send(put_off)
        assert len(room.taken) == taken


@pytest.mark.parametrize("where", ["headers", "values", "shared"])
def test_a_message_that_differs_anywhere_has_another_digest(where: str) -> None:
    def digest(**changed: bytes) -> str:
        parts = {"headers": b"To: Ada\r\n\r\n", "values": b"Dear Ada", "shared": b"News"} | changed
        compiled = Compiled(("en",), "", (b"", b""), tuple, (), parts["shared"])  # type: ignore[arg-type]
        return Written(parts["headers"], (parts["values"],)).digest(compiled, signed=False)

    assert digest() == digest()
    assert digest(**{where: b"Else"}) != digest()


def test_before_the_first_claim_nothing_is_frozen(cast: Any, queue: Queue, send: Any, room: Postroom) -> None:
    room.say("RCPT", "451 4.3.0 later", times=1)
    mailing = queue()
    send(mailing)
    send.now += dt.timedelta(hours=1)
    send(mailing)
    assert b"Fri, 30 Sep 2022 10:00:00 +0000" in room.taken[0].content


def test_what_would_not_be_the_same_bytes_is_not_sent(
    db: Database, doubtful: Mailing, send: Any, room: Postroom
) -> None:
    (one,) = doubtful_of(db, doubtful.issue)
    settle_doubts(db, {one.id: False}, send.now)
    db.conn.execute("UPDATE deliveries SET dated = 'Sat, 01 Oct 2022 09:00:00 +0000' WHERE id = ?", (one.id,))
    found = send(doubtful)
    assert isinstance(found.stopped, ProofFailed)
    assert found.waiting == 1
    assert len(room.taken) == 1


def test_a_resend_asks_consent_like_any_other(
    db: Database, cast: Any, people: Any, doubtful: Mailing, send: Any, room: Postroom
) -> None:
    (one,) = doubtful_of(db, doubtful.issue)
    settle_doubts(db, {one.id: False}, send.now)
    people.event(cast.ada, "withdrawn")
    assert send(doubtful).skipped == {"withdrawn": 2}
    assert len(room.taken) == 1


def test_a_resend_written_for_a_list_that_was_left_since_does_not_go(
    db: Database, people: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    dora = people.add("Dora", lists=("partners", "contributors"))
    room.say("dot", DROP, times=1)
    mailing = queue()
    send(mailing)
    (one,) = doubtful_of(db, mailing.issue)
    settle_doubts(db, {one.id: False}, send.now)
    people.event(dora, "withdrawn", "partners")
    assert send(mailing).skipped == {"withdrawn": 1}
    assert room.taken == []


def test_delivered_by_the_operators_word_is_sent(db: Database, doubtful: Mailing, send: Any) -> None:
    (one,) = doubtful_of(db, doubtful.issue)
    settle_doubts(db, {one.id: True}, send.now)
    assert report_of(db, doubtful.issue).sent == 1
    assert doubtful_of(db, doubtful.issue) == []


def test_only_what_is_in_doubt_can_be_settled(db: Database, doubtful: Mailing, send: Any) -> None:
    (one,) = doubtful_of(db, doubtful.issue)
    with pytest.raises(InputError):
        settle_doubts(db, {one.id: True, one.id + 1: True}, send.now)
    assert len(doubtful_of(db, doubtful.issue)) == 1, "all or none"
