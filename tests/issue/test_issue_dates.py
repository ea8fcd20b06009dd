"""Dates as people write them, and what is said about those that cannot be."""

import datetime as dt

import pytest
from pydantic_core import PydanticCustomError

from newsletter.issue.dates import month_name, parse_day, parse_time, parse_when


@pytest.mark.parametrize(
    "text",
    [
        "30 September 2022",
        "30 Sept 2022",
        "30 Sep. 2022",
        "30th September 2022",
        "30th of September 2022",
        "30 september, 2022",
        "Friday 30 September 2022",
        "Fri, 30 September 2022",
        "September 30, 2022",
        "2022-09-30",
        "2022-9-30",
        "30/09/2022",
        "30/9/2022",
        "30.09.2022",
        "Friday 30/09/2022",
        "  30   September  2022 ",
    ],
)
def test_a_day_is_understood_in_the_ways_it_is_written(text: str) -> None:
    assert parse_day(text) == dt.date(2022, 9, 30)


@pytest.mark.parametrize(
    ("text", "found", "wanted"),
    [
        ("30 February 2022", "there is no 30 February 2022", "28 days"),
        ("2022-02-30", "there is no 30 February 2022", "28 days"),
        ("29 February 2023", "there is no 29 February 2023", "28 days"),
        ("0 June 2022", "there is no 0 June 2022", "30 days"),
        ("9/30/2022", "there is no month 30", "the day comes first"),
        ("2022-13-01", "there is no month 13", "30 September 2022"),
        ("30 Septembre 2022", "no month is called 'Septembre'", "30 September 2022"),
        ("Thursday 30 September 2022", "is not a Thursday", "it is a Friday"),
        ("September 2022", "is a month", "30 September 2022"),
        ("30/09/22", "not understood", "2022-09-30"),
        ("tomorrow", "not understood", "2022-09-30"),
        ("30 September 20222", "not understood", "2022-09-30"),
        ("30 September 0022", "looks mistyped", "1900"),
        ("", "not understood", "2022-09-30"),
        ("٣٠ September 2022x", "not understood", "2022-09-30"),
    ],
)
def test_a_day_that_cannot_be_is_refused_with_what_is_wanted(text: str, found: str, wanted: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        parse_day(text)
    assert found in str(caught.value)
    assert wanted in (caught.value.context or {})["wanted"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("June 2022", (2022, 6, None, None, None)),
        ("2022-06", (2022, 6, None, None, None)),
        ("15 June 2022", (2022, 6, 15, None, None)),
        ("2022-06-15", (2022, 6, 15, None, None)),
        ("2022-06-15 14:00", (2022, 6, 15, 14, 0)),
        ("2022-06-15T14:00", (2022, 6, 15, 14, 0)),
        ("2022-06-15 14:00:00", (2022, 6, 15, 14, 0)),
        ("15 June 2022, 2pm", (2022, 6, 15, 14, 0)),
        ("15 June 2022 2 pm", (2022, 6, 15, 14, 0)),
        ("15 June 2022 at 2.30 p.m.", (2022, 6, 15, 14, 30)),
        ("Wednesday 15 June 2022, 14.30", (2022, 6, 15, 14, 30)),
        ("15/06/2022 09:05", (2022, 6, 15, 9, 5)),
        ("15 June 2022, 12am", (2022, 6, 15, 0, 0)),
        ("15 June 2022, 12pm", (2022, 6, 15, 12, 0)),
        ("15 June 2022, noon", (2022, 6, 15, 12, 0)),
    ],
)
def test_a_month_a_day_or_a_time_is_understood(text: str, parts: tuple[int | None, ...]) -> None:
    assert tuple(parse_when(text).values()) == parts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("15 June 2022, 25:00", "no such time"),
        ("15 June 2022, 14:75", "no such time"),
        ("15 June 2022, 13pm", "no such time"),
        ("2022-06-15T14:00Z", "time zone"),
        ("2022-06-15 14:00 BST", "time zone"),
        ("June 2022, 2pm", "has a time but no day"),
        ("31 June 2022, 2pm", "there is no 31 June"),
        ("15 June 2022, 2pm to 4pm", "not understood"),
        ("2pm", "not understood"),
    ],
)
def test_a_time_that_cannot_be_is_refused(text: str, found: str) -> None:
    with pytest.raises(PydanticCustomError, match=found):
        parse_when(text)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("4pm", (16, 0)),
        ("16:30", (16, 30)),
        ("4.30 pm", (16, 30)),
        ("noon", (12, 0)),
        ("16", None),
        ("June", None),
    ],
)
def test_a_time_alone_is_told_from_other_words(text: str, clock: tuple[int, int] | None) -> None:
    assert parse_time(text) == clock


def test_a_month_has_its_name_in_the_language_where_the_language_is_known() -> None:
    assert month_name(9, "en-GB") == "September"
    assert month_name(9, "cy") == "Medi"
    assert month_name(9, "qqx") == ""
