"""What came back is told to whom it is about, goes when they are erased, and is kept no longer than stated."""

import datetime as dt

import pytest
from arriving import person
from returning import Round, sent_round

from newsletter.config import Retention, Workspace
from newsletter.contacts import Actor, sync_lists
from newsletter.database import Database
from newsletter.privacy import (
    answer_for,
    apply_retention,
    erase_person,
    find_subject,
    plan_retention,
    stranger,
)
from newsletter.replies import Reply, count_open, decide_reply

ADA = "ada@example.org"
ACTOR = Actor("tester")
COLUMNS = "sender || subject || text || diagnostic || new_address || message_id"


@pytest.fixture
def sent(db: Database, workspace: Workspace, now: dt.datetime) -> Round:
    """Ada's message bounced, she asked to stop, and Dora mentions her."""
    sync_lists(db, workspace.config, now)
    made = sent_round(db, workspace, now)
    made.back(
        made.bounce(severity="soft", reason="mailbox-full", diagnostic="452 Ada Lovelace is over quota")
    )
    made.back(
        Reply(
            "reply", sender=ADA, subject="No more", text="Please stop.\nAda, 7 Plumage Row", asks_to_stop=True
        )
    )
    words = f"I had this from {ADA}, lovely"
    made.back(Reply("reply", sender="dora@example.org", text=words, message_id=made.message_id(made.dora)))
    return made


def test_a_person_is_told_what_came_back(sent: Round) -> None:
    answer = answer_for(sent.db, find_subject(sent.db, ADA), sent.workspace.config, sent.now)
    told = {part.title: part.rows for part in answer.parts}
    bounce, words = told["What came back from you or about your address"]
    assert (bounce["Issue"], bounce["Why"]) == ("2022-09", "mailbox-full")
    assert words["Your words"] == "Please stop.\nAda, 7 Plumage Row"
    assert told["Since when we write to you no more until a wish of yours is decided on"]
    assert told["How often your address could not be reached of late"] == (
        {"Points": 1.0, "Last": "2022-09-30T09:00:00Z"},
    )


def test_once_erased_their_words_are_gone_and_the_counts_stay(sent: Round) -> None:
    erase_person(sent.db, find_subject(sent.db, ADA), ACTOR, sent.now)
    rows = sent.db.conn.execute(f"SELECT kind, state, {COLUMNS} FROM replies ORDER BY id").fetchall()
    assert [tuple(row)[:2] for row in rows] == [("bounce", "done"), ("reply", "settled"), ("reply", "open")]
    assert [row[2] for row in rows[:2]] == ["", ""]
    assert "[erased]" in rows[2][2]
    assert ADA not in rows[2][2]
    assert count_open(sent.db) == (1, 0)
    for table in ("holds", "soft_bounces"):
        assert sent.db.one(f"SELECT 1 FROM {table}") is None


def test_who_is_held_back_by_the_wish_of_somebody_erased_can_still_be_let_go(sent: Round) -> None:
    person(sent.db, "Dan", sent.now, email="dora@example.org")
    wish = sent.back(Reply("reply", sender="dora@example.org", text="Stop, says Dan", asks_to_stop=True))
    first = int(str(sent.row("contact_id")))
    (other,) = {one[0] for one in sent.db.conn.execute("SELECT contact_id FROM holds")} - {first, sent.ada}
    erase_person(sent.db, find_subject(sent.db, str(first)), ACTOR, sent.now)
    assert (sent.row("state"), sent.row("text"), sent.skip(other)) == ("open", "", "asked-to-stop")
    decide_reply(sent.db, wish.ids[0], "keep", ACTOR, sent.now)
    assert sent.skip(other) is None


def test_what_is_read_again_after_an_erasure_brings_nothing_back(sent: Round) -> None:
    reply = Reply("reply", sender=ADA, text="Please stop", asks_to_stop=True)
    sent.back(reply, digest="e" * 64)
    erase_person(sent.db, find_subject(sent.db, ADA), ACTOR, sent.now)
    assert not sent.back(reply, digest="e" * 64).new
    assert sent.db.one("SELECT 1 FROM replies WHERE digest = ? AND text <> ''", "e" * 64) is None


def test_a_stranger_who_wrote_is_found_by_their_address(sent: Round) -> None:
    sent.back(Reply("reply", sender="zoe@example.com", text="Stop it", asks_to_stop=True))
    erase_person(sent.db, stranger(sent.db, "Zoe@example.com"), ACTOR, sent.now)
    assert (sent.row("text"), sent.row("sender"), sent.row("state")) == ("", "", "settled")


def test_words_are_kept_no_longer_than_stated_and_never_taken_from_what_waits(sent: Round) -> None:
    later = sent.now + dt.timedelta(days=800)
    dues = [
        due
        for due in plan_retention(sent.db, Retention(replies="2 years"), later)
        if due.setting == "replies"
    ]
    assert [due.rows for due in dues] == [1]
    apply_retention(sent.db, dues, ACTOR, later)
    kept = [row[0] for row in sent.db.conn.execute(f"SELECT {COLUMNS} FROM replies ORDER BY id")]
    assert kept[0] == ""
    assert "Plumage" in kept[1]
