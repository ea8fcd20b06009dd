"""Whose names stand out among the authors: those whom newsletter.toml and the workspace name."""

from pathlib import Path

import pytest

from newsletter.config import read_config
from newsletter.edition import render_edition
from newsletter.edition.names import team_of
from newsletter.errors import IssueError
from newsletter.issue import read_issue

SETTINGS = '[sender]\nname = "Study"\nemail = "a@example.org"\n[lists.partners]\nname = "P"\n'
HEAD = "title: News\ndate: 30 September 2022\nlists: [partners]\nsections:\n"
PAPERS = """  - type: publications
    items:
      - {authors: [Other A, "Example, Ada", Sample B], title: One, journal: J, year: 2022}
      - {authors: [Other A, Third C], title: Two, journal: J, year: 2022}
"""
TEAM = "  - type: meet-the-team\n    members: [{name: 'Prof. Ada Example, PhD'}]\n"
PEOPLE = "Dr Ada Example:\n  role: Lead\nThe press office:\n  email: press@example.org\n"


def strong(folder: Path, sections: str, people: str = "", toml: str = "") -> list[str]:
    (folder / "issues").mkdir(exist_ok=True)
    if people:
        (folder / "issues" / "people.yaml").write_text(people)
    path = folder / "issues" / "2022-09.yaml"
    path.write_text(HEAD + sections)
    config = read_config(SETTINGS + toml)
    html = render_edition(read_issue(path, folder), (), config).html
    return [
        part.partition("<")[0]
        for part in html.split("<strong>")[1:]
        if part.startswith(("Oth", "Exa", "Sam", "Thi"))
    ]


def test_somebody_of_people_yaml_stands_out(tmp_path: Path) -> None:
    assert strong(tmp_path, PAPERS, PEOPLE) == ["Example, A."]


def test_somebody_whom_the_issue_presents_stands_out(tmp_path: Path) -> None:
    assert strong(tmp_path, PAPERS + TEAM) == ["Example, A."]


def test_they_stand_out_beside_those_whom_newsletter_toml_names(tmp_path: Path) -> None:
    toml = '[references]\nteam = ["Sample B"]\n'
    assert strong(tmp_path, PAPERS, PEOPLE, toml) == ["Example, A.", "Sample, B."]


def test_where_none_of_them_is_an_author_the_first_author_stands_out_as_before(tmp_path: Path) -> None:
    assert strong(tmp_path, PAPERS, "Dee Nobody:\n  role: Lead\n") == ["Other, A.", "Other, A."]
    assert strong(tmp_path, PAPERS) == ["Other, A.", "Other, A."]


@pytest.mark.parametrize("people", ["- [", "words alone", "\x00"])
def test_a_people_yaml_that_cannot_be_read_hinders_no_issue_that_does_not_ask_it(
    tmp_path: Path, people: str
) -> None:
    assert strong(tmp_path, PAPERS, people) == ["Other, A.", "Other, A."]


@pytest.mark.parametrize(
    "written", ["Ada Example", "Dr Ada Example", "Professor A. Example", "Example, A.", "Ada Example, MBE", "Ada Example PhD, MRCP",
    "Ada Example (she/her)", "Yr Athro Ada Example"],
)  # fmt: skip
def test_titles_and_degrees_are_no_part_of_a_name(tmp_path: Path, written: str) -> None:
    assert strong(tmp_path, PAPERS, f"- name: '{written}'\n") == ["Example, A."]


def test_the_people_are_known_to_the_issue_in_every_language(tmp_path: Path) -> None:
    (tmp_path / "issues").mkdir()
    (tmp_path / "issues" / "people.yaml").write_text(PEOPLE)
    path = tmp_path / "issues" / "2022-09.yaml"
    path.write_text(HEAD.replace("title:", "languages: [en, cy]\ntitle:") + PAPERS)
    issue = read_issue(path, tmp_path)
    assert team_of(issue.translations["cy"], ()) == team_of(issue, ()) == ("Ada Example", "The press office")


def test_somebody_more_in_people_yaml_changes_no_edition_that_shows_nothing_of_them(tmp_path: Path) -> None:
    strong(tmp_path, PAPERS, PEOPLE)
    path, config = tmp_path / "issues" / "2022-09.yaml", read_config(SETTINGS)
    before = render_edition(read_issue(path, tmp_path), (), config)
    (tmp_path / "issues" / "people.yaml").write_text(PEOPLE + "Dee Nobody:\n  role: Lead\n")
    assert render_edition(read_issue(path, tmp_path), (), config) == before


def test_known_is_no_key_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(IssueError) as raised:
        strong(tmp_path, "  - title: A\nknown: [Ada Example]\n")
    assert [problem.field for problem in raised.value.problems] == ["known"]
