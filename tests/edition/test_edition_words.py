"""Greetings, reasons, dates: what is said in fixed words."""

import pytest

from newsletter.contacts import BASES
from newsletter.edition import greeting, reason_line
from newsletter.edition.dates import span_text, tile_text, when_text
from newsletter.edition.words import words_for
from newsletter.issue import SECTION_TYPES, When


def test_a_reader_is_greeted_by_given_name_then_name_then_kindly() -> None:
    assert greeting("Ada Example", "Ada", "en") == "Dear Ada,"
    assert greeting("Ada Example", "", "en") == "Dear Ada Example,"
    assert greeting("", " ", "en") == "Hello,"


def test_a_name_stays_on_one_line_and_is_no_format() -> None:
    assert greeting("", "A\r\nBcc: x {name} {0}", "en") == "Dear A Bcc: x {name} {0},"


@pytest.mark.parametrize(
    "name",
    ["\u0645\u0647\u200c\u0631\u062e", "\u0d30\u0d3e\u0d1c\u0d28\u0d4d\u200d", "\U0001f469\u200d\U0001f467"],
)
def test_a_name_spelt_with_joiners_keeps_them(name: str) -> None:
    assert greeting("", name, "en") == f"Dear {name},"


def test_a_name_of_nothing_but_joiners_is_none() -> None:
    assert greeting("", " \u200d \u200c", "en") == "Hello,"


def test_a_name_cannot_turn_the_writing_round() -> None:
    assert greeting("", "Ada\u202eadA", "en") == "Dear Ada adA,"


def test_the_reason_tells_list_and_day() -> None:
    assert reason_line("Project partners", "2022-06-14T09:00:00Z", "consent") == (
        "You get this because you asked on 14 June 2022 to be on our list ‘Project partners’."
    )


@pytest.mark.parametrize("basis", [basis for basis in BASES if basis not in {"consent", "unknown"}])
def test_a_reader_who_never_asked_is_not_told_so(basis: str) -> None:
    reason = reason_line("Partners", "2022-06-14", basis, "en")
    assert "asked on" not in reason
    assert "14 June 2022" in reason
    assert "‘Partners’" in reason
    assert words_for("en")["reason_" + basis]


def test_without_a_day_none_is_told() -> None:
    assert reason_line("Partners", "", "consent") == "You get this because you are on our list ‘Partners’."
    assert "1970" not in reason_line("Partners", "some time", "unknown")


def test_a_language_without_words_of_its_own_gets_english() -> None:
    assert words_for("cy-GB") == words_for("en")


@pytest.mark.parametrize("kind", SECTION_TYPES)
def test_every_section_type_has_a_name(kind: str) -> None:
    assert words_for("en")[kind]


def moment(month: int, day: int | None = None, hour: int | None = None, minute: int | None = None) -> When:
    return When(year=2022, month=month, day=day, hour=hour, minute=minute)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (moment(6), None, "June 2022"),
        (moment(6, 15), None, "Wednesday 15 June 2022"),
        (moment(6, 15, 14, 0), None, "Wednesday 15 June 2022, 14:00"),
        (moment(6, 15, 14, 0), moment(6, 15, 16, 30), "Wednesday 15 June 2022, 14:00 to 16:30"),
        (moment(6, 15), moment(6, 17), "15 to 17 June 2022"),
        (moment(6, 30), moment(7, 2), "30 June to 2 July 2022"),
        (moment(6), moment(8), "June to August 2022"),
        (moment(6, 15, 14, 0), moment(6, 16, 12, 0), "15 June 2022, 14:00 to 16 June 2022, 12:00"),
        (moment(12, 30), When(year=2023, month=1, day=2), "30 December 2022 to 2 January 2023"),
    ],
)
def test_a_span_says_nothing_twice(start: When, end: When | None, said: str) -> None:
    assert span_text(start, end) == said


def test_a_tile_shows_the_day_or_the_month() -> None:
    assert tile_text(moment(6, 15)) == ("Jun", "15")
    assert tile_text(moment(6)) == ("June", "2022")


def test_a_deadline_is_told_without_a_weekday() -> None:
    assert when_text(moment(10, 31)) == "31 October 2022"
