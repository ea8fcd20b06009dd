"""`newsletter approve`, as it is typed."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import forked
import pytest

from newsletter.approval import approvals_of
from newsletter.database import Database, open_database

ISSUE = """\
title: News of the study
date: 30 September 2022
preheader: Two papers and an event
lists: [partners, contributors]
sections:
  - title: News of the summer
    body: We have news.
  - title: Your next meeting
    audience: [contributors]
    body: We meet on 3 May.
"""
ADA = ("--as", "Ada Example", "--role", "study lead")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def approve(folder: Path, db: Database) -> Run:
    """Runs the command on the issue 2022-09, with what is typed as input."""
    (folder / "issues" / "2022-09.yaml").write_text(ISSUE, encoding="utf-8")
    db.conn.close()

    def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "newsletter", "approve", "2022-09", *arguments]
        return forked.run(command, cwd=folder, input=typed)

    return run


def recorded(folder: Path) -> list[tuple[str, str]]:
    database = open_database(folder / "contacts.db")
    with closing(database.conn):
        return [(entry.approver, entry.role) for entry in approvals_of(database, "2022-09")]


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "issues" / "2022-09.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_what_is_approved_is_shown_then_recorded_with_the_next_command(approve: Run, folder: Path) -> None:
    run = approve(*ADA, "--yes")
    assert run.returncode == 0, run.stderr
    assert "News of the study: September 2022" in run.stdout
    assert "partners, contributors" in run.stdout
    assert "Your next meeting  (for contributors only)" in run.stdout
    assert "Ada Example (study lead) approves 2022-09, fingerprint " in run.stdout
    assert run.stdout.endswith("Next: newsletter send 2022-09 --dry-run\n")
    assert recorded(folder) == [("Ada Example", "study lead")]


def test_the_slug_must_be_typed_where_yes_is_not_said(approve: Run, folder: Path) -> None:
    assert approve(*ADA, typed="y\n").returncode == 130
    assert approve(*ADA, typed="").returncode == 130
    assert recorded(folder) == []
    assert approve(*ADA, typed="2022-09\n").returncode == 0
    assert recorded(folder) == [("Ada Example", "study lead")]


def test_json_gives_the_entry_and_nothing_else(approve: Run) -> None:
    entry = json.loads(approve(*ADA, "--yes", "--json").stdout)
    assert (entry["issue"], entry["approver"], entry["role"]) == ("2022-09", "Ada Example", "study lead")
    assert len(entry["issue_digest"]) == 64
    assert sorted(entry["parts"]) == ["contributors", "partners", "partners+contributors", "public"]


def test_an_issue_with_errors_is_not_approved(approve: Run, folder: Path) -> None:
    edit(folder, "We have news.", "We have TODO news.")
    run = approve(*ADA, "--yes")
    assert run.returncode == 1
    assert "'TODO' was left in the text" in run.stderr
    assert "newsletter check 2022-09" in run.stderr
    assert recorded(folder) == []


def test_an_issue_that_cannot_be_read_is_not_approved(approve: Run, folder: Path) -> None:
    edit(folder, "30 September", "31 September")
    assert approve(*ADA, "--yes").returncode == 2
    assert recorded(folder) == []


def test_control_characters_in_a_name_are_refused(approve: Run, folder: Path) -> None:
    run = approve("--as", "Ada\x1b[2J", "--role", "lead", "--yes")
    assert run.returncode == 2
    assert "control character" in run.stderr
    assert "\x1b" not in run.stdout + run.stderr
    assert recorded(folder) == []


def test_who_approves_and_in_which_role_must_be_said(approve: Run) -> None:
    run = approve("--as", "Ada Example", "--yes")
    assert run.returncode == 2
    assert "--role" in run.stderr


def test_approving_again_after_a_change_shows_what_changed(approve: Run, folder: Path) -> None:
    approve(*ADA, "--yes")
    edit(folder, "3 May", "4 May")
    run = approve("--as", "Ben Example", "--role", "funder", "--yes")
    assert "Changed since Ada Example approved it on " in run.stdout
    assert "- We meet on 3 May." in run.stdout
    assert "+ We meet on 4 May." in run.stdout
    states = [entry["state"] for entry in json.loads(approve("--show", "--json").stdout)]
    assert states == ["superseded", "stands"]


def test_show_lists_who_approved(approve: Run) -> None:
    assert "Nobody has approved 2022-09" in approve("--show").stdout
    approve(*ADA, "--yes")
    shown = approve("--show").stdout
    assert "Ada Example" in shown
    assert "study lead" in shown
    assert "stands" in shown


def test_revoke_withdraws_and_says_so(approve: Run, folder: Path) -> None:
    approve(*ADA, "--yes")
    assert approve("--revoke", typed="no\n").returncode == 130
    run = approve("--revoke", "--yes")
    assert run.returncode == 0
    assert "Withdrawn: 1 approval of 2022-09." in run.stdout
    assert [entry["state"] for entry in json.loads(approve("--show", "--json").stdout)] == ["withdrawn"]
    assert approve("--revoke", "--yes").returncode == 77


def test_show_and_revoke_do_not_go_together(approve: Run) -> None:
    assert approve("--show", "--revoke").returncode == 2
