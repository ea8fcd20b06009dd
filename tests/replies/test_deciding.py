"""What waits for somebody is decided once, by name, and does what the word says."""

import datetime as dt
from dataclasses import replace

import pytest
from arriving import person
from returning import Round

from newsletter.contacts import (
    Actor,
    contact_card,
    last_operation,
    merge_contacts,
    suppress_address,
    undo_operation,
)
from newsletter.replies import (
    CannotDecide,
    Decided,
    Reply,
    came_from,
    choices_of,
    count_open,
    decide_reply,
    in_words,
    latest_replies,
    open_replies,
    the_reply,
)

ANA = Actor("ana")


def wish(sent: Round, sender: str = "ada@example.org") -> int:
    return sent.back(Reply("reply", sender=sender, text="Please stop", asks_to_stop=True)).ids[0]


def proposal(sent: Round, **odd: str) -> int:
    usual = {"notice": "moved", "new_address": "ada@new.example.org"} | odd
    return sent.back(
        Reply("auto-reply", sender="ada@example.org", message_id=sent.message_id(sent.ada), **usual)
    ).ids[0]  # type: ignore[arg-type]


def decide(sent: Round, number: int, word: str) -> Decided:
    return decide_reply(sent.db, number, word, ANA, sent.now)  # type: ignore[arg-type]


def test_stop_withdraws_every_list_and_fulfils_all_wishes_of_theirs(sent: Round) -> None:
    first, second = wish(sent), wish(sent)
    done = decide(sent, second, "stop")
    assert done.people == (sent.ada,)
    assert sent.skip(sent.ada) == "withdrawn"
    assert [the_reply(sent.db, one).decision for one in (first, second)] == ["stop", "stop"]
    assert count_open(sent.db) == (0, 0)
    with pytest.raises(CannotDecide, match="decided already by ana: stop"):
        decide(sent, first, "keep")


def test_keep_lets_go_once_no_other_wish_waits(sent: Round) -> None:
    first, second = wish(sent), wish(sent)
    decide(sent, first, "keep")
    assert sent.skip(sent.ada) == "asked-to-stop"
    decide(sent, second, "keep")
    assert sent.skip(sent.ada) is None
    decide(sent, second, "stop")  # they say it once more, on the phone
    assert sent.skip(sent.ada) == "withdrawn"


def test_stopping_for_one_leaves_a_shared_addresss_wish_to_be_decided_for_the_other(
    sent: Round, now: dt.datetime
) -> None:
    dan = person(sent.db, "Dan", now, email="dora@example.org")
    shared = wish(sent, "dora@example.org")
    own = Reply("reply", sender="dora@home.example.com", text="Stop", asks_to_stop=True)
    decide(sent, sent.back(replace(own, message_id=sent.message_id(sent.dora))).ids[0], "stop")
    assert (sent.skip(sent.dora), sent.skip(dan)) == ("withdrawn", "asked-to-stop")
    assert the_reply(sent.db, shared).state == "open"
    decide(sent, shared, "keep")
    assert sent.skip(dan) is None


def test_everybody_at_the_address_is_decided_about(sent: Round, now: dt.datetime) -> None:
    dan = person(sent.db, "Dan", now, email="dora@example.org")
    assert set(decide(sent, wish(sent, "dora@example.org"), "stop").people) == {sent.dora, dan}
    assert (sent.skip(sent.dora), sent.skip(dan), sent.skip(sent.ada)) == ("withdrawn", "withdrawn", None)


def test_a_wish_to_stop_cannot_be_put_aside(sent: Round) -> None:
    number = wish(sent)
    with pytest.raises(CannotDecide, match="asks to stop"):
        decide(sent, number, "dismiss")
    assert sent.skip(sent.ada) == "asked-to-stop"
    assert set(choices_of(sent.db, the_reply(sent.db, number))) == {"stop", "keep"}


def test_a_stranger_who_asks_to_stop_is_barred_from_every_import(sent: Round) -> None:
    number = wish(sent, "zoe@example.com")
    assert set(choices_of(sent.db, the_reply(sent.db, number))) == {"stop", "dismiss"}
    decide(sent, number, "stop")
    assert sent.suppressed() == [("request", f"message that came back, number {number}")]


def test_a_new_address_is_written_to_once_it_is_taken(sent: Round) -> None:
    number = proposal(sent)
    decide(sent, number, "take-address")
    assert contact_card(sent.db, sent.ada, sent.now).email == "ada@new.example.org"
    assert sent.skip(sent.ada) is None
    undo_operation(sent.db, last_operation(sent.db).number, ANA, sent.now)
    assert contact_card(sent.db, sent.ada, sent.now).email == "ada@example.org"
    decide(sent, number, "take-address")
    assert contact_card(sent.db, sent.ada, sent.now).email == "ada@new.example.org"
    with pytest.raises(CannotDecide, match="decided already"):
        decide(sent, wish_decided(sent), "keep")


def wish_decided(sent: Round) -> int:
    number = wish(sent)
    decide(sent, number, "keep")
    return number


def test_an_address_of_somebody_else_or_one_that_is_barred_is_not_taken(sent: Round) -> None:
    with pytest.raises(CannotDecide, match="belongs to contact"):
        decide(sent, proposal(sent, new_address="dora@example.org"), "take-address")
    suppress_address(sent.db, "bo@example.com", "request", "tester", sent.now)
    with pytest.raises(CannotDecide, match="never be written to"):
        decide(sent, proposal(sent, new_address="bo@example.com"), "take-address")
    successor = proposal(sent, notice="left", new_address="successor@example.org")
    with pytest.raises(CannotDecide, match="no new address of a person"):
        decide(sent, successor, "take-address")
    assert "take-address" not in choices_of(sent.db, the_reply(sent.db, successor))
    assert contact_card(sent.db, sent.ada, sent.now).email == "ada@example.org"


def test_whoever_has_left_keeps_what_they_agreed_to_for_another_address(sent: Round) -> None:
    left = Reply(
        "auto-reply", sender="a1234@inner.example.net", message_id=sent.message_id(sent.ada), notice="left"
    )
    decide(sent, sent.back(left).ids[0], "stop")
    assert sent.skip(sent.ada) == "bounced"
    assert sent.db.one("SELECT state FROM subscriptions WHERE contact_id = ?", sent.ada)[0] == "given"  # type: ignore[index]


def test_nothing_is_to_be_decided_about_a_bounce(sent: Round) -> None:
    number = sent.back(sent.bounce()).ids[0]
    assert choices_of(sent.db, the_reply(sent.db, number)) == {}
    for word in ("stop", "dismiss"):
        with pytest.raises(CannotDecide, match="nothing is to be decided"):
            decide(sent, number, word)


def test_a_hold_that_was_merged_is_decided_about_under_the_new_number(sent: Round) -> None:
    number = wish(sent, "dora@example.org")
    merge_contacts(sent.db, sent.ada, [sent.dora], sent.now)
    assert sent.skip(sent.ada) == "asked-to-stop"
    assert decide(sent, number, "keep").people == (sent.ada,)
    assert sent.skip(sent.ada) is None


def test_a_wish_from_before_two_records_became_one_goes_on_holding_after_another_was_decided(
    sent: Round,
) -> None:
    earlier = Reply("reply", sender="dora@home.example.com", text="Stop", asks_to_stop=True)
    first = sent.back(replace(earlier, message_id=sent.message_id(sent.dora))).ids[0]
    merge_contacts(sent.db, sent.ada, [sent.dora], sent.now)
    decide(sent, wish(sent), "keep")
    assert sent.skip(sent.ada) == "asked-to-stop"
    decide(sent, first, "keep")
    assert sent.skip(sent.ada) is None


def test_what_came_back_is_told_of_a_person_in_sentences(sent: Round) -> None:
    sent.back(sent.bounce(severity="soft", reason="mailbox-full", status="4.2.2"))
    sent.back(sent.bounce())
    number = wish(sent)
    told = [in_words(one) for one in came_from(sent.db, sent.ada)]
    assert told == [
        f"wrote, and asks to stop; to be looked at: newsletter mailbox show {number}",
        "the message of 2022-09 came back for good: nobody there by that name (5.1.1)",
        "the message of 2022-09 came back, for the time being: the mailbox is full (4.2.2)",
    ]
    assert came_from(sent.db, sent.ada, "2022-10") == []
    assert [one.id for one in open_replies(sent.db)] == [number]
    assert [one.kind for one in latest_replies(sent.db, 2, "bounce")] == ["bounce", "bounce"]
