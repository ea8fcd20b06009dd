"""Errors say where, what and how to mend; their classes say which exit code."""

import pytest

from newsletter import errors
from newsletter.errors import ConfigError, IssueError, NewsletterError, NotAllowed, Problem, near

PROBLEM = Problem(
    "links.form", "error", "issues/2022-09.yaml", 7, "intro", "'x' is no link", "write https://x"
)


def test_a_problem_reads_as_file_line_field_found_and_wanted() -> None:
    assert str(PROBLEM) == "issues/2022-09.yaml:7: intro: 'x' is no link; write https://x"


def test_a_problem_of_no_single_line_leaves_the_line_out() -> None:
    assert (
        str(Problem("config", "error", "newsletter.toml", 0, "", "it is empty"))
        == "newsletter.toml: it is empty"
    )


def test_a_problem_is_a_flat_object_in_json() -> None:
    assert PROBLEM.as_dict() == {
        "check": "links.form",
        "level": "error",
        "path": "issues/2022-09.yaml",
        "line": 7,
        "field": "intro",
        "message": "'x' is no link",
        "remedy": "write https://x",
    }


def test_the_docstring_is_the_message_where_none_is_given() -> None:
    assert str(NotAllowed()) == "This may not be done: an approval or a consent is missing."


def test_every_problem_is_told_then_the_remedy() -> None:
    error = IssueError(problems=[PROBLEM, PROBLEM], remedy="Mend them.")
    assert str(error) == f"{PROBLEM}\n{PROBLEM}\nMend them."


def test_a_message_stands_before_its_remedy() -> None:
    assert str(ConfigError("no such thing", remedy="Make one.")) == "no such thing\nMake one."


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("NewsletterError", 1),
        ("ChecksFailed", 1),
        ("ProofFailed", 1),
        ("InputError", 2),
        ("IssueError", 2),
        ("TemplateError", 2),
        ("ImportRejected", 2),
        ("ServerUnavailable", 69),
        ("TryAgain", 75),
        ("NotAllowed", 77),
        ("ConfigError", 78),
        ("KeyProblem", 78),
        ("DatabaseProblem", 78),
        ("DatabaseLocked", 78),
    ],
)
def test_exit_codes_are_those_that_scripts_rely_on(name: str, code: int) -> None:
    error = getattr(errors, name)
    assert issubclass(error, NewsletterError)
    assert error.exit_code == code


def test_a_near_word_is_suggested_and_a_far_one_is_not() -> None:
    assert near("intor", ["intro", "sections"]) == " (did you mean 'intro'?)"
    assert near("zebra", ["intro", "sections"]) == ""
