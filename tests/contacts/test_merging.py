"""Who is kept twice is found with a reason, and made one without losing a word of either."""

import pytest

from newsletter.contacts import (
    Actor,
    BadMerge,
    CannotUndo,
    Changes,
    NewContact,
    add_contact,
    contact_card,
    edit_contact,
    find_contacts,
    find_duplicates,
    give_permission,
    history,
    merge_contacts,
    operation,
    plan_undo,
    preview_merge,
    reason_to_skip,
    record_consent,
    standing,
    tell_operations,
    undo_operation,
    verify_ledger,
    withdraw_consent,
)
from newsletter.contacts.images import images_of

ANA = Actor("ana")


def found(db):
    return [(one.reason, {person.id for person in one.people}) for one in find_duplicates(db)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ada.obi@gmail.com", "a.daobi@googlemail.com"),
        ("ada+news@example.org", "ada@example.org"),
        ("Ada@Example.org", "ada@example.org"),
    ],
)
def test_one_address_in_two_ways_is_found(db, now, first, second):
    ids = {add_contact(db, NewContact(email=email, name="Ada"), now) for email in (first, second)}
    [(reason, people)] = found(db)
    assert people == ids
    assert "the same address" in reason


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (NewContact(email="ada.obi@example.org"), NewContact(email="adaobi@example.org")),
        (NewContact(email="home@example.org", name="Ada"), NewContact(email="home@example.org", name="Ben")),
        (NewContact(name="Liz", organisations=("M",)), NewContact(name="Elizabeth", organisations=("M",))),
        (NewContact(name="Ada", organisations=("M",)), NewContact(name="Ada", organisations=("N",))),
    ],
)
def test_dots_elsewhere_shared_addresses_nicknames_and_namesakes_are_not(db, now, first, second):
    for contact in (first, second):
        add_contact(db, contact, now)
    assert found(db) == []


def test_one_name_in_one_organisation_or_at_one_postal_address_is_found_once(db, now):
    home = {"postal_address": "1 Road\nTown"}
    ids = {
        add_contact(db, NewContact(email=f"{n}@example.org", name=name, organisations=("M",), **home), now)
        for n, name in enumerate(("Ada Obi", "ada obi"))
    }
    assert found(db) == [("the same name in the same organisation", ids)]


@pytest.fixture
def twice(people_db, event, now):
    """Ada twice: the first agreed, the second withdrew later, under another address."""
    first = add_contact(people_db, NewContact(email="ada@example.org", name="Ada Obi", tags=("a",)), now)
    second = add_contact(
        people_db,
        NewContact(
            email="obi@example.org", name="A. Obi", language="cy", roles=("partner",), tags=("b",), notes="x"
        ),
        now,
    )
    record_consent(people_db, event(first), now)
    record_consent(people_db, event(second), now)
    record_consent(people_db, event(second, "withdrawn", effective_at="2022-08-01"), now)
    return first, second


def test_a_merge_fills_joins_and_keeps_both_histories_and_the_withdrawal_wins(people_db, twice, now):
    first, second = twice
    assert reason_to_skip(people_db, first, ["partners"], now) is None
    merge_contacts(people_db, first, [second], now)
    image = images_of(people_db, [first])[first]
    assert image["contact"][:3] == ["Ada Obi", "", "cy"]
    assert [row[0] for row in image["contact_tags"]] == ["a", "b"]
    assert {row[0]: row[3] for row in image["addresses"]} == {"ada@example.org": 1, "obi@example.org": 0}
    assert find_contacts(people_db, str(second)) == find_contacts(people_db, "obi@example.org") == [first]
    assert [line.entry.contact_id for line in history(people_db, first)] == [first, second, second]
    assert reason_to_skip(people_db, first, ["partners"], now) == "withdrawn"
    assert reason_to_skip(people_db, second, ["partners"], now) == "withdrawn"
    assert verify_ledger(people_db) is None


def test_the_preview_is_what_the_merge_does_and_changes_nothing(people_db, twice, now):
    first, second = twice
    before = images_of(people_db, [first, second])
    preview = preview_merge(people_db, first, [second], now)
    assert images_of(people_db, [first, second]) == before
    merge_contacts(people_db, first, [second], now)
    assert contact_card(people_db, first, now) == preview.after
    assert preview.before.lists[0].state == "given"


@pytest.mark.parametrize(
    ("kept", "other", "wins"), [("", "deceased", "deceased"), ("left-study", "do-not-contact", "left-study")]
)
def test_the_stricter_stop_wins(people_db, now, kept, other, wins):
    ids = [
        add_contact(people_db, NewContact(name=f"{n}", stop=stop), now)
        for n, stop in enumerate((kept, other))
    ]
    merge_contacts(people_db, ids[0], ids[1:], now)
    assert people_db.one("SELECT stop FROM contacts")["stop"] == wins


def test_a_merge_is_undone_whole_and_says_that_somebody_would_be_written_to_again(people_db, twice, now):
    first, second = twice
    before = images_of(people_db, [first, second])
    with operation(people_db, ANA, "contacts merge", now) as running:
        merge_contacts(people_db, first, [second], now)
    plan = plan_undo(people_db, running.number)
    assert (plan.change, plan.bring_back, plan.withdrawn) == ([first], [second], 1)
    undo_operation(people_db, running.number, ANA, now)
    assert images_of(people_db, [first, second]) == before
    assert reason_to_skip(people_db, first, ["partners"], now) is None
    assert reason_to_skip(people_db, second, ["partners"], now) == "withdrawn"
    with pytest.raises(CannotUndo, match="not done again"):
        plan_undo(people_db, tell_operations(people_db, 1)[0].done.number)


def merged(db, now, keep, other):
    with operation(db, ANA, "contacts merge", now) as running:
        merge_contacts(db, keep, [other], now)
    return running.number


def test_undoing_a_merge_says_so_where_the_one_who_comes_back_had_agreed_and_the_other_left(
    people_db, twice, now
):
    agreed, left = twice
    number = merged(people_db, now, left, agreed)
    assert reason_to_skip(people_db, left, ["partners"], now) == "withdrawn"
    assert plan_undo(people_db, number).withdrawn == 1
    undo_operation(people_db, number, ANA, now)
    assert reason_to_skip(people_db, agreed, ["partners"], now) is None
    assert reason_to_skip(people_db, left, ["partners"], now) == "withdrawn"


@pytest.mark.parametrize("name", ["partners", "media:M-12"])
def test_undoing_a_merge_says_so_where_they_left_as_one_person(people_db, cast, event, now, name):
    if name.startswith("media:"):
        give_permission(people_db, "M-12", ["photo"], event(cast.ada), now)
    number = merged(people_db, now, cast.cleo, cast.ada)
    assert plan_undo(people_db, number).revives == 0
    withdraw_consent(
        people_db, cast.cleo, [name], now, effective_at="2022-09-30", channel="email", recorder="t"
    )
    assert plan_undo(people_db, number).withdrawn == 1


@pytest.mark.parametrize("field", [{"stop": "do-not-contact"}, {"paused_until": "2030-01-01"}])
def test_undoing_a_merge_says_so_where_the_one_who_comes_back_was_not_stopped(people_db, now, field):
    stopped = add_contact(people_db, NewContact(name="Ada", **field), now)
    free = add_contact(people_db, NewContact(name="A. Obi"), now)
    assert plan_undo(people_db, merged(people_db, now, stopped, free)).stopped == 1


def test_an_earlier_merge_is_not_counted_for_the_one_who_stays(people_db, cast, event, now):
    """Ada, who agreed, became part of Dora, who became part of Cleo: undone, Ada is Dora again and not Cleo."""
    dora = add_contact(people_db, NewContact(email="dora@example.org", name="Dora"), now)
    merged(people_db, now, dora, cast.ada)
    number = merged(people_db, now, cast.cleo, dora)
    withdraw_consent(
        people_db, cast.cleo, None, now, effective_at="2022-09-30", channel="email", recorder="t"
    )
    assert plan_undo(people_db, number).withdrawn == 1
    undo_operation(people_db, number, ANA, now)
    assert reason_to_skip(people_db, dora, ["partners"], now) is None
    assert standing(people_db, cast.cleo, "partners").state == "withdrawn"
    assert verify_ledger(people_db) is None


def test_of_a_merge_no_half_is_undone(people_db, twice, now):
    first, second = twice
    with operation(people_db, ANA, "contacts merge", now) as running:
        merge_contacts(people_db, first, [second], now)
    with operation(people_db, ANA, "contacts edit", now):
        edit_contact(people_db, first, Changes(add_tags=("new",)), now)
    with pytest.raises(CannotUndo, match="whole or not at all"):
        undo_operation(people_db, running.number, ANA, now, skip_changed=True)


def test_nobody_is_merged_with_themselves(people_db, twice, now):
    with pytest.raises(BadMerge):
        merge_contacts(people_db, twice[0], [twice[0]], now)
