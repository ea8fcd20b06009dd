"""Where organisations stand: judged on a day, by whom and why; as it stands, and as it moved."""

import datetime as dt
from typing import Any

import pytest

from newsletter.contacts import (
    NewStance,
    add_organisation,
    add_stance,
    remove_stance,
    stances_of,
    standpoints,
)
from newsletter.database import Database

SEPTEMBER = dt.date(2022, 9, 30)


@pytest.fixture
def museum(people_db: Database, now: dt.datetime) -> int:
    return add_organisation(people_db, "Exampleton Museum", now)


def judged(db: Database, now: dt.datetime, organisation: int, day: str, *place: int, **odd: Any) -> int:
    usual = {"judged_by": "Sam", "why": "Its board decides"}
    return add_stance(db, NewStance(organisation, *place, judged_on=day, **(usual | odd)), now)  # type: ignore[misc]


def test_an_organisation_stands_where_it_was_judged_last_and_keeps_where_it_stood(
    people_db: Database, now: dt.datetime, museum: int
) -> None:
    judged(people_db, now, museum, "2022-06-01", 4, 4)
    judged(people_db, now, museum, "2022-03-01", 4, 2)
    [point] = standpoints(people_db, SEPTEMBER)
    assert (point.name, point.stance.place, point.before) == ("Exampleton Museum", (4, 4), ())
    assert [one.judged_on for one in stances_of(people_db, museum)] == ["2022-06-01", "2022-03-01"]
    [then] = standpoints(people_db, dt.date(2022, 5, 31))
    assert then.stance.place == (2, 4)
    assert standpoints(people_db, dt.date(2022, 2, 28)) == []


def test_the_later_of_two_judgements_on_a_day_counts(
    people_db: Database, now: dt.datetime, museum: int
) -> None:
    judged(people_db, now, museum, "2022-06-01", 1, 1)
    judged(people_db, now, museum, "2022-06-01", 5, 5)
    assert standpoints(people_db, SEPTEMBER)[0].stance.place == (5, 5)


def test_movement_begins_where_it_stood_on_the_first_day(
    people_db: Database, now: dt.datetime, museum: int
) -> None:
    for day, interest in (("2022-01-01", 1), ("2022-03-01", 2), ("2022-06-01", 2), ("2022-08-01", 5)):
        judged(people_db, now, museum, day, 3, interest)
    [point] = standpoints(people_db, SEPTEMBER, dt.date(2022, 4, 1))
    assert [one.judged_on for one in point.before] == ["2022-03-01", "2022-06-01"]
    # It stood on the same place twice: that is one stop.
    assert [one.judged_on for one in point.moves] == ["2022-06-01"]
    [still] = standpoints(people_db, SEPTEMBER, dt.date(2022, 9, 1))
    assert still.before == ()


@pytest.mark.parametrize(
    ("place", "odd", "told"),
    [
        ((6, 1), {}, "influence: 6 is not from 1"),
        ((1, 0), {}, "interest: 0 is not from 1"),
        ((1, 1), {"why": " "}, "say by whom and why"),
        ((1, 1), {"judged_by": ""}, "say by whom and why"),
        ((1, 1), {"day": "2022-10-05"}, "in the future"),
    ],
)
def test_a_judgement_that_cannot_be_understood_later_is_refused(
    people_db: Database, now: dt.datetime, museum: int, place: tuple[int, int], odd: dict[str, str], told: str
) -> None:
    day = odd.pop("day", "2022-06-01") if "day" in odd else "2022-06-01"
    with pytest.raises(Exception, match=told):
        judged(people_db, now, museum, day, *place, **odd)
    assert stances_of(people_db, museum) == []


def test_a_judgement_is_removed_from_its_own_organisation_only(
    people_db: Database, now: dt.datetime, museum: int
) -> None:
    number = judged(people_db, now, museum, "2022-06-01", 3, 3)
    council = add_organisation(people_db, "Council", now)
    with pytest.raises(Exception, match=f"no judgement {number}"):
        remove_stance(people_db, council, number)
    remove_stance(people_db, museum, number)
    assert stances_of(people_db, museum) == []
