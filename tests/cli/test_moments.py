"""Moments as people type them, and the two nights on which the clocks are changed."""

import datetime as dt
import zoneinfo

import pytest

from newsletter.cli.moments import read_moment
from newsletter.errors import InputError

LONDON = zoneinfo.ZoneInfo("Europe/London")
NOW = dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC)


def read(text: str, now: dt.datetime = NOW, after: dt.datetime | None = None) -> str:
    return read_moment(text, "--at", LONDON, now, after=after or now).isoformat()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-01 09:00", "2026-12-01T09:00:00+00:00"),
        ("2026-12-01T9:00", "2026-12-01T09:00:00+00:00"),
        ("2026-12-01 09:00:05", "2026-12-01T09:00:05+00:00"),
        ("2027-07-01 09:00", "2027-07-01T08:00:00+00:00"),
        ("2027-07-01 09:00+05:30", "2027-07-01T03:30:00+00:00"),
        ("2027-07-01 09:00Z", "2027-07-01T09:00:00+00:00"),
        ("15:00", "2026-11-23T15:00:00+00:00"),
        ("9:00", "2026-11-24T09:00:00+00:00"),
        ("today 15:00", "2026-11-23T15:00:00+00:00"),
        ("Tomorrow 09:00", "2026-11-24T09:00:00+00:00"),
    ],
)
def test_a_moment_is_meant_in_the_workspaces_time_zone(text: str, moment: str) -> None:
    assert read(text) == moment


def test_a_last_time_without_a_day_is_the_first_after_the_beginning() -> None:
    at = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)
    assert read("18:00", after=at) == "2026-12-01T18:00:00+00:00"
    assert read("08:00", after=at) == "2026-12-02T08:00:00+00:00"


@pytest.mark.parametrize("text", ["2026-11-23 14:30", "2026-11-23 09:00", "today 09:00", "2020-01-01 09:00"])
def test_a_moment_that_is_over_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is over"):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "2026-12-01",
        "9",
        "2026-02-30 09:00",
        "25:00",
        "09:61",
        "01/12/2026 09:00",
        "",
        "2026-12-01 09:00+99:00",
        "9999-12-31 23:59",
        "9999-12-31 23:59-14:00",
        "0001-01-01 00:00+14:00",
    ],
)
def test_what_is_no_moment_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match='write "2026-12-01 09:00"'):
        read(text)


def test_an_hour_that_the_clocks_skip_is_refused_with_what_lies_beside_it() -> None:
    with pytest.raises(InputError, match="2027-03-28 01:30 does not exist in Europe/London") as caught:
        read("2027-03-28 01:30")
    assert caught.value.remedy == "Write 00:30 or 02:30."


def test_an_hour_that_comes_twice_is_refused_until_it_is_said_which() -> None:
    with pytest.raises(InputError, match="2027-10-31 01:30 comes twice") as caught:
        read("2027-10-31 01:30")
    assert '"2027-10-31 01:30+01:00" is the first' in caught.value.remedy
    assert read("2027-10-31 01:30+01:00") == "2027-10-31T00:30:00+00:00"
    assert read("2027-10-31 01:30+00:00") == "2027-10-31T01:30:00+00:00"


@pytest.mark.parametrize("text", ["00:30", "01:00", "02:30"])
def test_on_such_a_night_the_other_hours_are_as_ever(text: str) -> None:
    evening = dt.datetime(2027, 3, 27, 20, 0, tzinfo=dt.UTC)
    if text == "01:00":
        with pytest.raises(InputError, match="does not exist"):
            read(text, now=evening)
    else:
        assert read(text, now=evening).startswith("2027-03-28")
