"""What is said about references.json and the issues that use it."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from newsletter.issue import owns_up
from newsletter.references import check_references

GOOD: dict[str, Any] = {
    "DOI": "10.1000/good", "type": "article-journal", "title": "T", "author": [{"family": "Example"}],
    "issued": {"date-parts": [[2022]]},
}  # fmt: skip


def found(folder: Path, rows: object, items: str = "", *, whole: bool = True) -> list[tuple[str, str, int]]:
    text = rows if isinstance(rows, str) else json.dumps(rows, indent=1)
    (folder / "issues" / "references.json").write_text(text, encoding="utf-8")
    issue = folder / "issues" / "2022-09.yaml"
    issue.write_text(
        "title: News\ndate: 30 September 2022\nlists: [partners]\nsections:\n  - type: publications\n    items:\n"
        + (items or "      - doi: 10.1000/GOOD\n")
    )
    problems = check_references(folder / "issues", folder, [issue], whole=whole)
    return [(problem.check.removeprefix("references."), problem.level, problem.line) for problem in problems]


def test_good_references_are_good(folder: Path) -> None:
    assert found(folder, [GOOD]) == []


@pytest.mark.parametrize(
    ("change", "check", "level"),
    [
        ({"title": ""}, "no-title", "error"),
        ({"author": []}, "no-author", "warning"),
        ({"author": "Ada"}, "no-author", "warning"),
        ({"issued": {"date-parts": [["x"]]}}, "no-date", "warning"),
        ({"type": None}, "no-type", "warning"),
        ({"title": "RETRACTED: T"}, "retracted", "error"),
        ({"title": "Retraction: T"}, "retracted", "error"),
        ({"updated-by": [{"type": "correction", "DOI": "10.1000/n"}]}, "corrected", "warning"),
        ({"relation": {"is-retracted-by": [{"id": "10.1000/n"}]}}, "retracted", "error"),
        (
            {"custom": {"changed_by": [{"type": "expression_of_concern", "DOI": ""}]}},
            "corrected",
            "warning",
        ),
        ({"relation": {"is-preprint-of": [{"id": "10.1000/n"}]}}, "published", "note"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said_with_its_line(
    folder: Path, change: dict, check: str, level: str
) -> None:
    other = GOOD | {"DOI": "10.1000/other"}
    items = "      - doi: 10.1000/good\n        title: By hand\n      - doi: 10.1000/other\n"
    assert (check, level, 19) in found(folder, [other, GOOD | change], items)


def test_missing_unused_twice_and_bad_dois_are_said(folder: Path) -> None:
    rows = [GOOD, GOOD, GOOD | {"DOI": "10.1000/unused"}, GOOD | {"DOI": "nonsense"}, GOOD | {"DOI": None}]
    result = found(folder, rows, "      - doi: 10.1000/good\n      - doi: 10.1000/absent\n")
    kinds = [check for check, _, _ in result]
    assert kinds.count("duplicate") == 1
    assert kinds.count("bad-doi") == 2
    assert ("unused", "note", 36) in result
    assert ("missing", "error", 8) in result


def test_what_is_missing_comes_with_the_command_to_type(folder: Path) -> None:
    odd = "10.1002/a<1::b>3.0;2-x"
    found(folder, [], f"      - doi: {odd}\n")
    (problem,) = check_references(folder / "issues", folder, [folder / "issues" / "2022-09.yaml"], whole=True)
    assert f"newsletter references add '{odd}'" in problem.remedy


def test_with_one_issue_only_what_it_names_is_looked_at(folder: Path) -> None:
    assert found(folder, [GOOD, {"DOI": "10.1000/other"}], whole=False) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[{"DOI": "10.1000/a"},\n{"DOI": }]', 2),
        ("[1]", 1),
        ("{", 1),
        ('[{"a": 1}\n\n{"b": 2}]', 3),
        ("[] x", 1),
    ],
)
def test_a_broken_file_is_one_finding_with_its_line(folder: Path, text: str, line: int) -> None:
    assert ("broken", "error", line) in found(folder, text)


def test_five_thousand_entries_are_looked_over_quickly(folder: Path) -> None:
    rows = [GOOD | {"DOI": f"10.1000/{n}"} for n in range(5000)] + [GOOD]
    began = time.perf_counter()
    assert len(found(folder, rows)) == 5000
    assert time.perf_counter() - began < 10


RETRACTED = GOOD | {"updated-by": [{"type": "retraction", "DOI": "10.1000/n"}]}
OWNED_UP = "      - doi: 10.1000/good\n        summary: This paper was retracted in May; here is why.\n"


def test_a_retraction_that_the_summary_tells_is_a_note(folder: Path) -> None:
    assert found(folder, [RETRACTED], OWNED_UP) == [("retracted", "note", 2)]
    assert found(folder, [RETRACTED], OWNED_UP + "      - doi: 10.1000/good\n") == [("retracted", "error", 2)]


@pytest.mark.parametrize("home", ["section", "issue"])
def test_a_notice_that_is_allowed_with_a_reason_is_a_note_with_it(folder: Path, home: str) -> None:
    allow = "allow: [{check: references.retracted, reason: it is what the article is about}]\n"
    items = "      - doi: 10.1000/good\n" + (f"    {allow}" if home == "section" else allow)
    assert found(folder, [RETRACTED], items) == [("retracted", "note", 2)]
    (problem,) = check_references(folder / "issues", folder, [folder / "issues" / "2022-09.yaml"], whole=True)
    assert problem.message.endswith("allowed here: it is what the article is about")


def test_a_notice_counts_wherever_the_record_comes_from(folder: Path) -> None:
    own = [RETRACTED | {"id": "key", "DOI": "10.1000/own"}]
    (folder / "issues" / "own.json").write_text(json.dumps(own))
    (folder / "issues" / "own.bib").write_text("@article{bib, title={Withdrawn: T}, year=2020, author={A B}}")
    items = """      - ref: key
      - doi: 10.1000/own
      - ref: key
        summary: It was withdrawn.
    references: own.json
  - type: publications
    references: own.bib
    items:
      - ref: bib
  - type: publications
    items:
      - {title: "RETRACTED: by hand", year: 2020, authors: A B}
"""
    assert found(folder, [], items) == [
        ("retracted", "error", 7),
        ("retracted", "error", 8),
        ("retracted", "note", 9),
        ("retracted", "error", 15),
        ("retracted", "error", 18),
    ]


def test_what_is_in_the_common_file_is_told_once(folder: Path) -> None:
    assert found(folder, [RETRACTED], "      - doi: 10.1000/good\n" * 2) == [("retracted", "error", 2)]


@pytest.mark.parametrize(
    "summary",
    ["It was retracted.", "Since withdrawn", "Tynnwyd y papur hwn yn ôl.", "Inzwischen zurückgezogen"],
)
def test_a_summary_may_say_it_in_other_words(summary: str) -> None:
    assert owns_up(summary)
