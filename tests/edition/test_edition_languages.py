"""An issue in two languages: an edition for each, and which one a reader gets."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.config import Workspace
from newsletter.edition import Edition, edition_name, issue_digest, render_all
from newsletter.issue import Issue, read_issue

TEXT = """\
title: {en: News of the study, cy: Newyddion yr astudiaeth}
date: 30 September 2022
languages: [en, cy]
lists: [partners, contributors]
intro: {en: Welcome., cy: Croeso.}
sections:
  - title: {en: For partners, cy: I bartneriaid}
    audience: partners
    body: {en: "A walk.", cy: "Taith gerdded."}
  - type: event
    title: {en: A day out, cy: Diwrnod allan}
    start: 15 June 2022, 14:00
    end: "16:00"
"""


@pytest.fixture
def read(workspace: Workspace) -> Callable[[str], Issue]:
    def reading(text: str) -> Issue:
        path = workspace.issues / "2022-09.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return read_issue(path, workspace.root)

    return reading


@pytest.fixture
def editions(read: Callable[[str], Issue], workspace: Workspace) -> dict[str, Edition]:
    return render_all(read(TEXT), workspace.config)


def test_the_first_language_keeps_the_names_and_further_ones_add_theirs(editions: dict[str, Edition]) -> None:
    assert list(editions) == [
        *["public", "partners", "contributors", "partners+contributors"],
        *["public.cy", "partners.cy", "contributors.cy", "partners+contributors.cy"],
    ]


def test_an_edition_is_wholly_in_its_language(editions: dict[str, Edition]) -> None:
    english, welsh = editions["partners"], editions["partners.cy"]
    assert (english.language, welsh.language) == ("en", "cy")
    assert '<html lang="cy"' in welsh.html
    assert welsh.subject == "Newyddion yr astudiaeth: Medi 2022"
    for part in (
        "Taith gerdded.",
        "30 Medi 2022",
        "Dydd Mercher 15 Mehefin 2022, 14:00 – 16:00",
        "Digwyddiad",
    ):
        assert part in welsh.html
        assert part not in english.html
    for part in ("A walk.", "September", "Stop these emails", "When", "Event"):
        assert part not in welsh.text


def test_a_changed_translation_voids_the_approval(read: Callable[[str], Issue], workspace: Workspace) -> None:
    before = render_all(read(TEXT), workspace.config)
    after = render_all(read(TEXT.replace("Taith gerdded", "Tro")), workspace.config)
    assert issue_digest(before) != issue_digest(after)
    assert [name for name in before if before[name].digest != after[name].digest] == [
        *["public.cy", "partners.cy", "contributors.cy", "partners+contributors.cy"]
    ]


@pytest.mark.parametrize(
    ("language", "name"),
    [("cy", "partners.cy"), ("cy-GB", "partners.cy"), ("CY", "partners.cy"), ("en", "partners"), ("", "partners"), ("fr", "partners")],
)  # fmt: skip
def test_a_reader_gets_their_language_or_else_the_first(
    editions: dict[str, Edition], language: str, name: str
) -> None:
    assert edition_name(editions, ("partners",), language) == name


def test_an_issue_in_one_language_is_as_it_was(
    read: Callable[[str], Issue], workspace: Workspace, tmp_path: Path
) -> None:
    plain = TEXT.replace("languages: [en, cy]\n", "").replace("{en: ", "").replace("}", "")
    plain = "\n".join(line.partition(", cy: ")[0] for line in plain.splitlines())
    issue = read(plain)
    assert list(render_all(issue, workspace.config)) == [
        "public",
        "partners",
        "contributors",
        "partners+contributors",
    ]
    assert edition_name(render_all(issue, workspace.config), ("partners",), "cy") == "partners"
