"""Entries of the ledger in words: whatever is kept with one is said as a person would say it."""

import datetime as dt

import pytest

from newsletter.cli.entries import line_in_words
from newsletter.config import Workspace
from newsletter.contacts import (
    Actor,
    ConsentEvent,
    NewContact,
    add_contact,
    history,
    operation,
    record_consent,
    sync_lists,
    tell_operations,
    undo_operation,
)
from newsletter.database import Database

BY_TOKEN = {"source": "clicked", "delivery": 41}


@pytest.fixture
def ada(db: Database, workspace: Workspace, now: dt.datetime) -> int:
    sync_lists(db, workspace.config, now)
    return add_contact(db, NewContact(email="ada@example.org", name="Ada"), now)


def given(person: int, detail: dict[str, object], **odd: str) -> ConsentEvent:
    usual = {"kind": "given", "basis": "consent", "channel": "paper"} | odd
    return ConsentEvent(person, "partners", **usual, effective_at="2022-06-14", recorder="sam", detail=detail)


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ({"answers": {"to entry": 3}}, "on paper; in answer to entry 3; recorded on"),
        ({"answers": {"May we?": "Yes"}}, "; asked 'May we?', answered 'Yes'; "),
        ({"source": "form", "asked with entry": 2}, "; source: form; asked in the same breath as entry 2; "),
        (BY_TOKEN, "; source: clicked; in answer to a message that we sent; "),
        ({"source": "sheet", "import": 2, "line": 7}, "; source: sheet; line 7 of import 2; "),
        ({"source": "", "opt-in IP": "192.0.2.1"}, "on paper; opt-in IP: 192.0.2.1; recorded"),
        ({"obtained": "a book", "could_refuse": True}, "; obtained: a book; they could refuse then; "),
        ({"covers": ["photo", "name"]}, "; covers: photo, name; "),
        ({"why": "never asked"}, "; why: never asked; "),
        ({}, "on paper; recorded on 30 September 2022 by sam as entry 1"),
    ],
)
def test_each_detail_is_said_in_words(db, ada, now, detail, told):
    record_consent(db, given(ada, detail), now)
    assert told in line_in_words(history(db, ada)[0])


@pytest.mark.parametrize(
    ("channel", "told"),
    [
        ("calendar", "by the calendar"),
        ("correction", "as a correction"),
        ("complaint", "by a complaint"),
        ("newer-database", "as the newer database says"),
        ("carrier pigeon", "by carrier pigeon"),
    ],
)
def test_a_way_in_which_it_was_said_is_told_in_words(db, ada, now, channel, told):
    record_consent(db, given(ada, {}, channel=channel), now)
    assert f"(consent) {told}; recorded" in line_in_words(history(db, ada)[0])


def test_what_an_undoing_strikes_out_and_puts_back_names_the_change_and_the_entry(db, ada, now):
    sam = Actor("sam")
    with operation(db, sam, "consent record", now):
        record_consent(db, given(ada, {"source": "call"}), now)
    recorded = tell_operations(db, 1)[0].done.number
    undo_operation(db, recorded, sam, now)
    undo_operation(db, tell_operations(db, 1)[0].done.number, sam, now)
    _, struck_out, again = map(line_in_words, history(db, ada))
    assert "entry 1 was struck out for partners (consent) by undoing a change" in struck_out
    assert f"; taking back change {recorded}; " in struck_out
    assert "; source: call; what entry 1 says, in force again; " in again
