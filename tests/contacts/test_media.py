"""Permissions to be shown: proven by the chain like any consent, and no mailing list by any door."""

import datetime as dt
from typing import Any

import pytest

from newsletter.contacts import (
    Actor,
    BadPermission,
    ConsentEvent,
    NoSuchPermission,
    all_lists,
    contact_card,
    count_decisions,
    decide,
    give_permission,
    history,
    issues_leaning_on,
    keep_use,
    operation,
    permissions,
    permissions_lost,
    permissions_of,
    record_consent,
    the_permission,
    undo_operation,
    verify_ledger,
    withdraw_consent,
    withdraw_permission,
)
from newsletter.database import Database

DAY = "2022-09-30"


def given(db: Database, now: dt.datetime, contact_id: int, named: str = "M-12", **odd: Any) -> int:
    covers = odd.pop("covers", ("photo", "name"))
    usual = {
        "list": "",
        "kind": "given",
        "basis": "consent",
        "effective_at": "2022-06-14",
        "channel": "paper",
    }
    event = ConsentEvent(contact_id, **(usual | {"recorder": "tester", "detail": {"source": "form"}} | odd))
    return give_permission(db, named, covers, event, now)


def withdrawn(db: Database, now: dt.datetime, named: str = "M-12") -> bool:
    return withdraw_permission(
        db, named, now, effective_at="2022-09-01", channel="email", recorder="tester", source="call"
    )


def test_a_permission_is_an_entry_of_the_ledger_with_what_it_covers(
    people_db: Database, cast: Any, now: dt.datetime
) -> None:
    number = given(people_db, now, cast.cleo, covers=("Quote", "photo"), expires_at="2024-08-31")
    found = the_permission(people_db, "M-12")
    assert (found.person, found.covers, found.state, found.sequence) == (
        "Cleo",
        ("photo", "quote"),
        "given",
        number,
    )
    assert found.reason_not_to_show(DAY) == ""
    assert found.reason_not_to_show("2024-08-31") == ""
    assert found.reason_not_to_show("2024-09-01") == "it ran out on 31 August 2024"
    [line] = history(people_db, cast.cleo)
    assert (line.entry.list, line.detail) == ("media:M-12", {"source": "form", "covers": ["photo", "quote"]})
    assert verify_ledger(people_db) is None


def test_it_makes_nobody_a_member_of_a_list_and_counts_as_none(
    people_db: Database, cast: Any, now: dt.datetime
) -> None:
    lists, counts = all_lists(people_db), count_decisions(people_db, "partners", now)
    given(people_db, now, cast.cleo)
    withdrawn(people_db, now)
    assert all_lists(people_db) == lists
    assert count_decisions(people_db, "partners", now) == counts
    assert contact_card(people_db, cast.cleo, now).lists == ()
    assert cast.cleo not in [one.contact_id for one in decide(people_db, ["partners", "contributors"], now)]
    for table in ("subscriptions", "list_members"):
        assert people_db.one(f"SELECT count(*) FROM {table} WHERE list LIKE 'media:%'")[0] == 0  # type: ignore[index]


def test_leaving_every_list_leaves_a_permission_as_it_is(
    people_db: Database, cast: Any, now: dt.datetime
) -> None:
    given(people_db, now, cast.ada)
    about = {"effective_at": DAY, "channel": "email", "recorder": "tester"}
    assert withdraw_consent(people_db, cast.ada, None, now, **about) == {"partners": True}
    assert the_permission(people_db, "M-12").state == "given"


def test_a_withdrawal_counts_at_once_and_an_older_form_does_not_bring_it_back(
    people_db: Database, cast: Any, now: dt.datetime
) -> None:
    given(people_db, now, cast.ada)
    assert withdrawn(people_db, now)
    assert not withdrawn(people_db, now)
    assert the_permission(people_db, "M-12").reason_not_to_show(DAY) == "it was withdrawn on 1 September 2022"
    given(people_db, now, cast.ada, effective_at="2022-08-01")
    assert the_permission(people_db, "M-12").state == "withdrawn"
    given(people_db, now, cast.ada, effective_at="2022-09-20", covers=("name",))
    found = the_permission(people_db, "M-12")
    assert (found.state, found.covers) == ("given", ("name",))
    assert verify_ledger(people_db) is None


def test_what_is_covered_is_what_the_entry_says_whatever_the_table_was_made_to_say(
    people_db: Database, cast: Any, now: dt.datetime
) -> None:
    given(people_db, now, cast.ada, covers=("name",))
    people_db.conn.execute("UPDATE media_permissions SET covers = '[\"photo\"]'")
    assert the_permission(people_db, "M-12").covers == ("name",)
    sql = """UPDATE consent_details SET detail = replace(detail, '"name"', '"photo"')"""
    people_db.conn.execute(sql)
    assert "detail" in str(verify_ledger(people_db))


def test_a_word_belongs_to_one_person(people_db: Database, cast: Any, now: dt.datetime) -> None:
    given(people_db, now, cast.ada)
    with pytest.raises(BadPermission, match="somebody else's"):
        given(people_db, now, cast.ben)
    event = ConsentEvent(cast.ben, "media:M-12", "given", "consent", DAY, "paper", "tester")
    with pytest.raises(Exception, match="somebody else"):
        record_consent(people_db, event, now)
    with pytest.raises(Exception, match="none called 'media:M-13'"):
        record_consent(
            people_db, ConsentEvent(cast.ben, "media:M-13", "given", "consent", DAY, "paper", "t"), now
        )
    with pytest.raises(NoSuchPermission, match="did you mean 'M-12'"):
        the_permission(people_db, "M-21")


@pytest.mark.parametrize(
    ("named", "covers", "told"),
    [
        ("M 12", ("photo",), "is not a word"),
        ("", ("photo",), "is not a word"),
        ("M-12", ("foto",), "did you mean 'photo'"),
        ("M-12", ("",), "say what may be shown"),
    ],
)
def test_what_is_no_permission_is_refused_with_nothing_kept(
    people_db: Database, cast: Any, now: dt.datetime, named: str, covers: tuple[str, ...], told: str
) -> None:
    with pytest.raises(BadPermission, match=told):
        given(people_db, now, cast.ada, named, covers=covers)
    assert permissions(people_db) == []


def test_it_follows_a_person_who_was_merged(people_db: Database, cast: Any, now: dt.datetime) -> None:
    given(people_db, now, cast.cleo)
    people_db.conn.execute("INSERT INTO contact_aliases VALUES (?, ?, '2022-09-01')", (cast.cleo, cast.ada))
    people_db.conn.execute("DELETE FROM contacts WHERE id = ?", (cast.cleo,))
    [found] = permissions_of(people_db, cast.ada)
    assert (found.permission, found.contact_id, found.state) == ("M-12", cast.ada, "given")
    assert withdrawn(people_db, now)
    assert the_permission(people_db, "M-12").state == "withdrawn"


def test_it_can_be_undone_like_any_change(people_db: Database, cast: Any, now: dt.datetime) -> None:
    with operation(people_db, Actor("tester"), "media add", now) as running:
        given(people_db, now, cast.ada)
    undo_operation(people_db, running.number, Actor("tester"), now)
    assert "struck out" in the_permission(people_db, "M-12").reason_not_to_show(DAY)
    assert verify_ledger(people_db) is None


def test_an_issue_leans_on_what_it_was_approved_with_and_loses_what_is_withdrawn(
    people_db: Database, cast: Any, now: dt.datetime
) -> None:
    given(people_db, now, cast.ada)
    given(people_db, now, cast.ben, "M-13", expires_at="2022-09-29")
    keep_use(people_db, "2022-09", ["M-12", "M-12", "M-14"], now)
    keep_use(people_db, "2022-10", ["M-13"], now)
    assert issues_leaning_on(people_db, "M-12") == ["2022-09"]
    assert permissions_lost(people_db, "2022-09", now) == {"M-14": "nobody has recorded it"}
    assert permissions_lost(people_db, "2022-10", now) == {"M-13": "it ran out on 29 September 2022"}
    assert permissions_lost(people_db, "2022-11", now) == {}
    keep_use(people_db, "2022-09", ["M-12"], now)
    withdrawn(people_db, now)
    assert permissions_lost(people_db, "2022-09", now) == {"M-12": "it was withdrawn on 1 September 2022"}


def test_a_permission_that_says_nothing_of_what_it_covers_is_refused(
    people_db: Database, cast: Any, now: dt.datetime
) -> None:
    given(people_db, now, cast.ada)
    event = ConsentEvent(cast.ada, "media:M-12", "refreshed", "consent", DAY, "paper", "tester")
    with pytest.raises(Exception, match="not said what it covers") as caught:
        record_consent(people_db, event, now)
    assert "newsletter media add" in str(caught.value)


def test_what_a_mailing_began_with_is_kept_beside_what_the_issue_names_by_now(
    people_db: Database, cast: Any, now: dt.datetime
) -> None:
    given(people_db, now, cast.ada)
    keep_use(people_db, "2022-09", ["M-12"], now)
    keep_use(people_db, "2022-09", [], now, beside=True)
    assert issues_leaning_on(people_db, "M-12") == ["2022-09"]
    keep_use(people_db, "2022-09", [], now)
    assert issues_leaning_on(people_db, "M-12") == []
