"""Who opts out leaves every list that brought them that message, and nobody else leaves anything."""

import datetime as dt

import pytest
from arriving import link, person, queued

from newsletter.contacts import (
    Actor,
    Changes,
    ConsentEvent,
    edit_contact,
    history,
    merge_contacts,
    record_consent,
    standing,
    sync_lists,
    verify_ledger,
)
from newsletter.outbox import cancel_mailing, mailing_of, opaque_at
from newsletter.privacy import erase_person, find_subject
from newsletter.replies import withdraw_by_token
from newsletter.tokens import make_token, new_key

LATER = dt.timedelta(days=800)


@pytest.fixture
def cast(db, workspace, now):
    """Ada is on both lists, Ben on one, Cleo on none; the issue is queued."""
    sync_lists(db, workspace.config, now)
    ada, ben = person(db, "Ada", now, ("partners", "contributors")), person(db, "Ben", now)
    person(db, "Cleo", now, ())
    queued(db, workspace, now)
    return ada, ben


def states(db, contact):
    return {name: standing(db, contact, name).state for name in ("partners", "contributors")}


def test_every_list_that_allowed_the_message_is_withdrawn_and_nobody_elses(db, cast, now):
    ada, ben = cast
    found = withdraw_by_token(db, link(db, ada), channel="one-click", now=now + LATER)
    assert (found.outcome, found.contact_id, found.lists) == ("withdrawn", ada, ("partners", "contributors"))
    assert states(db, ada) == {"partners": "withdrawn", "contributors": "withdrawn"}
    assert states(db, ben)["partners"] == "given"
    entry = history(db, ada)[-1].entry
    assert (entry.kind, entry.channel, entry.recorder) == ("withdrawn", "one-click", "reader")
    assert entry.effective_at == entry.recorded_at
    assert verify_ledger(db) is None


def test_a_list_that_was_joined_since_stays(db, cast, now):
    _, ben = cast
    record_consent(db, ConsentEvent(ben, "contributors", "given", "consent", "2022-06-14", "paper", "t"), now)
    assert withdraw_by_token(db, link(db, ben), channel="web", now=now).lists == ("partners",)
    assert states(db, ben) == {"partners": "withdrawn", "contributors": "given"}


def test_what_was_said_earlier_counts_from_then(db, cast, now):
    ada, _ = cast
    said = "2022-09-30T08:00:00Z"
    withdraw_by_token(db, link(db, ada), channel="web", now=now, at=said)
    assert history(db, ada)[-1].entry.effective_at == said


def test_again_it_changes_nothing(db, cast, now):
    ada, _ = cast
    withdraw_by_token(db, link(db, ada), channel="web", now=now)
    before = db.one("SELECT count(*) FROM consents")[0]
    assert withdraw_by_token(db, link(db, ada), channel="web", now=now).outcome == "stood"
    assert db.one("SELECT count(*) FROM consents")[0] == before


def test_somebody_who_was_merged_is_found_under_the_id_they_have_now(db, cast, now):
    ada, ben = cast
    token = link(db, ben)
    merge_contacts(db, ada, [ben], now)
    assert withdraw_by_token(db, token, channel="web", now=now).contact_id == ada
    assert states(db, ada) == {"partners": "withdrawn", "contributors": "given"}


def test_somebody_who_was_erased_is_not_brought_back(db, cast, now):
    ada, _ = cast
    token = link(db, ada)
    erase_person(db, find_subject(db, str(ada)), Actor("tester"), now)
    before = db.one("SELECT count(*) FROM consents")[0]
    found = withdraw_by_token(db, token, channel="web", now=now)
    assert (found.outcome, found.contact_id) == ("gone", 0)
    assert db.one("SELECT count(*) FROM consents")[0] == before


def test_a_message_of_a_mailing_that_was_cancelled_can_be_answered(db, workspace, cast, now):
    ada, _ = cast
    token = link(db, ada)
    cancel_mailing(db, mailing_of(db, "2022-09"), now, by="tester")
    assert withdraw_by_token(db, token, channel="web", now=now).outcome == "withdrawn"


def test_two_people_who_read_one_mailbox_both_leave(db, workspace, now):
    sync_lists(db, workspace.config, now)
    first = person(db, "Office", now, email="office@example.org")
    second = person(db, "Dan", now, ("partners", "contributors"), email="Office@example.org")
    queued(db, workspace, now)
    row = db.one("SELECT id FROM deliveries WHERE state = 'waiting'")
    token = make_token(db.key, "unsubscribe", opaque_at(db, row["id"]))
    withdraw_by_token(db, token, channel="one-click", now=now)
    assert states(db, first)["partners"] == "withdrawn"
    assert states(db, second)["partners"] == "withdrawn"


def test_who_merely_has_that_address_too_and_is_written_to_at_another_stays(db, workspace, now):
    sync_lists(db, workspace.config, now)
    office, dan = person(db, "Office", now), person(db, "Dan", now)
    edit_contact(db, dan, Changes(add_emails=("office@example.org",)), now)
    queued(db, workspace, now)
    withdraw_by_token(db, link(db, office), channel="one-click", now=now)
    assert (states(db, office)["partners"], states(db, dan)["partners"]) == ("withdrawn", "given")


def test_a_token_that_is_none_of_ours_or_for_something_else_changes_nothing(db, cast, now):
    ada, _ = cast
    token = link(db, ada)
    opaque = opaque_at(db, db.one("SELECT id FROM deliveries WHERE contact_id = ?", ada)["id"])
    others = [
        "",
        "ünsubscribe",
        token[:-1],
        token + "a",
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        make_token(db.key, "preferences", opaque),
        make_token(db.key, "delivery", opaque),
        make_token(new_key(), "unsubscribe", opaque),
        make_token(db.key, "unsubscribe", bytes(10)),
    ]
    assert {withdraw_by_token(db, one, channel="web", now=now).outcome for one in others} == {"forged"}
    assert states(db, ada) == {"partners": "given", "contributors": "given"}
