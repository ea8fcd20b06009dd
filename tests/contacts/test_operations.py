"""Each change is kept with who made it, and with the people it touched as they were before."""

import datetime as dt
import json
from dataclasses import replace

import pytest

from newsletter.contacts import (
    Actor,
    ConsentEvent,
    NewContact,
    add_contact,
    edit_contact,
    operation,
    record_consent,
    sync_lists,
    touched_since,
    touching,
)
from newsletter.contacts.editing import Changes
from newsletter.contacts.images import images_of, put_back

NOW = dt.datetime(2022, 9, 1, 12, tzinfo=dt.UTC)
ANA = Actor("ana")


def test_a_change_is_kept_with_what_was_there_before(db):
    ada = add_contact(db, NewContact(email="ada@example.org", name="Ada"), NOW)
    with operation(db, ANA, "contacts edit", NOW):
        touching(db, [ada])
        edit_contact(db, ada, Changes(fields={"name": "Ada Obi"}, add_tags=("press",)), NOW)
    done = db.one("SELECT * FROM operations")
    touched = db.one("SELECT * FROM operation_contacts")
    assert (done["operator"], done["via"], done["command"]) == ("ana", "command", "contacts edit")
    assert (touched["change"], touched["fields"]) == ("changed", "name contact_tags")
    assert json.loads(touched["before"])["contact"][0] == "Ada"


def test_a_person_is_put_back_as_they_were(db):
    ada = add_contact(db, NewContact(email="ada@example.org", name="Ada", tags=("a",)), NOW)
    before = images_of(db, [ada])[ada]
    edit_contact(db, ada, Changes(fields={"name": "X"}, primary="x@example.org", remove_tags=("a",)), NOW)
    put_back(db, {ada: before}, "2022-09-01T12:00:00Z")
    assert images_of(db, [ada])[ada] == before


def test_somebody_new_is_kept_without_anything_about_them(db):
    with operation(db, ANA, "contacts add", NOW):
        add_contact(db, NewContact(email="ada@example.org", name="Ada"), NOW)
    touched = db.one("SELECT * FROM operation_contacts")
    assert (touched["change"], touched["before"]) == ("added", "")


def test_what_changed_nothing_is_not_kept(db):
    ada = add_contact(db, NewContact(email="ada@example.org"), NOW)
    with operation(db, ANA, "contacts edit", NOW):
        touching(db, [ada])
    assert db.one("SELECT * FROM operations") is None


def test_an_operation_that_fails_leaves_nothing(db):
    def fail():
        with operation(db, ANA, "contacts add", NOW):
            add_contact(db, NewContact(email="ada@example.org"), NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert db.one("SELECT * FROM contacts") is None
    assert db.running is None


def test_whoever_was_added_and_changed_at_once_was_added_and_whoever_was_removed_again_never_was(db):
    with operation(db, ANA, "contacts import", NOW):
        ada = add_contact(db, NewContact(email="ada@example.org"), NOW)
        ben = add_contact(db, NewContact(email="ben@example.org"), NOW)
        edit_contact(db, ada, Changes(fields={"name": "Ada"}), NOW)
        db.conn.execute("DELETE FROM contacts WHERE id = ?", (ben,))
    rows = db.conn.execute("SELECT contact_id, change, before FROM operation_contacts").fetchall()
    assert [tuple(row) for row in rows] == [(ada, "added", "")]


def test_whoever_was_there_and_is_not_any_more_was_removed(db):
    ada = add_contact(db, NewContact(email="ada@example.org", name="Ada"), NOW)
    with operation(db, ANA, "contacts remove", NOW):
        touching(db, [ada])
        db.conn.execute("DELETE FROM contacts WHERE id = ?", (ada,))
    row = db.one("SELECT change, before FROM operation_contacts")
    assert row["change"] == "removed"
    assert "Ada" in row["before"]


def test_of_those_who_were_added_it_is_known_who_was_touched_since(db, workspace):
    sync_lists(db, workspace.config, NOW)
    with operation(db, ANA, "contacts import", NOW) as running:
        emails = [f"p{number}@example.org" for number in range(4)]
        ids = [add_contact(db, NewContact(email=email), NOW) for email in emails]
        event = ConsentEvent(ids[3], "partners", "given", "consent", "2022-06-14", "paper", "tester")
        record_consent(db, event, NOW)
    assert touched_since(db, running.number) == set()
    with operation(db, ANA, "contacts edit", NOW):
        edit_contact(db, ids[0], Changes(add_tags=("press",)), NOW)
    record_consent(db, replace(event, contact_id=ids[1]), NOW)
    record_consent(db, replace(event, kind="voided", voids=1), NOW)
    assert touched_since(db, running.number) == {ids[0], ids[1]}
