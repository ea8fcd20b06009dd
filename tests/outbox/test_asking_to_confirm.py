"""Messages that ask to confirm: sent once, answered once, and void the moment somebody says no."""

import datetime as dt

import pytest
from beside import another_program
from questions import WEEK, answer_in, ask_for, kinds, message_in, text_of, withdraw

from newsletter.contacts import (
    NewContact,
    add_contact,
    confirm_request,
    entry_token,
    open_request,
    reason_to_skip,
    record_ends,
    suppress_address,
    verify_ledger,
)
from newsletter.errors import NotAllowed
from newsletter.outbox import doubtful_of, mailing_of, queue_confirmation, settle_doubts
from newsletter.tokens import make_token, new_key


@pytest.fixture
def dora(people):
    """Somebody who is on file and on no list."""
    return people.add("Dora", lists=())


@pytest.fixture
def asked(db, dora, config, send, room, now):
    """Dora asked for the partners' list, and got the message that asks her to confirm."""
    entry = ask_for(db, dora, now)
    assert send(queue_confirmation(db, entry, config, now)).sent == 1
    return entry


def test_the_message_goes_to_the_one_address_and_what_it_asks_for_counts_when_answered(
    db, dora, asked, room, now
):
    assert room.recipients() == ["dora@example.org"]
    assert reason_to_skip(db, dora, ["partners"], now) == "unconfirmed"
    word, token = answer_in(room.taken[0])
    assert word == "confirm"
    took = confirm_request(db, token, now, channel="email", recorder="tester")
    assert (took.contact_id, took.list, took.expires_at) == (dora, "partners", "")
    assert reason_to_skip(db, dora, ["partners"], now) is None
    assert kinds(db) == ["given", "confirmed"]
    assert verify_ledger(db) is None


def test_the_message_says_until_when_and_why_and_how_to_stop(asked, room):
    message, text = message_in(room.taken[0]), " ".join(text_of(room.taken[0]).split())
    assert "Please confirm" in message["Subject"]
    assert "You can say yes until 7 October 2022" in text
    assert "this address was given to us on 30 September 2022 for our list ‘Project partners’" in text
    assert message["List-Unsubscribe"].startswith("<mailto:")
    assert [str(value) for value in message.get_all("To")] == ["Dora <dora@example.org>"]


def test_asking_again_sends_no_second_message(db, asked, config, send, room, now):
    again = queue_confirmation(db, asked, config, now)
    assert send(again).sent == 1
    assert room.recipients() == ["dora@example.org"]
    assert db.one("SELECT count(*) FROM mailings")[0] == 1


def test_an_answer_counts_for_the_time_that_newsletter_toml_says(db, dora, asked, now):
    took = confirm_request(
        db, entry_token(db, "confirm", asked), now, channel="web", recorder="pages", months=lambda name: 24
    )
    assert took.expires_at == "2024-09-30"


@pytest.mark.parametrize("turn", range(37))
def test_a_token_with_one_letter_changed_is_refused_and_changes_nothing(db, asked, now, turn):
    token = entry_token(db, "confirm", asked)
    changed = token[:turn] + ("a" if token[turn] != "a" else "b") + token[turn + 1 :]
    with pytest.raises(NotAllowed):
        confirm_request(db, changed, now, channel="email", recorder="tester")
    assert kinds(db) == ["given"]


def test_a_token_made_with_another_key_or_for_something_else_is_refused(db, asked, now):
    opaque = db.key.mac("anything", b"")[:10]
    told = {}
    for name, token in {
        "other key": make_token(new_key(), "confirm", opaque),
        "made up": make_token(db.key, "confirm", opaque),
        "renewal": entry_token(db, "renew", asked),
        "unsubscribe": make_token(db.key, "unsubscribe", opaque),
        "nothing": "",
        "words": "yes please",
    }.items():
        with pytest.raises(NotAllowed) as refused:
            confirm_request(db, token, now, channel="email", recorder="tester")
        told[name] = str(refused.value)
    assert "for going on with a list, not for confirming" in told["renewal"]
    assert "for leaving a list" in told["unsubscribe"]
    assert "belongs to no entry" in told["made up"]
    assert kinds(db) == ["given"]


def test_a_token_works_once(db, asked, now):
    token = entry_token(db, "confirm", asked)
    confirm_request(db, token, now, channel="email", recorder="tester")
    with pytest.raises(NotAllowed, match="confirmed already"):
        confirm_request(db, token, now, channel="email", recorder="tester")
    assert kinds(db) == ["given", "confirmed"]


def test_a_token_is_good_for_its_days_and_no_longer(db, asked, now):
    token = entry_token(db, "confirm", asked)
    with pytest.raises(NotAllowed, match="could be confirmed until 7 October 2022"):
        confirm_request(db, token, now + WEEK + dt.timedelta(seconds=1), channel="email", recorder="tester")
    assert confirm_request(db, token, now + WEEK, channel="email", recorder="tester").sequence == 2


def test_a_request_that_lapsed_is_noted_and_a_new_one_may_be_made(db, dora, asked, config, send, room, now):
    later = now + WEEK * 2
    assert record_ends(db, later, recorder="tester").unanswered == 1
    with pytest.raises(NotAllowed, match="ran out"):
        confirm_request(db, entry_token(db, "confirm", asked), later, channel="email", recorder="tester")
    send.now = later
    assert send(queue_confirmation(db, ask_for(db, dora, later), config, later)).sent == 1
    assert len(room.taken) == 2


def test_a_withdrawal_makes_the_token_void(db, dora, asked, now):
    withdraw(db, dora, now)
    with pytest.raises(NotAllowed, match="withdrew"):
        confirm_request(db, entry_token(db, "confirm", asked), now, channel="email", recorder="tester")
    assert reason_to_skip(db, dora, ["partners"], now) == "withdrawn"


def test_somebody_who_left_may_ask_to_come_back_and_stays_out_until_they_confirm(
    db, cast, config, send, room, now
):
    entry = ask_for(db, cast.ben, now)
    assert reason_to_skip(db, cast.ben, ["partners"], now) == "withdrawn"
    assert send(queue_confirmation(db, entry, config, now)).sent == 1
    confirm_request(db, entry_token(db, "confirm", entry), now, channel="email", recorder="tester")
    assert reason_to_skip(db, cast.ben, ["partners"], now) is None


def test_nobody_is_asked_who_is_on_the_list_or_must_not_be_written_to(db, cast, people, now):
    with pytest.raises(NotAllowed, match="already"):
        ask_for(db, cast.ada, now)
    suppress_address(db, "cleo@example.org", "request", "tester", now)
    with pytest.raises(NotAllowed, match="suppressed"):
        ask_for(db, cast.cleo, now)
    eve = add_contact(db, NewContact(email="eve@example.org", name="Eve", stop="do-not-contact"), now)
    with pytest.raises(NotAllowed, match="do-not-contact"):
        ask_for(db, eve, now)


def test_a_no_before_anything_is_said_keeps_the_message_back(db, dora, config, send, room, now):
    mailing = queue_confirmation(db, ask_for(db, dora, now), config, now)
    withdraw(db, dora, now)
    assert (send(mailing).skipped, room.taken) == ({"withdrawn": 1}, [])


def test_a_no_that_comes_while_the_message_is_on_its_way_keeps_the_dot_back(
    db, dora, config, send, room, now
):
    mailing = queue_confirmation(db, ask_for(db, dora, now), config, now)

    def say_no(about):
        with another_program(db) as other:
            withdraw(other, dora, now)

    room.answers["DATA"] = say_no
    assert (send(mailing).skipped, room.taken) == ({"withdrawn": 1}, [])


def test_a_request_answered_otherwise_is_not_asked_about(db, dora, people, config, send, room, now):
    mailing = queue_confirmation(db, ask_for(db, dora, now), config, now)
    people.event(dora, "given")
    assert (send(mailing).skipped, room.taken) == ({"answered": 1}, [])


def test_a_message_that_waited_too_long_is_not_sent(db, dora, config, send, room, now):
    mailing = queue_confirmation(db, ask_for(db, dora, now), config, now)
    send.now = now + WEEK * 2
    assert (send(mailing).skipped, room.taken) == ({"lapsed": 1}, [])


def test_what_is_in_doubt_is_settled_and_sent_again_as_the_same_bytes(db, dora, config, send, room, now):
    mailing = queue_confirmation(db, ask_for(db, dora, now), config, now)
    room.say("dot", "take and drop", times=1)
    assert send(mailing).in_doubt == 1
    doubt = doubtful_of(db, mailing.issue)
    settle_doubts(db, {doubt[0].id: False}, now)
    send.now = now + dt.timedelta(hours=1)
    assert send(mailing_of(db, mailing.issue)).sent == 1
    first, second = room.taken
    assert first.content == second.content


def test_the_reader_is_asked_in_their_language(db, people, config, send, room, now):
    mair = add_contact(db, NewContact(email="mair@example.org", name="Mair", language="cy"), now)
    send(queue_confirmation(db, ask_for(db, mair, now), config, now))
    text = text_of(room.taken[0])
    assert "Ai eich cyfeiriad chi yw hwn?" in text
    assert "7 Hydref 2022" in text


def test_with_public_pages_the_answer_is_a_link_there(db, dora, config, send, room, now):
    public = config.model_copy(
        update={"public": config.public.model_copy(update={"url": "https://news.example.org"})}
    )
    send.config = public
    entry = ask_for(db, dora, now)
    send(queue_confirmation(db, entry, public, now))
    text = text_of(room.taken[0])
    assert f"https://news.example.org/confirm/{entry_token(db, 'confirm', entry)}" in text


def test_a_request_open_for_somebody_merged_is_found_under_the_one_who_stays(db, dora, asked, people, now):
    other = people.add("Dora Obi", "dora.obi@example.org", lists=())
    db.conn.execute("INSERT INTO contact_aliases VALUES (?, ?, '2022-09-30T09:00:00Z')", (dora, other))
    db.conn.execute("DELETE FROM contacts WHERE id = ?", (dora,))
    assert open_request(db, other, "partners", now).sequence == asked
    took = confirm_request(db, entry_token(db, "confirm", asked), now, channel="email", recorder="tester")
    assert took.contact_id == other
