"""What an issue takes from other files: sections by `include:`, people from people.yaml."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.errors import IssueError, Problem
from newsletter.issue import Contact, Issue, Person, read_issue

HEAD = "title: News\ndate: 30 September 2022\nlists: [partners]\nsections:\n"
Read = Callable[[str], Issue]
Refuse = Callable[[str], list[Problem]]


def test_a_list_of_sections_is_put_where_it_is_named(samples: Path, read: Read) -> None:
    (samples / "two.yaml").write_text("- title: B\n- title: C\n", encoding="utf-8")
    issue = read(f"{HEAD}  - title: A\n  - include: two.yaml\n  - title: D\n")
    assert [section.title for section in issue.sections] == ["A", "B", "C", "D"]
    assert issue.place("sections.2.title").path == "issues/two.yaml"
    assert issue.place("sections.3.title").line == 7


def test_the_same_file_may_be_included_twice_and_from_an_included_file(samples: Path, read: Read) -> None:
    (samples / "one.yaml").write_text("title: One\n", encoding="utf-8")
    (samples / "more.yaml").write_text("- include: one.yaml\n- include: one.yaml\n", encoding="utf-8")
    assert len(read(f"{HEAD}  - include: one.yaml\n  - include: more.yaml\n").sections) == 3


@pytest.mark.parametrize(
    ("include", "found"),
    [
        ("2022-09.yaml", "the file includes itself (issues/2022-09.yaml → issues/2022-09.yaml)"),
        ("loop-a.yaml", "the file includes itself"),
        ("deep-0.yaml", "more than 5 deep"),
        ("../../outside.yaml", "leads outside the workspace"),
        ("../newsletter.toml", "is no .yaml file"),
        ("[a, b]", "no file is named"),
        ("''", "no file is named"),
        ("text.yaml", "the file holds plain text"),
        ("broken.yaml", "the quote that opens here is not closed"),
        ("many.yaml", "there are more than 200 sections"),
    ],
)
def test_an_include_that_cannot_be_taken_is_told(
    include: str, found: str, samples: Path, refused: Refuse
) -> None:
    files = {
        "loop-a.yaml": "include: loop-b.yaml",
        "loop-b.yaml": "include: loop-a.yaml",
        "text.yaml": "words",
    }
    files |= {f"deep-{number}.yaml": f"include: deep-{number + 1}.yaml" for number in range(9)}
    files |= {"broken.yaml": 'title: "A', "many.yaml": "- include: hundred.yaml\n" * 300}
    files |= {"hundred.yaml": "- title: A\n" * 100}
    files = {name: f"- {text}" if text.startswith("include") else text for name, text in files.items()}
    for name, text in files.items():
        (samples / name).write_text(text, encoding="utf-8")
    (samples.parents[1] / "outside.yaml").write_text("title: A\n", encoding="utf-8")
    problems = refused(f"{HEAD}  - include: {include}\n")
    assert found in problems[0].message


def test_an_include_stands_alone(refused: Refuse) -> None:
    problems = refused(f"{HEAD}  - include: acknowledgements.yaml\n    title: Thanks\n")
    assert [(problem.line, problem.message) for problem in problems] == [(6, "title: stands beside include:")]


def test_people_are_looked_up_by_name_whatever_its_case(read: Read) -> None:
    issue = read(f"{HEAD}  - type: contact\n    people: [ada example, Dee Example, {{name: Ben}}]\n")
    section = issue.sections[0]
    assert isinstance(section, Contact)
    assert section.people == (
        Person(name="Ada Example", role="Lead", email="ada@example.org"),
        Person(name="Dee Example"),
        Person(name="Ben"),
    )


def test_people_may_be_kept_as_a_list(samples: Path, read: Read) -> None:
    (samples / "people.yaml").write_text("- name: Ada Example\n  phone: 0123\n- role: x\n", encoding="utf-8")
    section = read(f"{HEAD}  - type: contact\n    people: [Ada Example]\n").sections[0]
    assert isinstance(section, Contact)
    assert section.people == (Person(name="Ada Example", phone="0123"),)


@pytest.mark.parametrize(
    ("people", "found", "path"),
    [
        (None, "which is not there", "issues/2022-09.yaml"),
        ("words", "this file holds plain text", "issues/people.yaml"),
        ("Ada Example:\n  emial: a@example.org\n", "did you mean 'email'?", "issues/people.yaml"),
        ("Ada Example: Lead\n", "'Lead' stands here", "issues/people.yaml"),
        ("Ada Example:\n  email: nowhere\n", "is not an email address", "issues/people.yaml"),
        ("Bea:\n", "'Ada Example' is not in people.yaml", "issues/2022-09.yaml"),
        ('"', "the quote that opens here", "issues/people.yaml"),
    ],
)
def test_people_that_cannot_be_looked_up_are_told(
    people: str | None, found: str, path: str, samples: Path, refused: Refuse
) -> None:
    (samples / "people.yaml").unlink()
    if people is not None:
        (samples / "people.yaml").write_text(people, encoding="utf-8")
    problems = refused(f"{HEAD}  - type: contact\n    people: [Ada Example]\n")
    assert [problem.path for problem in problems] == [path]
    assert found in problems[0].message


def test_a_faulty_start_is_told_alone_and_not_with_an_end_that_is_right(refused: Refuse) -> None:
    (problem,) = refused(f"{HEAD}  - type: event\n    start: someday\n    end: 4:30pm\n")
    assert problem.field == "sections.0.start"


def test_a_key_of_another_section_type_is_told_where_it_belongs(refused: Refuse) -> None:
    (problem,) = refused(f"{HEAD}  - title: Papers\n    items: []\n")
    assert "belongs to a section with type: publications or figures; this one is article" in problem.message
    assert "did you mean" not in problem.message


def test_an_issue_that_is_a_link_to_elsewhere_says_where_it_leads(samples: Path, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere.yaml"
    outside.write_text(HEAD, encoding="utf-8")
    (samples / "2022-08.yaml").symlink_to(outside)
    with pytest.raises(IssueError, match=r"outside the workspace: it leads to .*elsewhere\.yaml"):
        read_issue(samples / "2022-08.yaml", samples.parent)
