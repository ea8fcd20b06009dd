"""Days as people write them, and as they are said."""

import datetime as dt

import pytest

from newsletter.contacts import effective, parse_day, past_day, said
from newsletter.errors import InputError


@pytest.mark.parametrize(
    "text",
    [
        "2022-06-14",
        " 14 June 2022 ",
        "14 jun 2022",
        "14th June, 2022",
        "14/06/2022",
        "14.6.2022",
        "14-Jun-2022",
        "2022-06-14 10:22:00",
        "2022-06-14T10:22Z",
    ],
)
def test_a_day_is_understood_however_it_is_written(text):
    assert parse_day(text) == dt.date(2022, 6, 14)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "06/14/2022",
        "30 February 2022",
        "14/06/22",
        "14 Juny 2022",
        "44726",
        "2022-13-01",
        "0000-01-01",
    ],
)
def test_what_is_no_day_is_refused_with_what_is_wanted(text):
    with pytest.raises(InputError, match="day first"):
        parse_day(text)


def test_tomorrow_is_in_the_future():
    with pytest.raises(InputError, match="1 October 2022 is in the future"):
        past_day("2022-10-01", dt.date(2022, 9, 30))


def test_a_day_that_has_not_begun_in_utc_is_kept_as_the_time_itself():
    late = dt.datetime(2022, 9, 30, 23, 30, tzinfo=dt.UTC)
    assert effective(dt.date(2022, 10, 1), late) == "2022-09-30T23:30:00Z"
    assert effective(dt.date(2022, 9, 30), late) == "2022-09-30"


def test_days_and_times_are_said_in_words():
    assert said("2022-06-04") == "4 June 2022"
    assert said("2022-09-30T09:00:00Z") == "30 September 2022"
    assert said("") == ""
