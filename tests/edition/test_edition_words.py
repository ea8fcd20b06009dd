"""Greetings, reasons, dates: what is said in fixed words."""

import datetime as dt
from pathlib import Path

import pytest

from newsletter.contacts import BASES
from newsletter.edition import greeting, reason_line
from newsletter.edition.dates import span_text, tile_text, when_text
from newsletter.edition.words import day_text, direction, lacking, words_for
from newsletter.errors import TemplateError
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
    ours = {"to", "day_and_time", "below"}  # which Unicode's tables give in any language
    assert {key: word for key, word in words_for("gd").items() if key not in ours} == {
        key: word for key, word in words_for("en").items() if key not in ours
    }
    assert set(lacking("gd")) == set(words_for("en")) - ours
    assert words_for("gd")["below"] == "Gàidhlig ↓"


def test_welsh_is_complete() -> None:
    assert lacking("cy") == ()
    assert words_for("cy-GB")["contents"] == "Yn y rhifyn hwn"
    assert words_for("cy").keys() == words_for("en").keys()


def test_welsh_dates_are_welsh() -> None:
    assert day_text(dt.date(2022, 9, 30), "cy") == "30 Medi 2022"
    assert (
        span_text(moment(6, 15, 14, 0), moment(6, 15, 16, 0), "cy")
        == "Dydd Mercher 15 Mehefin 2022, 14:00 – 16:00"
    )
    assert tile_text(moment(9, 1), "cy") == ("Medi", "1")
    assert greeting("", "Ada", "cy") == "Annwyl Ada,"
    assert reason_line("Partneriaid", "2022-02-03", "consent", "cy").startswith(
        "Rydych yn cael hwn am eich bod wedi gofyn ar 3 Chwefror 2022"
    )


@pytest.mark.parametrize(
    ("language", "day", "span"),
    [
        ("de", "30. September 2022", "30. Juni 2022 – 2. Juli 2022"),
        ("fr", "30 septembre 2022", "30 juin 2022 – 2 juillet 2022"),
        ("en-US", "September 30, 2022", "June 30, 2022 to July 2, 2022"),
        ("en-GB-oxendict", "30 September 2022", "30 June to 2 July 2022"),
        ("zh", "2022年9月30日", "2022年6月30日 – 2022年7月2日"),
        ("qqx", "30 September 2022", "30 June – 2 July 2022"),
    ],
)
def test_dates_go_the_way_of_the_language(language: str, day: str, span: str) -> None:
    assert day_text(dt.date(2022, 9, 30), language) == day
    assert span_text(moment(6, 30), moment(7, 2), language) == span


@pytest.mark.parametrize(
    ("tag", "side"),
    [
        ("ar", "rtl"),
        ("he-IL", "rtl"),
        ("en", "ltr"),
        ("pa-Arab", "rtl"),
        ("ku-Latn", "ltr"),
        ("az-Arab-IR", "rtl"),
    ],
)
def test_the_direction_is_that_of_the_script(tag: str, side: str) -> None:
    assert direction(tag) == side


def test_a_workspace_replaces_single_words(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words/cy.toml").write_text('dear = "Helo {name},"\n', encoding="utf-8")
    assert greeting("", "Ada", "cy", tmp_path) == "Helo Ada,"
    assert words_for("cy", tmp_path)["contents"] == "Yn y rhifyn hwn"
    assert greeting("", "Ada", "cy") == "Annwyl Ada,"


def test_a_workspace_teaches_a_language(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words/gd.toml").write_text('dear = "A {name}, a charaid,"\n', encoding="utf-8")
    assert greeting("", "Ada", "gd", tmp_path) == "A Ada, a charaid,"
    assert "dear" not in lacking("gd", tmp_path)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('deer = "x"', r"templates/words/cy\.toml:2: deer: there is no such word \(did you mean 'dear'\?\)"),
        (
            'dear = "Annwyl,"',
            r"cy\.toml:2: dear: 'Annwyl,' does not hold what is filled in; it needs \{name\}",
        ),
        ('dear = "{name.__class__}"', r"dear: .* it needs \{name\}"),
        ('dear = "{name!r}"', r"dear: a brace stands alone"),
        ('dear = "{name"', r"dear: a brace stands alone"),
        ("dear = 5", r"dear: it is empty or no text"),
        ("dear = Annwyl", r"this is not TOML"),
    ],
)
def test_a_faulty_word_is_told_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words/cy.toml").write_text(f"# Ours.\n{line}\n", encoding="utf-8")
    with pytest.raises(TemplateError, match=said):
        words_for("cy", tmp_path)


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
