"""A change of people is taken back whole: rows, what hangs on them, where they stand; the ledger keeps all of it."""

import datetime as dt

import pytest

from newsletter.contacts import (
    Actor,
    CannotUndo,
    Changes,
    NewContact,
    add_contact,
    edit_contact,
    find_contacts,
    history,
    operation,
    plan_undo,
    reason_to_skip,
    record_consent,
    search_contacts,
    standing,
    suppress_address,
    tell_operations,
    undo_operation,
    verify_ledger,
    withdraw_consent,
)
from newsletter.contacts.images import images_of

ANA = Actor("ana")
LATER = dt.datetime(2022, 10, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def change(people_db, now):
    """Does something as one operation; its number."""

    def make(command, function, *args, at=now, actor=ANA, **kwargs):
        with operation(people_db, actor, command, at) as running:
            function(people_db, *args, at, **kwargs)
        return running.number

    return make


def rows(db, table):
    return [tuple(row) for row in db.conn.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]


STATE = [
    "contacts",
    "addresses",
    "contact_roles",
    "contact_tags",
    "contact_organisations",
    "list_members",
    "subscriptions",
    "people_search",
]


def state(db):
    """All that is derived or kept of people, but for when a row was last written."""
    kept = {table: rows(db, table) for table in STATE if table != "contacts"}
    kept["contacts"] = [row[:-1] for row in rows(db, "contacts")]
    kept["subscriptions"] = [row[:-1] for row in kept["subscriptions"] if row[2] != "none"]
    kept["addresses"] = sorted(row[1:] for row in kept["addresses"])
    return kept


def test_somebody_who_was_changed_is_as_before(people_db, cast, change, now):
    before = state(people_db)
    number = change(
        "contacts edit",
        edit_contact,
        cast.ada,
        Changes(
            fields={"name": "X", "stop": "deceased"},
            primary="x@example.org",
            join=("Museum",),
            add_tags=("t",),
        ),
    )
    done = undo_operation(people_db, number, ANA, LATER)
    assert (done.change, done.stopped) == ([cast.ada], 1)
    assert state(people_db) == before
    assert search_contacts(people_db, "ada") == [cast.ada]
    assert search_contacts(people_db, "x") == []


def test_taking_back_a_pause_is_said_as_a_stop_is(people_db, cast, change):
    number = change("contacts edit", edit_contact, cast.ada, Changes(fields={"paused_until": "2030-01-01"}))
    assert plan_undo(people_db, number).stopped == 1
    number = change("contacts edit", edit_contact, cast.ada, Changes(fields={"paused_until": ""}))
    assert plan_undo(people_db, number).stopped == 0


def test_whoever_was_added_is_gone_and_their_consent_is_struck_out_not_withdrawn(
    people_db, event, change, now
):
    def bring(db, at):
        ada = add_contact(db, NewContact(email="ada@example.org", name="Ada", organisations=("Junk",)), at)
        record_consent(db, event(ada), at)

    number = change("contacts import", bring)
    undo_operation(people_db, number, ANA, LATER)
    kinds = [row[3] for row in rows(people_db, "consents")]
    assert kinds == ["given", "voided"]
    assert [rows(people_db, table) for table in STATE] == [[]] * len(STATE)
    assert rows(people_db, "organisations") == []
    assert verify_ledger(people_db) is None


def test_an_undoing_can_be_undone_and_that_again(people_db, event, change, now):
    def bring(db, at):
        ada = add_contact(db, NewContact(email="ada@example.org", name="Ada", organisations=("Junk",)), at)
        record_consent(db, event(ada, expires_at="2030-01-01"), at)

    number = change("contacts import", bring)
    [ada] = find_contacts(people_db, "ada@example.org")
    before = state(people_db)
    undone = undo_operation(people_db, number, ANA, LATER)
    first = tell_operations(people_db, 1)[0].done
    assert undone.remove == [ada]
    undo_operation(people_db, first.number, ANA, LATER)
    assert state(people_db) == before
    assert standing(people_db, ada, "partners").expires_at == "2030-01-01"
    assert history(people_db, ada)[-1].detail["source"] == "workshop sign-up sheet"
    undo_operation(people_db, tell_operations(people_db, 1)[0].done.number, ANA, LATER)
    assert find_contacts(people_db, "ada@example.org") == []
    assert verify_ledger(people_db) is None


@pytest.mark.parametrize("before_the_undoing", [True, False])
def test_a_consent_is_not_recorded_again_behind_a_withdrawal_of_the_same_day(
    people_db, cast, event, change, now, before_the_undoing
):
    def bring(db, at):
        for person in (cast.ada, cast.cleo):
            record_consent(db, event(person, effective_at="2022-09-30"), at)

    def leave():
        withdraw_consent(
            people_db, cast.cleo, ["partners"], now, effective_at="2022-09-30", channel="email", recorder="t"
        )

    number = change("contacts import", bring)
    if before_the_undoing:
        leave()
    undo_operation(people_db, number, ANA, LATER)
    if not before_the_undoing:
        leave()
    again = tell_operations(people_db, 1)[0].done.number
    assert plan_undo(people_db, again).left == {cast.cleo: "their consent ended since"}
    with pytest.raises(CannotUndo, match="cannot be put back"):
        undo_operation(people_db, again, ANA, LATER)
    undo_operation(people_db, again, ANA, LATER, skip_changed=True)
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) is None
    assert standing(people_db, cast.cleo, "partners").state == "withdrawn"
    assert verify_ledger(people_db) is None


def test_where_everybody_was_changed_since_nothing_is_called_undone(people_db, cast, change):
    number = change("contacts edit", edit_contact, cast.ada, Changes(add_tags=("t",)))
    change("contacts edit", edit_contact, cast.ada, Changes(add_tags=("later",)))
    with pytest.raises(CannotUndo, match="nobody is left"):
        undo_operation(people_db, number, ANA, LATER, skip_changed=True)
    assert tell_operations(people_db, 1)[0].done.command == "contacts edit"


def test_what_was_undone_is_not_undone_twice(people_db, cast, change):
    number = change("contacts edit", edit_contact, cast.ada, Changes(add_tags=("t",)))
    undo_operation(people_db, number, ANA, LATER)
    with pytest.raises(CannotUndo, match="already"):
        undo_operation(people_db, number, ANA, LATER)


def test_whoever_was_touched_since_is_left_and_nothing_is_done_without_leave(people_db, change, event, now):
    def bring(db, at):
        for name in ("Ada", "Ben", "Cleo"):
            add_contact(db, NewContact(email=f"{name}@example.org", name=name), at)

    number = change("contacts import", bring)
    ada, ben, cleo = (find_contacts(people_db, f"{name}@example.org")[0] for name in ("ada", "ben", "cleo"))
    change("contacts edit", edit_contact, ada, Changes(add_tags=("t",)))
    record_consent(people_db, event(ben), now)
    before = state(people_db)
    with pytest.raises(CannotUndo, match="2 of these people"):
        undo_operation(people_db, number, ANA, LATER)
    assert state(people_db) == before
    done = undo_operation(people_db, number, ANA, LATER, skip_changed=True)
    assert (done.remove, set(done.left)) == ([cleo], {ada, ben})


def test_whoever_was_written_to_stays(people_db, change):
    def bring(db, at):
        add_contact(db, NewContact(email="ada@example.org"), at)

    number = change("contacts import", bring)
    [ada] = find_contacts(people_db, "ada@example.org")
    people_db.conn.execute(
        "INSERT INTO mailings (id, kind, issue, issue_digest, state, lists, headers, queued_at) "
        "VALUES (1, 'issue', 'x', '', 'done', '[]', '{}', '')"
    )
    people_db.conn.execute(
        "INSERT INTO deliveries (mailing_id, recipient_key, contact_id, state, token, changed_at) "
        "VALUES (1, 'k', ?, 'sent', 't', '')",
        (ada,),
    )
    assert plan_undo(people_db, number).left == {ada: "something happened to them since"}


def test_a_change_that_was_undone_meanwhile_does_not_stand_in_the_way(people_db, change):
    def bring(db, at):
        add_contact(db, NewContact(email="ada@example.org"), at)

    number = change("contacts import", bring)
    [ada] = find_contacts(people_db, "ada@example.org")
    edited = change("contacts edit", edit_contact, ada, Changes(add_tags=("t",)))
    assert plan_undo(people_db, number).remove == []
    undo_operation(people_db, edited, ANA, LATER)
    assert plan_undo(people_db, number).remove == [ada]


def test_undoing_a_withdrawal_says_so_and_the_consent_before_it_counts_again(people_db, cast, change, now):
    number = change(
        "consent withdraw",
        withdraw,
        cast.ada,
    )
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) == "withdrawn"
    plan = plan_undo(people_db, number)
    assert (plan.withdrawn, plan.revives) == (1, 1)
    undo_operation(people_db, number, ANA, LATER)
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) is None
    assert history(people_db, cast.ada)[-1].entry.kind == "voided"


def withdraw(db, contact_id, at):
    withdraw_consent(
        db, contact_id, None, at, effective_at="2022-09-01", channel="email", recorder="ana", source="a call"
    )


def test_undoing_a_consent_of_somebody_who_was_on_no_list_takes_them_off_it(
    people_db, cast, change, event, now
):
    number = change("consent record", lambda db, at: record_consent(db, event(cast.cleo), at))
    assert reason_to_skip(people_db, cast.cleo, ["partners"], now) is None
    undo_operation(people_db, number, ANA, LATER)
    assert reason_to_skip(people_db, cast.cleo, ["partners"], now) == "not-on-list"
    assert ("partners", cast.cleo) not in [row[:2] for row in rows(people_db, "list_members")]


@pytest.mark.parametrize(
    ("command", "via", "why"),
    [
        ("privacy erase", "command", "what was erased is gone"),
        ("send", "command", "has left"),
        ("consent withdraw", "pages", "asked for it themselves"),
        ("consent withdraw", "mailbox", "asked for it themselves"),
    ],
)
def test_what_cannot_be_undone_says_so(people_db, cast, change, command, via, why):
    number = change(command, edit_contact, cast.ada, Changes(add_tags=("t",)), actor=Actor("ana", via))
    with pytest.raises(CannotUndo, match="cannot be undone: .*" + why):
        plan_undo(people_db, number)


def test_a_suppression_is_on_record_with_the_person_and_is_not_undone_by_the_way(people_db, cast, now):
    with operation(people_db, ANA, "suppress add", now) as running:
        suppress_address(people_db, "ada@example.org", "request", "ana", now)
    [told] = tell_operations(people_db, 9, cast.ada)
    assert (told.done.command, told.fields) == ("suppress add", ("suppressed",))
    with pytest.raises(CannotUndo, match="suppress add"):
        plan_undo(people_db, running.number)


def test_somebody_who_was_erased_since_does_not_come_back(people_db, cast, change):
    number = change("contacts edit", edit_contact, cast.ada, Changes(add_tags=("t",)))
    people_db.conn.execute("DELETE FROM contacts WHERE id = ?", (cast.ada,))
    people_db.conn.execute("UPDATE operation_contacts SET before = ''")
    assert plan_undo(people_db, number).left == {cast.ada: "they were erased since"}
    with pytest.raises(CannotUndo, match="nobody is left"):
        undo_operation(people_db, number, ANA, LATER, skip_changed=True)
    assert images_of(people_db, [cast.ada]) == {}


def test_the_log_of_one_person_has_what_only_the_ledger_tells(people_db, cast, change, event):
    change("consent record", lambda db, at: record_consent(db, event(cast.ada), at))
    change("contacts edit", edit_contact, cast.ben, Changes(add_tags=("t",)))
    assert [told.done.command for told in tell_operations(people_db, 9, cast.ada)] == ["consent record"]
    assert [told.fields for told in tell_operations(people_db, 9, cast.ben)] == [("contact_tags",)]
