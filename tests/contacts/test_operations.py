"""Each change is kept with who made it, and with the people it touched as they were before."""

import datetime as dt
import json

import pytest

from newsletter.contacts import Actor, NewContact, add_contact, edit_contact, operation, touching
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
    put_back(db, ada, before, "2022-09-01T12:00:00Z")
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
