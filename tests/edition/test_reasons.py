"""Why a reader of several lists gets something: every list, its basis and its day, as each language says it."""

from pathlib import Path

import pytest

from newsletter.contacts import BASES
from newsletter.edition import Ground, lacking, reason_line, reason_writer, words_for
from newsletter.edition.reasons import joined

AWKWARD = Path(__file__).parent.parent / "data" / "awkward" / "templates"
PARTNERS = Ground("Project partners", "2022-06-14", "consent")
CONTRIBUTORS = Ground("Public contributors", "2023-03-03T09:00:00Z", "consent")
FRIENDS = Ground("Friends", "2023-03-03", "consent")


@pytest.mark.parametrize(
    ("language", "names", "said"),
    [
        ("en", "A", "A"),
        ("en", "AB", "A and B"),
        ("en-US", "ABC", "A, B and C"),
        ("cy", "CB", "C a B"),
        ("cy", "BA", "B ac A"),
        ("cy", "ABŴ", "A, B ac Ŵ"),
        ("cy", "B7", "B a 7"),
        ("ar", "AB", "A وB"),
        ("de", "ABC", "A, B und C"),
        ("gd-x-none", "A", "A"),
    ],
)
def test_names_are_joined_in_the_way_of_the_language(language: str, names: str, said: str) -> None:
    assert joined([*names], language) == said


def test_welsh_looks_for_the_vowel_behind_what_stands_round_a_name() -> None:
    assert joined(["‘Partneriaid’", "‘Aelodau’ (2022)"], "cy") == "‘Partneriaid’ ac ‘Aelodau’ (2022)"
    assert joined(["‘Aelodau’", "‘Partneriaid’"], "cy") == "‘Aelodau’ a ‘Partneriaid’"
    assert joined(["A", "‘’"], "cy") == "A a ‘’"


def test_one_list_is_told_as_ever() -> None:
    assert reason_writer("en")([PARTNERS]) == reason_line("Project partners", "2022-06-14", "consent")


def test_each_of_several_lists_has_its_day() -> None:
    assert reason_writer("en")([PARTNERS, CONTRIBUTORS]) == (
        "You get this because you asked to be on our lists ‘Project partners’ (14 June 2022) and ‘Public contributors’ "
        "(3 March 2023)."
    )


def test_a_day_that_is_the_same_for_all_stands_once() -> None:
    assert reason_writer("en")([CONTRIBUTORS, FRIENDS]) == (
        "You get this because you asked to be on our lists ‘Public contributors’ and ‘Friends’ (3 March 2023)."
    )


@pytest.mark.parametrize("since", ["", "?", "some time"])
def test_no_day_is_told_where_that_of_any_is_not_known(since: str) -> None:
    for both in ([PARTNERS._replace(since=since), FRIENDS], [PARTNERS, FRIENDS._replace(since=since)]):
        assert reason_writer("en")(both) == (
            "You get this because you asked to be on our lists ‘Project partners’ and ‘Friends’."
        )


def test_nobody_is_told_that_they_asked_for_a_list_on_which_others_put_them() -> None:
    put = Ground("Friends", "2023-03-03", "contract")
    assert reason_writer("en")([PARTNERS, put, CONTRIBUTORS]) == (
        "You get this because you asked to be on our lists ‘Project partners’ (14 June 2022) and ‘Public contributors’ "
        "(3 March 2023). You get this because you have been on our list ‘Friends’ since 3 March 2023, under the "
        "agreement between us."
    )


@pytest.mark.parametrize("language", ["en", "cy"])
@pytest.mark.parametrize(
    "basis", [*(basis for basis in BASES if basis != "unknown"), "confirmation", "", "odd"]
)
def test_every_basis_has_words_for_several_lists(language: str, basis: str) -> None:
    said = reason_writer(language)([one._replace(basis=basis) for one in (PARTNERS, CONTRIBUTORS)])
    assert said.count("‘Project partners’") == said.count("‘Public contributors’") == 1
    assert said.count("2022") == said.count("2023") == 1
    assert said.count("You get this") + said.count("Rydych yn cael") == 1
    assert ("asked" in said) == (
        language == "en" and basis in {"consent", "soft-opt-in", "charitable-soft-opt-in"}
    )


def test_welsh_tells_both_lists() -> None:
    assert reason_writer("cy")(
        [FRIENDS._replace(list_name="Partneriaid"), FRIENDS._replace(list_name="Aelodau")]
    ) == (
        "Rydych yn cael hwn am eich bod wedi gofyn am gael bod ar ein rhestrau ‘Partneriaid’ ac ‘Aelodau’ "
        "(3 Mawrth 2023)."
    )


def test_a_language_with_words_for_one_list_alone_says_them_for_each() -> None:
    one, other = (
        reason_line(name, "2022-06-14", "consent", "ar", templates=AWKWARD) for name in ("شركاء", "أصدقاء")
    )
    assert "English" not in one
    both = [Ground(name, "2022-06-14", "consent") for name in ("شركاء", "أصدقاء")]
    assert reason_writer("ar", AWKWARD)(both) == f"{one} {other}"
    assert "reasons_consent" not in lacking("ar", AWKWARD)
    assert "reasons_contract" in lacking("ar", AWKWARD)


def test_a_language_without_words_has_one_english_sentence_with_english_days() -> None:
    assert reason_writer("gd")([PARTNERS, CONTRIBUTORS]) == reason_writer("en")([PARTNERS, CONTRIBUTORS])


def test_who_words_the_reason_of_one_list_anew_has_it_said_for_each(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    own = tmp_path / "words" / "en.toml"
    own.write_text('reason_consent = "Sent as you joined {list} on {date}."\n', encoding="utf-8")
    assert reason_writer("en", tmp_path)([PARTNERS, CONTRIBUTORS]) == (
        "Sent as you joined Project partners on 14 June 2022. Sent as you joined Public contributors on 3 March 2023."
    )
    assert "reasons_contract" in words_for("en", tmp_path)
    with own.open("a", encoding="utf-8") as file:
        file.write('reasons_consent = "Sent as you joined {lists}."\n')
    own.touch()
    assert reason_writer("en", tmp_path)([CONTRIBUTORS, FRIENDS]) == (
        "Sent as you joined ‘Public contributors’ and ‘Friends’ (3 March 2023)."
    )
