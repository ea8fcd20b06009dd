"""Whoever is forgotten is shown no more: what waits to be sent with their picture stops."""

import datetime as dt

from newsletter.contacts import (
    Actor,
    ConsentEvent,
    NewContact,
    add_contact,
    give_permission,
    keep_use,
    permissions,
    permissions_lost,
    verify_ledger,
)
from newsletter.database import Database
from newsletter.privacy import erase_person, find_subject


def test_an_issue_that_shows_somebody_who_was_erased_does_not_go_on(db: Database, now: dt.datetime) -> None:
    ada = add_contact(db, NewContact(email="ada@example.org", name="Ada Example"), now)
    event = ConsentEvent(ada, "", "given", "consent", "2022-06-14", "paper", "tester")
    give_permission(db, "M-12", ["photo"], event, now)
    keep_use(db, "2022-09", ["M-12"], now)
    assert permissions_lost(db, "2022-09", now) == {}
    erase_person(db, find_subject(db, "ada@example.org"), Actor("tester"), now)
    assert permissions(db) == []
    assert permissions_lost(db, "2022-09", now) == {"M-12": "nobody has recorded it"}
    assert verify_ledger(db) is None
