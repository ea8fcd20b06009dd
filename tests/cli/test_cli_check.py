"""`newsletter check`, as it is typed."""

import errno
import json
import subprocess
import sys
from pathlib import Path

import click
import forked
import pytest

from newsletter.cli.annotations import annotations
from newsletter.cli.console import explained
from newsletter.errors import Problem

GOOD = """\
title: News of the study
date: 30 September 2022
preheader: Two papers and an event
lists: [partners]
sections:
  - title: News of the summer
    body: |
      We have news.

      See [the paper](https://doi.org/10.1111/hsc.13949).
"""
BAD = GOOD.replace("We have news.", "We have TODO news.").replace("[the paper]", "[click here]")


def check(folder: Path, *arguments: str, **issues: str) -> subprocess.CompletedProcess[str]:
    for slug, text in issues.items():
        (folder / "issues" / f"{slug}.yaml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "newsletter", "check", *arguments]
    return forked.run(command, cwd=folder)


def test_a_good_issue_passes_with_0(folder: Path) -> None:
    run = check(folder, "good", good=GOOD)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "issues/good.yaml: " in run.stdout
    assert "0 errors" in run.stdout


def test_errors_end_with_1_and_come_before_warnings_with_place_mend_and_reason(folder: Path) -> None:
    run = check(folder, "bad", bad=BAD)
    assert run.returncode == 1
    assert run.stdout.index("placeholders.draft-word") < run.stdout.index("links.text-means-nothing")
    assert "issues/bad.yaml:8  sections.0.body" in run.stdout
    assert "'TODO' was left in the text" in run.stdout
    assert "→ finish it, or take it out" in run.stdout
    assert "A note to oneself would be sent to everybody." in run.stdout
    assert "1 error, 1 warning" in run.stdout
    assert run.stderr == ""


def test_json_is_one_array_of_findings_and_nothing_else(folder: Path) -> None:
    run = check(folder, "bad", "--json", bad=BAD)
    assert run.returncode == 1
    found = json.loads(run.stdout)
    assert {frozenset(entry) for entry in found} == {
        frozenset({"check", "level", "path", "line", "field", "message", "remedy"})
    }
    (error,) = [entry for entry in found if entry["level"] == "error"]
    assert (error["check"], error["path"], error["line"]) == ("placeholders.draft-word", "issues/bad.yaml", 8)


def test_an_issue_that_cannot_be_read_ends_with_2_and_says_why(folder: Path) -> None:
    run = check(folder, "broken", broken=GOOD.replace("30 September", "31 September"))
    assert run.returncode == 2
    assert "issues/broken.yaml:2  date" in run.stdout


def test_an_issue_that_cannot_be_read_is_json_too(folder: Path) -> None:
    run = check(folder, "broken", "--json", broken=GOOD.replace("30 September", "31 September"))
    assert run.returncode == 2
    assert [(entry["line"], entry["field"]) for entry in json.loads(run.stdout)] == [(2, "date")]


def test_all_checks_every_issue_but_not_what_issues_are_made_of(folder: Path) -> None:
    thanks = "type: acknowledgements\ntitle: With thanks\nbody: We thank all.\n"
    people = "Ada Example:\n  name: Ada Example\n  email: ada@example.org\n"
    good = GOOD + "  - include: thanks.yaml\n"
    run = check(folder, "--all", "--json", good=good, bad=BAD, thanks=thanks, people=people)
    assert run.returncode == 1
    assert {entry["path"] for entry in json.loads(run.stdout) if entry["level"] == "error"} == {
        "issues/bad.yaml"
    }


def test_one_unreadable_issue_does_not_hide_the_others(folder: Path) -> None:
    run = check(folder, "--all", "--json", bad=BAD, broken="title: [")
    assert run.returncode == 2
    assert {entry["path"] for entry in json.loads(run.stdout)} == {"issues/bad.yaml", "issues/broken.yaml"}


def test_nothing_to_check_is_said(folder: Path) -> None:
    run = check(folder, "--all")
    assert run.returncode == 2
    assert "there are no issues" in run.stderr
    assert "newsletter new" in run.stderr


def test_neither_an_issue_nor_all_is_a_usage_error(folder: Path) -> None:
    assert check(folder).returncode == 2


def test_an_unknown_issue_names_a_near_one(folder: Path) -> None:
    run = check(folder, "god", good=GOOD)
    assert run.returncode == 2
    assert "did you mean 'good'?" in run.stderr


def test_checking_changes_nothing(folder: Path) -> None:
    check(folder, "bad", bad=BAD)
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == [
        "bad.yaml",
        "newsletter.toml",
    ]


def test_what_is_no_issue_is_passed_over_by_all_and_never_suggested(folder: Path) -> None:
    issues = folder / "issues"
    (issues / "folder.yaml").mkdir()
    (issues / "nowhere.yaml").symlink_to("is-not-there.yaml")
    (issues / "people.yaml").write_text("Ada Example:\n  role: Researcher\n", encoding="utf-8")
    (issues / "thanks.yaml").write_text("title: Thanks\nbody: Thank you.\n", encoding="utf-8")
    included = GOOD + "  - include: 'thanks.yaml'\n"
    run = check(folder, "--all", good=included)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "issues/good.yaml: " in run.stdout
    for name in ("goof", "folder", "nowhere"):
        run = check(folder, name)
        assert run.returncode == 2
        assert "There are: good\n" in run.stderr


def test_an_issue_may_be_named_by_its_file_from_anywhere(folder: Path) -> None:
    check(folder, "good", good=GOOD)
    assert check(folder, "good.yaml").returncode == 0


def test_a_fault_in_a_template_is_an_entry_of_the_array_too(folder: Path) -> None:
    (folder / "templates/email").mkdir(parents=True)
    (folder / "templates/email/article.mjml").write_text("<p>{{ nosuch }}</p>", encoding="utf-8")
    run = check(folder, "good", "--json", good=GOOD)
    assert run.returncode == 2
    (fault,) = json.loads(run.stdout)
    assert (fault["check"], fault["path"], fault["line"]) == ("template", "templates/email/article.mjml", 1)


def test_a_file_that_the_machine_refuses_ends_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def locked() -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "issues/2022-10.yaml")

    monkeypatch.setattr(sys, "argv", ["newsletter"])
    assert explained(locked) == 2
    said = capsys.readouterr().err
    assert "issues/2022-10.yaml cannot be used: Permission denied" in said
    assert "Look at the rights" in said


def test_annotations_for_github_name_file_and_line(folder: Path) -> None:
    run = check(folder, "bad", "--annotate", "github", bad=BAD)
    assert run.returncode == 1
    first = next(line for line in run.stdout.splitlines() if line.startswith("::error"))
    assert first.startswith(
        "::error file=issues/bad.yaml,line=8,title=placeholders.draft-word::'TODO' was left"
    )


def test_annotations_for_gitlab_are_a_code_quality_report(folder: Path) -> None:
    run = check(folder, "bad", "--annotate", "gitlab", bad=BAD)
    (error,) = [entry for entry in json.loads(run.stdout) if entry["severity"] == "major"]
    assert error["location"] == {"path": "issues/bad.yaml", "lines": {"begin": 8}}
    assert len(error["fingerprint"]) == 64


def test_an_annotation_cannot_begin_another_command(folder: Path) -> None:
    evil = Problem("links.form", "error", "a,b:c.yaml", 1, "", "one\n::warning::two 100%")
    assert annotations([evil], "github") == (
        "::error file=a%2Cb%3Ac.yaml,line=1,title=links.form::one%0A::warning::two 100%25"
    )


def test_online_never_asks_this_machine(folder: Path) -> None:
    local = GOOD.replace("https://doi.org/10.1111/hsc.13949", "https://127.0.0.1/admin")
    run = check(folder, "local", "--online", "--json", local=local)
    assert run.returncode == 0
    assert "online.private" in {entry["check"] for entry in json.loads(run.stdout)}


def test_an_allowed_finding_is_shown_with_its_reason(folder: Path) -> None:
    allowed = BAD.replace("lists:", "allow: [{check: placeholders.draft-word, reason: a brand}]\nlists:")
    run = check(folder, "bad", bad=allowed)
    assert run.returncode == 0
    assert "allowed here: a brand" in run.stdout


def test_client_data_is_written_anew_from_a_file(folder: Path) -> None:
    feature = {
        "slug": "css-gap",
        "title": "gap, column-gap, row-gap",
        "category": "css",
        "stats": {"outlook": {"windows": {"2016": "y", "2019": "n #1"}}, "gmail": {"ios": {"2020-01": "a"}}},
    }
    (folder / "caniemail.json").write_text(json.dumps({"data": [feature]}), encoding="utf-8")
    run = check(folder, "--refresh-clients", "caniemail.json")
    assert run.returncode == 0, run.stderr
    written = json.loads((folder / "clients.json").read_text(encoding="utf-8"))["features"]["css-gap"]
    assert (written["no"], written["partly"]) == (["outlook.windows"], ["gmail.ios"])
    assert written["marks"] == ["gap", "column-gap", "row-gap"]
    assert check(folder, "good", good=GOOD).returncode == 0


@pytest.mark.parametrize("text", ["{}", "[]", "no data", '{"data": []}'])
def test_a_file_without_client_data_is_refused_in_words(text: str, folder: Path) -> None:
    (folder / "other.json").write_text(text, encoding="utf-8")
    run = check(folder, "--refresh-clients", "other.json")
    assert run.returncode == 2
    assert "caniemail's data" in run.stderr
    assert not (folder / "clients.json").exists()
