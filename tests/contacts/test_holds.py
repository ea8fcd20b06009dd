"""Whoever asked to stop in words of their own is not written to until somebody has decided."""

from newsletter.contacts import (
    Actor,
    hold_back,
    merge_contacts,
    operation,
    reason_to_skip,
    release,
)
from newsletter.contacts.holds import held_since


def test_a_hold_stops_what_consent_allows_until_it_is_released(people_db, cast, now):
    assert hold_back(people_db, cast.ada, 1, now)
    assert not hold_back(people_db, cast.ada, 2, now)
    assert held_since(people_db, cast.ada) == "2022-09-30T09:00:00Z"
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) == "asked-to-stop"
    assert release(people_db, cast.ada)
    assert not release(people_db, cast.ada)
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) is None


def test_a_hold_stays_with_the_person_when_two_records_become_one(people_db, cast, now):
    hold_back(people_db, cast.cleo, 1, now)
    merge_contacts(people_db, cast.ada, [cast.cleo], now)
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) == "asked-to-stop"
    assert held_since(people_db, cast.ada)
    assert release(people_db, cast.ada)
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) is None


def test_that_somebody_is_held_back_is_on_the_record_of_changes(people_db, cast, now):
    with operation(people_db, Actor("mailbox", "mailbox"), "mailbox read", now):
        hold_back(people_db, cast.ada, 1, now)
    told = people_db.conn.execute(
        "SELECT contact_id, fields FROM operation_contacts ORDER BY operation_id DESC LIMIT 1"
    )
    assert tuple(told.fetchone()) == (cast.ada, "held")
