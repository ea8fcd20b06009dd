"""Who may be written to, and the one word for why not."""

import datetime as dt

import pytest

from newsletter.contacts import (
    Changes,
    Decision,
    NewContact,
    add_contact,
    count_decisions,
    decide,
    edit_contact,
    reason_to_skip,
    record_consent,
    suppress_address,
)

BOTH = ["partners", "contributors"]


def edit(db, contact, now, **fields):
    edit_contact(db, contact, Changes(fields=fields), now)


def test_ada_may_be_written_to_ben_withdrew_and_cleo_never_asked(people_db, cast, now):
    said = {d.name: d.reason for d in decide(people_db, ["partners"], now)}
    assert said == {"Ada": "", "Ben": "withdrawn"}
    assert reason_to_skip(people_db, cast.cleo, ["partners"], now) == "not-on-list"


def test_a_decision_tells_who_why_since_when_and_on_what_basis(people_db, cast, now):
    [ada] = decide(people_db, ["partners"], now, cast.ada)
    key = people_db.one("SELECT address_key FROM addresses WHERE contact_id = ?", cast.ada)[0]
    assert ada == Decision(
        cast.ada, "ada@example.org", key, "Ada", "", "", ("partners",), "2022-06-14", "consent", ""
    )


def test_somebody_allowed_on_one_list_and_withdrawn_from_another_gets_the_one(people_db, cast, event, now):
    record_consent(people_db, event(cast.ada, list="contributors", basis="public-task"), now)
    record_consent(people_db, event(cast.ada, "withdrawn"), now)
    [ada] = decide(people_db, BOTH, now, cast.ada)
    assert (ada.reason, ada.lists, ada.basis) == ("", ("contributors",), "public-task")


def test_lists_come_in_the_order_asked_for_with_the_basis_of_the_first(people_db, cast, event, now):
    record_consent(
        people_db, event(cast.ada, list="contributors", basis="contract", effective_at="2021-01-01"), now
    )
    for order, basis in ((BOTH, "consent"), (BOTH[::-1], "contract")):
        [ada] = decide(people_db, order, now, cast.ada)
        assert (list(ada.lists), ada.basis) == (order, basis)
    assert ada.grounds == (("2021-01-01", "contract"), ("2022-06-14", "consent"))


def test_each_list_that_allows_has_its_own_ground_and_no_other_list_has_one(people_db, cast, event, now):
    record_consent(
        people_db, event(cast.ada, list="contributors", basis="contract", effective_at="2021-01-01"), now
    )
    for found in (
        next(one for one in decide(people_db, BOTH, now) if one.contact_id == cast.ada),
        *decide(people_db, BOTH, now, cast.ada),
    ):
        assert found.grounds == (("2022-06-14", "consent"), ("2021-01-01", "contract"))
    record_consent(people_db, event(cast.ada, "withdrawn"), now)
    [left] = decide(people_db, BOTH, now, cast.ada)
    assert (left.lists, left.grounds) == (("contributors",), (("2021-01-01", "contract"),))
    assert not left.same_grounds(found)


def test_everybody_on_any_of_the_lists_is_decided_once(people_db, cast, event, now):
    record_consent(people_db, event(cast.cleo, list="contributors"), now)
    record_consent(people_db, event(cast.ada, list="contributors"), now)
    found = [d.contact_id for d in decide(people_db, [*BOTH, *BOTH], now)]
    assert found == sorted([cast.ada, cast.ben, cast.cleo])


@pytest.mark.parametrize("word", ["deceased", "left-study", "do-not-contact"])
def test_a_hard_stop_has_its_own_reason_and_outranks_everything(people_db, cast, now, word):
    edit(people_db, cast.ada, now, stop=word, paused_until="2030-01-01", format="print")
    suppress_address(people_db, "ada@example.org", "request", "tester", now)
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) == word


def test_a_pause_ends_on_its_day(people_db, cast, now):
    edit(people_db, cast.ada, now, paused_until="2022-10-01")
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) == "paused"
    assert reason_to_skip(people_db, cast.ada, ["partners"], now + dt.timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("request", "suppressed"),
        ("erased", "suppressed"),
        ("complaint", "suppressed"),
        ("bounced", "bounced"),
    ],
)
def test_a_suppressed_address_is_not_written_to_whoever_has_it(people_db, cast, now, reason, word):
    suppress_address(people_db, "ADA@Example.org", reason, "tester", now)
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) == word


def test_suppressing_one_address_does_not_stop_the_one_that_is_written_to(people_db, cast, now):
    edit_contact(people_db, cast.ada, Changes(add_emails=("old@example.org",)), now)
    suppress_address(people_db, "old@example.org", "bounced", "tester", now)
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) is None


@pytest.mark.parametrize("wish", ["print", "large-print"])
def test_those_who_want_paper_get_it_by_post_if_they_may_be_written_to(people_db, cast, now, wish):
    for contact in (cast.ada, cast.ben):
        edit(people_db, contact, now, format=wish)
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) == "by-post"
    assert reason_to_skip(people_db, cast.ben, ["partners"], now) == "withdrawn"


def test_somebody_without_an_address_is_told_apart_from_one_who_wants_paper(people_db, event, now):
    dora = add_contact(people_db, NewContact(name="Dora"), now)
    record_consent(people_db, event(dora), now)
    assert reason_to_skip(people_db, dora, ["partners"], now) == "no-email"
    edit(people_db, dora, now, format="print")
    assert reason_to_skip(people_db, dora, ["partners"], now) == "by-post"


def test_the_gravest_word_of_several_lists_is_said(people_db, cast, event, now):
    record_consent(people_db, event(cast.ben, list="contributors", basis="unknown"), now)
    assert reason_to_skip(people_db, cast.ben, BOTH, now) == "withdrawn"
    record_consent(people_db, event(cast.cleo, list="contributors", basis="unknown"), now)
    record_consent(people_db, event(cast.cleo, expires_at="2022-07-01"), now)
    assert reason_to_skip(people_db, cast.cleo, BOTH, now) == "expired"


def test_somebody_on_a_list_without_any_entry_is_not_written_to(people_db, cast, now):
    people_db.conn.execute("INSERT INTO list_members VALUES ('partners', ?, '')", (cast.cleo,))
    assert reason_to_skip(people_db, cast.cleo, ["partners"], now) == "no-consent"


def test_somebody_who_was_erased_meanwhile_gets_nothing(people_db, cast, now):
    people_db.conn.execute("DELETE FROM contacts WHERE id = ?", (cast.ada,))
    assert list(decide(people_db, ["partners"], now, cast.ada)) == []
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) == "not-on-list"


def test_two_who_share_an_address_are_decided_apart(people_db, cast, event, now):
    twin = add_contact(people_db, NewContact(email="ada@example.org", name="Twin"), now)
    record_consent(people_db, event(twin), now)
    record_consent(people_db, event(cast.ada, "withdrawn"), now)
    said = {d.name: d.reason for d in decide(people_db, ["partners"], now)}
    assert (said["Twin"], said["Ada"]) == ("", "withdrawn")


def test_a_single_decision_is_the_one_that_the_whole_list_gives(people_db, cast, event, now):
    record_consent(people_db, event(cast.cleo, list="contributors", channel="double-opt-in"), now)
    for decision in decide(people_db, BOTH, now):
        assert list(decide(people_db, BOTH, now, decision.contact_id)) == [decision]


def test_the_count_by_reason_agrees_with_the_decisions(people_db, cast, now):
    assert count_decisions(people_db, "partners", now) == {"": 1, "withdrawn": 1}


def test_no_lists_and_unknown_lists_reach_nobody(people_db, cast, now):
    assert list(decide(people_db, [], now)) == []
    assert list(decide(people_db, ["nosuch"], now)) == []
