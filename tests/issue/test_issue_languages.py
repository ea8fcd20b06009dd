"""One file, several languages: each view whole, and what is missing told with its line."""

from collections.abc import Callable

import pytest

from newsletter.errors import Problem
from newsletter.issue import Article, Issue, in_language

BILINGUAL = """\
title: {en: News of the study, cy: Newyddion yr astudiaeth}
date: 30 September 2022
languages: [en, cy]
lists: [partners]
intro:
  en: |
    Welcome.
  cy: |
    Croeso.
sections:
  - title: {en: A walk, cy: Taith gerdded}
    body: "12:30"
    images:
      - src: pictures/walk.png
        alt: {en: A hill, cy: Bryn}
"""


def test_an_issue_is_seen_in_each_of_its_languages(read: Callable[[str], Issue]) -> None:
    issue = read(BILINGUAL)
    welsh = in_language(issue, "cy-GB")
    assert (issue.language, issue.title, issue.intro.strip()) == ("en", "News of the study", "Welcome.")
    assert (welsh.language, welsh.title, welsh.intro.strip()) == ("cy", "Newyddion yr astudiaeth", "Croeso.")
    assert isinstance(welsh.sections[0], Article)
    assert welsh.sections[0].images[0].alt == "Bryn"
    assert welsh.pictures.keys() == issue.pictures.keys()


def test_a_plain_text_is_the_same_in_all(read: Callable[[str], Issue]) -> None:
    issue = read(BILINGUAL)
    assert in_language(issue, "cy").sections[0].body == issue.sections[0].body == "12:30"


def test_the_default_subject_has_its_month_in_the_language(read: Callable[[str], Issue]) -> None:
    issue = read(BILINGUAL)
    assert issue.subject == "News of the study: September 2022"
    assert in_language(issue, "cy").subject == "Newyddion yr astudiaeth: Medi 2022"


def test_a_reader_of_another_language_gets_the_first(read: Callable[[str], Issue]) -> None:
    issue = read(BILINGUAL)
    assert in_language(issue, "fr") is in_language(issue, "") is in_language(issue, "en") is issue


def test_places_are_those_of_the_language(read: Callable[[str], Issue]) -> None:
    issue = read(BILINGUAL)
    assert (
        in_language(issue, "cy").place("sections.0.images.0.alt").line
        == issue.place("sections.0.images.0.alt").line
    )


def test_an_issue_in_one_language_has_no_translations(read: Callable[[str], Issue]) -> None:
    issue = read("title: News\ndate: 30 September 2022\nlists: [partners]\nintro: Hello.\n")
    assert issue.translations == {}
    assert issue.languages == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "{en: A walk, cy: Taith gerdded}",
            "{en: A walk}",
            "2022-09.yaml:11: sections.0.title: it is missing in cy",
        ),
        (
            "{en: A walk, cy: Taith gerdded}",
            '{en: A walk, cy: " "}',
            "11: sections.0.title: it is missing in cy",
        ),
        (
            "cy: Taith gerdded",
            "cyy: Taith gerdded",
            "sections.0.title: 'cyy' is not among the issue's languages",
        ),
        ("cy: Taith gerdded", "cyy: Taith gerdded", "sections.0.title: it is missing in cy"),
        ("[en, cy]", "[en]", "languages: two languages or more are wanted"),
        ("[en, cy]", "[en, cy, EN]", "languages: two languages or more are wanted, each once"),
        ("[en, cy]", "[en, cy]\nlanguage: en", "language: it stands beside languages"),
        ("[partners]", "{en: [partners], cy: [partners]}", "lists: it is given by language; write it once"),
        ("[en, cy]", "[en, Cymraeg iawn]", "is not a language tag"),
        ("languages: [en, cy]\n", "", "title: a group of keys stands here"),
    ],
)
def test_what_is_missing_or_odd_is_told(
    refused: Callable[[str], list[Problem]], old: str, new: str, said: str
) -> None:
    told = [str(problem) for problem in refused(BILINGUAL.replace(old, new))]
    assert any(said in line for line in told), told


def test_a_fault_in_a_further_language_is_told(refused: Callable[[str], list[Problem]]) -> None:
    text = BILINGUAL.replace('body: "12:30"', 'link: {en: "https://a.example.org", cy: "javascript:x"}')
    (problem,) = refused(text)
    assert (problem.line, problem.field) == (12, "sections.0.link")
