"""Dates, issues and numbers as people say them, and the bars of the chart."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from newsletter.browse.chart import draw
from newsletter.browse.words import counted, in_words, issue_name, language_name, with_commands

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("2022-09-30", "30 September 2022"),
        ("2022-09-30T09:04:00Z", "30 September 2022, 10:04"),
        ("2022-12-30T23:30:00Z", "30 December 2022, 23:30"),
        ("2022-09-30T09:04:00+02:00", "30 September 2022, 08:04"),
        ("9999-12-31", "no end"),
        ("2022-02-30", None),
        ("2022-09", None),
        ("in September", None),
        ("", None),
    ],
)
def test_days_and_times_are_said_in_words(stored: str, said: str | None) -> None:
    assert in_words(stored, LONDON) == said


def test_issues_are_called_by_their_month() -> None:
    assert [issue_name(slug) for slug in ("2022-09", "2022-13", "spring-special")] == [
        "September 2022",
        "2022-13",
        "spring-special",
    ]


def test_numbers_agree_with_their_nouns() -> None:
    said = [counted(count, "person", "people") for count in (0, 1, 1204, None)]
    assert said == ["0 people", "1 person", "1,204 people", "many people"]


def test_languages_have_names() -> None:
    assert [language_name(code) for code in ("en-GB", "cy", "xx", "")] == ["English", "Welsh", "xx", ""]


def test_commands_are_marked_and_all_else_is_escaped() -> None:
    assert with_commands("type `a <b>` & go") == "type <code>a &lt;b&gt;</code> &amp; go"


def test_the_chart_ends_with_today() -> None:
    chart = draw({"2022-06": (40, 0), "2022-08": (0, 1)}, dt.date(2022, 9, 25))

    assert chart is not None
    assert [bar.label for bar in chart.bars] == ["Feb 22", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep"]
    assert (chart.joined, chart.left) == (40, 1)
    assert chart.bars[6].down == 3.0  # one withdrawal beside forty agreements still shows


def test_one_who_left_is_as_tall_in_the_chart_as_one_who_agreed() -> None:
    chart = draw({"2022-08": (2, 4), "2022-09": (1, 0)}, dt.date(2022, 9, 25))

    assert chart is not None
    august, september = chart.bars[6:]
    assert (august.down, august.up) == pytest.approx((4 * september.up, 2 * september.up), abs=0.1)
    assert august.top + august.up == pytest.approx(chart.base)
    assert chart.base + august.down <= chart.height - 30  # where the months stand


def test_the_chart_goes_back_to_where_something_happened() -> None:
    chart = draw({"2022-01": (2, 1)}, dt.date(2026, 11, 22))

    assert chart is not None
    assert chart.bars[-1].label == "Jan 22"
    assert draw({}, dt.date(2022, 9, 25)) is None
