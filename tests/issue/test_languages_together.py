"""`languages_together`: what an editor may write, and what is told where it cannot be."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.errors import IssueError
from newsletter.issue import Issue, in_language, issue_schema, read_issue

TEXT = """\
title: {en: News, cy: Newyddion}
date: 30 September 2022
languages: [en, cy]
languages_together: yes
lists: [partners]
intro: {en: Welcome., cy: Croeso.}
"""


@pytest.fixture
def read(folder: Path) -> Callable[[str], Issue]:
    def reading(text: str) -> Issue:
        path = folder / "issues" / "2022-09.yaml"
        path.write_text(text, encoding="utf-8")
        return read_issue(path, folder)

    return reading


def problems(read: Callable[[str], Issue], text: str) -> list[tuple[int, str]]:
    with pytest.raises(IssueError) as raised:
        read(text)
    return [(problem.line, problem.message) for problem in raised.value.problems]


@pytest.mark.parametrize(("word", "together"), [("yes", True), ("true", True), ("no", False)])
def test_yes_and_no_are_understood(read: Callable[[str], Issue], word: str, together: bool) -> None:
    issue = read(TEXT.replace("yes", word))
    assert issue.languages_together is together
    assert issue.translations["cy"].languages_together is together


def test_left_out_each_reader_gets_one_language(read: Callable[[str], Issue]) -> None:
    assert not read(TEXT.replace("languages_together: yes\n", "")).languages_together


def test_without_languages_there_is_nothing_to_put_together(read: Callable[[str], Issue]) -> None:
    text = "title: News\ndate: 30 September 2022\nlanguages_together: yes\nlists: [partners]\nintro: Hello.\n"
    ((line, message),) = problems(read, text)
    assert line == 3
    assert "without languages" in message


def test_more_languages_than_a_message_holds_are_refused(read: Callable[[str], Issue]) -> None:
    tags = ["en", "cy", "de", "fr", "ga"]
    given = "{" + ", ".join(f"{tag}: A" for tag in tags) + "}"
    text = f"title: {given}\ndate: 30 September 2022\nlanguages: [{', '.join(tags)}]\nlists: [partners]\nintro: {given}\n"
    assert read(text).languages == tuple(tags)
    ((_, message),) = problems(read, text + "languages_together: yes\n")
    assert "more than 4" in message


def test_it_is_the_same_for_all_languages(read: Callable[[str], Issue]) -> None:
    found = problems(read, TEXT.replace("together: yes", "together: {en: yes, cy: no}"))
    assert any("given by language" in message for _, message in found)


def test_seen_in_one_language_the_others_follow_it(read: Callable[[str], Issue]) -> None:
    welsh = in_language(read(TEXT), "cy")
    assert (welsh.language, welsh.title, list(welsh.translations)) == ("cy", "Newyddion", ["en"])
    assert welsh.translations["en"].translations == {}
    alone = in_language(read(TEXT.replace("together: yes", "together: no")), "cy")
    assert (alone.title, alone.translations) == ("Newyddion", {})


def test_a_language_of_another_country_is_the_nearest_one(read: Callable[[str], Issue]) -> None:
    issue = read(TEXT.replace("cy", "en-US").replace("[en,", "[en-GB,").replace("{en:", "{en-GB:"))
    for wanted, found in (
        ("en-us", "en-US"),
        ("en-GB", "en-GB"),
        ("en", "en-GB"),
        ("cy", "en-GB"),
        ("", "en-GB"),
    ):
        assert in_language(issue, wanted).language == found


def test_the_schema_knows_it() -> None:
    assert "languages_together" in str(issue_schema())
