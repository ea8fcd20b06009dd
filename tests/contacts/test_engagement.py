"""What happened with whom: kept, corrected, done, and due."""

import datetime as dt
from typing import Any

import pytest

from newsletter.contacts import (
    Actor,
    BadDate,
    BadEngagement,
    EngagementChanges,
    NewEngagement,
    NoSuchEngagement,
    WantedEngagements,
    add_engagement,
    add_organisation,
    due_engagements,
    edit_engagement,
    find_engagements,
    finish_engagement,
    operation,
    remove_engagement,
    the_engagement,
)
from newsletter.database import Database

TODAY = dt.date(2022, 9, 30)


def kept(db: Database, now: dt.datetime, *people: int, **odd: Any) -> int:
    usual: dict[str, Any] = {"kind": "meeting", "happened_on": "2022-09-14", "title": "Advisory group"}
    return add_engagement(db, NewEngagement(people=people, **(usual | odd)), now, "tester")


def test_an_engagement_is_kept_with_all_who_took_part(
    people_db: Database, cast: Any, now: dt.datetime
) -> None:
    museum = add_organisation(people_db, "Exampleton Museum", now)
    number = kept(
        people_db, now, cast.ada, cast.ben, organisations=(museum,), kind="Co-authored work", said="One\r\nTwo",
        follow_up="Send the minutes", due_on="21 September 2022", happened_on="14/09/2022",
    )  # fmt: skip
    found = the_engagement(people_db, number)
    assert (found.kind, found.happened_on, found.due_on) == ("co-authored-work", "2022-09-14", "2022-09-21")
    assert [party.name for party in found.people] == ["Ada", "Ben"]
    assert [party.id for party in found.organisations] == [museum]
    assert (found.said, found.recorder, found.open) == ("One\nTwo", "tester", True)
    assert find_engagements(people_db, WantedEngagements(contact_id=cast.ben)) == [found]
    assert find_engagements(people_db, WantedEngagements(organisation_id=museum)) == [found]
    assert find_engagements(people_db, WantedEngagements(contact_id=cast.cleo)) == []


@pytest.mark.parametrize(
    ("odd", "told"),
    [
        ({"kind": "meting"}, "did you mean 'meeting'"),
        ({"title": " "}, "title: it is empty"),
        ({"happened_on": "2022-10-05"}, "is in the future"),
        ({"due_on": "2022-10-05"}, "nothing that is to be done"),
        ({"due_on": "2022-09-01", "follow_up": "Ring"}, "lies before the engagement itself"),
        ({"organisations": (99,)}, "no organisation with the id 99"),
    ],
)
def test_what_cannot_be_an_engagement_is_refused_and_nothing_is_kept(
    people_db: Database, cast: Any, now: dt.datetime, odd: dict[str, Any], told: str
) -> None:
    with pytest.raises(Exception, match=told):
        kept(people_db, now, cast.ada, **odd)
    assert find_engagements(people_db, WantedEngagements()) == []


def test_nobody_and_people_who_are_not_there_are_refused(people_db: Database, now: dt.datetime) -> None:
    with pytest.raises(BadEngagement, match="name a person or an organisation"):
        kept(people_db, now)
    with pytest.raises(BadEngagement, match="no contact with the id 12"):
        kept(people_db, now, 12)
    with pytest.raises(BadDate):
        kept(people_db, now, happened_on="soon")


def test_what_is_due_comes_in_the_order_of_its_days_and_ends_when_it_is_done(
    people_db: Database, cast: Any, now: dt.datetime
) -> None:
    soon = kept(people_db, now, cast.ada, follow_up="Ring", due_on="2022-10-10")
    late = kept(people_db, now, cast.ada, follow_up="Write", due_on="2022-09-20")
    kept(people_db, now, cast.ada, follow_up="Visit", due_on="2022-12-01")
    kept(people_db, now, cast.ada, follow_up="Some day")
    kept(people_db, now, cast.ada)
    assert [one.id for one in due_engagements(people_db, TODAY, 14)] == [late, soon]
    finish_engagement(people_db, late, TODAY, now)
    assert [one.id for one in due_engagements(people_db, TODAY, 14)] == [soon]
    assert len(find_engagements(people_db, WantedEngagements(only_open=True))) == 3
    with pytest.raises(BadEngagement, match="was done on 30 September 2022"):
        finish_engagement(people_db, late, TODAY, now)


def test_an_edit_changes_what_it_names_and_a_new_day_opens_it_again(
    people_db: Database, cast: Any, now: dt.datetime
) -> None:
    number = kept(people_db, now, cast.ada, follow_up="Ring", due_on="2022-09-20")
    finish_engagement(people_db, number, TODAY, now)
    changes = EngagementChanges({"title": "Group"}, add_people=(cast.ben,), remove_people=(cast.ada,))
    found = edit_engagement(people_db, number, changes, now)
    assert (found.title, [party.name for party in found.people]) == ("Group", ["Ben"])
    assert found.done_on == "2022-09-30"
    assert edit_engagement(people_db, number, EngagementChanges({"due_on": "2022-10-20"}), now).open
    with pytest.raises(BadEngagement, match="name a person"):
        edit_engagement(people_db, number, EngagementChanges(remove_people=(cast.ben,)), now)
    assert [party.name for party in the_engagement(people_db, number).people] == ["Ben"]


def test_what_is_removed_is_gone_with_its_parts(people_db: Database, cast: Any, now: dt.datetime) -> None:
    number = kept(people_db, now, cast.ada)
    remove_engagement(people_db, number)
    with pytest.raises(NoSuchEngagement):
        the_engagement(people_db, number)
    assert people_db.one("SELECT count(*) FROM engagement_contacts")[0] == 0  # type: ignore[index]


def test_a_person_who_was_merged_leads_to_the_one_who_stayed(
    people_db: Database, cast: Any, now: dt.datetime
) -> None:
    people_db.conn.execute("INSERT INTO contact_aliases VALUES (77, ?, '2022-09-01')", (cast.ada,))
    number = kept(people_db, now, 77, cast.ada)
    assert [party.id for party in the_engagement(people_db, number).people] == [cast.ada]


def test_an_engagement_is_put_on_record_without_anything_about_anybody(
    people_db: Database, cast: Any, now: dt.datetime
) -> None:
    with operation(people_db, Actor("tester"), "engagement add", now) as running:
        running.summary["engagement"] = kept(people_db, now, cast.ada)
    row = people_db.one("SELECT command, summary FROM operations")
    assert row is not None
    assert tuple(row) == ("engagement add", '{"engagement": 1}')
