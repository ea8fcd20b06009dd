"""Suppressed addresses: kept so that nobody can read them, found whoever has them."""

import pytest

from newsletter.contacts import (
    count_suppressions,
    find_suppression,
    lift_suppression,
    suppress_address,
)
from newsletter.errors import InputError


def test_an_address_in_no_contact_can_be_suppressed_and_is_not_stored(db, now):
    assert suppress_address(db, "Stranger@Example.org", "request", "tester", now, "letter")
    assert find_suppression(db, "stranger@example.ORG").reason == "request"
    assert "stranger" not in "\n".join(db.conn.iterdump()).casefold()


def test_a_suppression_outlives_the_person(people_db, cast, now):
    suppress_address(people_db, "ada@example.org", "erased", "tester", now)
    people_db.conn.execute("DELETE FROM contacts WHERE id = ?", (cast.ada,))
    assert find_suppression(people_db, "ada@example.org").reason == "erased"


def test_a_stronger_reason_takes_the_place_of_a_weaker_one_and_not_the_other_way_round(db, now):
    assert suppress_address(db, "a@example.org", "bounced", "tester", now)
    assert suppress_address(db, "a@example.org", "request", "tester", now)
    assert not suppress_address(db, "a@example.org", "bounced", "tester", now)
    assert count_suppressions(db) == {"request": 1}


def test_a_suppression_is_lifted_once(db, now):
    suppress_address(db, "a@example.org", "request", "tester", now)
    assert lift_suppression(db, "A@example.org").reason == "request"
    assert lift_suppression(db, "a@example.org") is None


@pytest.mark.parametrize(("email", "reason"), [("nonsense", "request"), ("a@example.org", "because")])
def test_what_is_no_address_or_no_reason_is_refused(db, now, email, reason):
    with pytest.raises(InputError):
        suppress_address(db, email, reason, "tester", now)
