"""What readers did on the public pages comes into the ledger once, as it was said, and as of when."""

import datetime as dt
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from arriving import link, person, queued
from joiners import entries, joining, waiting

from newsletter.contacts import Actor, find_contacts, history
from newsletter.database import open_database
from newsletter.errors import ConfigError, InputError, ServerUnavailable
from newsletter.outbox import mailing_of
from newsletter.privacy import erase_person, find_subject
from newsletter.replies import (
    Desk,
    Here,
    count_aside,
    forget_aside,
    open_inbox,
    sealing_key,
    syncing,
    take_over,
)
from newsletter.tokens import new_key


def test_one_click_withdraws_what_brought_the_message(db, sync, workspace, now):
    ada = person(db, "Ada", now, ("partners", "contributors"))
    queued(db, workspace, now)
    assert sync("unsubscribe", token=link(db, ada), one_click=True) == {"unsubscribe done": 1}
    assert sync("unsubscribe", token=link(db, ada), one_click=False) == {"unsubscribe stood": 1}
    assert sync("unsubscribe", token="x" * 37) == {"unsubscribe refused": 1}
    last = history(db, ada)[-1].entry
    assert (last.kind, last.channel, last.effective_at) == ("withdrawn", "one-click", "2022-09-30T09:00:00Z")
    operation = db.one("SELECT operator, via, command FROM operations ORDER BY id DESC")
    assert tuple(operation) == ("reader", "pages", "sync unsubscribe")


def test_a_clock_of_the_public_host_that_is_ahead_does_not_stop_anybody(db, sync, workspace, now):
    ada = person(db, "Ada", now)
    queued(db, workspace, now)
    ahead = now + dt.timedelta(days=3)
    assert sync("unsubscribe", token=link(db, ada), at=ahead) == {"unsubscribe done": 1}
    assert history(db, ada)[-1].entry.effective_at == "2022-09-30T10:00:00Z"


def test_what_is_asked_about_somebody_s_data_becomes_a_request(sync, rights):
    assert sync("access", email="zoe@example.org", words="Why?") == {"access done": 1}
    assert sync("erasure", email="zoe@example.org") == {"erasure done": 1}
    assert rights == [
        ("access", "zoe@example.org", "Why?", "2022-09-30"),
        ("erasure", "zoe@example.org", "", "2022-09-30"),
    ]


def test_what_names_a_list_that_has_gone_waits_until_it_is_there_again(db, sync, desk, wording, now, inbox):
    both = joining(wording, lists=("partners", "contributors"))
    narrow = desk.config.model_copy(update={"lists": {"partners": desk.config.lists["partners"]}})
    without = Desk(db, narrow, desk.now, desk.ask_right)
    assert sync("subscribe", desk=without, **both) == {"subscribe aside": 1}
    assert inbox.count() == 0
    assert count_aside(db) == {"newsletter.toml has no list 'contributors' any more": 1}
    assert len(waiting(db)) == 1
    assert sync(desk=without) == {}
    assert len(waiting(db)) == 1  # nobody is asked again by that
    assert sync() == {"subscribe asked": 1}
    assert count_aside(db) == {}
    assert len(waiting(db)) == 2


def test_once_the_list_is_there_again_that_alone_is_asked_about(db, sync, desk, wording):
    narrow = desk.config.model_copy(update={"lists": {"partners": desk.config.lists["partners"]}})
    both = joining(wording, lists=("partners", "contributors"))
    sync("subscribe", desk=replace(desk, config=narrow), **both)
    db.conn.execute("UPDATE deliveries SET state = 'sent'")
    assert sync() == {"subscribe asked": 1}
    [(_, name)] = waiting(db)
    assert mailing_of(db, name).lists == ("contributors",)


def test_words_that_nobody_knows_any_more_are_no_evidence(db, sync, wording):
    assert sync("subscribe", **joining("0" * 64)) == {"subscribe aside": 1}
    assert entries(db) == []


def test_what_was_sealed_for_another_key_is_kept_and_said(db, desk, workspace, now):
    path = workspace.root / "other.db"
    with open_inbox(path, sealing_key(new_key())) as inbox:
        inbox.add("unsubscribe", {"token": "t"}, now)
        taken = take_over(desk, [Here(inbox)])
        assert inbox.count() == 0
    assert taken.aside == {"it was sealed for another key, or damaged on its way": 1}
    assert forget_aside(db, now) == 1
    assert count_aside(db) == {}


ODD = (
    {},
    {"email": 3},
    {"email": "x" * 9999, "lists": ["partners"]},
    {"token": ["a"]},
    {"lists": "partners", "email": "dora@example.org"},
    {"lists": [["partners"]], "email": "dora@example.org", "wording": {"partners": 7}},
    {"pause_until": "tomorrow", "token": "t"},
    {"name": "x" * 9000, "email": "dora@example.org"},
)


@pytest.mark.parametrize("kind", ["subscribe", "confirm", "renew", "unsubscribe", "preferences"])
def test_a_form_that_no_page_sends_stops_nothing_and_changes_nobody(db, sync, inbox, now, kind):
    for data in ODD:
        inbox.add(kind, data, now)
    counted = sync()
    assert sum(counted.values()) == len(ODD)
    assert {word.split()[1] for word in counted} <= {"refused", "aside", "stood"}
    assert entries(db) == []
    assert find_contacts(db, "dora@example.org") == []


def test_what_was_taken_over_is_not_taken_twice_when_it_could_not_be_removed(db, desk, inbox, wording, now):
    class Stubborn(Here):
        def remove(self, ids):
            raise KeyboardInterrupt

    inbox.add("subscribe", joining(wording), now)
    with pytest.raises(KeyboardInterrupt):
        take_over(desk, [Stubborn(inbox)])
    assert inbox.count() == 1
    before = entries(db), waiting(db)
    taken = take_over(desk, [Here(inbox)])
    assert (taken.total, taken.again) == (0, 1)
    assert (entries(db), waiting(db)) == before
    assert inbox.count() == 0


def test_a_sync_that_ends_before_its_commit_has_done_nothing(db, desk, inbox, wording, now, monkeypatch):
    inbox.add("subscribe", joining(wording), now)

    def breaks(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(syncing, "_keep", breaks)
        with pytest.raises(KeyboardInterrupt):
            take_over(desk, [Here(inbox)])
    assert (entries(db), waiting(db), find_contacts(db, "dora@example.org")) == ([], [], [])
    assert take_over(desk, [Here(inbox)]).total == 1
    assert len(entries(db)) == 1


def test_a_copy_of_the_database_takes_nothing_over(db, desk, inbox, workspace, wording, now, tmp_path):
    inbox.add("subscribe", joining(wording), now)
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(copy)) as target:
        db.conn.backup(target)
    with closing((copied := open_database(copy)).conn), pytest.raises(ConfigError, match="taken over"):
        take_over(Desk(copied, desk.config, desk.now, desk.ask_right), [Here(inbox)])
    assert inbox.count() == 1


def test_pages_that_hand_out_for_ever_what_was_removed_end_the_sync_which_is_noted(
    db, desk, inbox, wording, now
):
    class Deaf(Here):
        def remove(self, ids):
            pass

    inbox.add("subscribe", joining(wording), now)
    with pytest.raises(ServerUnavailable, match="does not remove"):
        take_over(desk, [Deaf(inbox)])
    noted = db.one("SELECT taken, fault FROM syncs ORDER BY id DESC")
    assert (noted["taken"], "does not remove" in noted["fault"]) == (1, True)
    assert len(waiting(db)) == 1


def test_why_something_lies_aside_is_said_without_a_word_of_the_readers(db, sync, wording, monkeypatch):
    def cannot(*_):
        raise InputError("dora@example.org is odd")

    monkeypatch.setattr(syncing, "subscribe", cannot)
    assert sync("subscribe", **joining(wording)) == {"subscribe aside": 1}
    assert count_aside(db) == {"it could not be taken down (InputError)": 1}


def test_what_lay_aside_goes_with_the_person(db, sync, wording, now):
    ada = person(db, "Ada", now)
    sync("subscribe", **joining("0" * 64, "ada@example.org"))
    assert count_aside(db)
    erase_person(db, find_subject(db, str(ada)), Actor("tester"), now)
    assert count_aside(db) == {}


def test_what_lay_aside_because_it_could_not_be_taken_down_goes_with_the_person_too(db, sync, ada, now):
    assert sync("preferences", token=link(db, ada, "preferences"), language="?") == {"preferences aside": 1}
    assert sync("subscribe", email="ada@example.org", lists="partners") == {"subscribe aside": 1}
    erase_person(db, find_subject(db, str(ada)), Actor("tester"), now)
    assert count_aside(db) == {}
