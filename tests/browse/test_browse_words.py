"""Dates, issues and numbers as people say them."""

from zoneinfo import ZoneInfo

import pytest

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


def test_mailings_that_ask_for_consent_are_called_by_what_they_ask_about() -> None:
    asked = (
        "confirmation:3",
        "confirmation:3:2",
        "renewal:partners:2026-11-23",
        "renewal:partners:2026-11-23:2",
    )
    assert [issue_name(name) for name in asked] == [
        "Confirmation 3",
        "Confirmation 3 (2)",
        "Renewal of partners, 23 November 2026",
        "Renewal of partners, 23 November 2026 (2)",
    ]


def test_numbers_agree_with_their_nouns() -> None:
    said = [counted(count, "person", "people") for count in (0, 1, 1204, None)]
    assert said == ["0 people", "1 person", "1,204 people", "many people"]


def test_languages_have_names() -> None:
    assert [language_name(code) for code in ("en-GB", "cy", "xx", "")] == ["English", "Welsh", "xx", ""]


def test_commands_are_marked_and_all_else_is_escaped() -> None:
    assert with_commands("type `a <b>` & go") == "type <code>a &lt;b&gt;</code> &amp; go"
