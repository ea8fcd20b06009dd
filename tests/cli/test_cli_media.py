"""`newsletter media`, and what approve and send make of it."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import forked
import pytest
from postroom import Postroom, postroom

from newsletter.database import create_database

ISSUE = """\
title: News of the study
date: 30 September 2022
preheader: Two papers and an event
lists: [partners]
sections:
  - title: News of the summer
    body: We have news.
  - type: meet-the-team
    title: The team
    members:
      - name: Ada Example
        quote: I like this work.
        permission: M-12
"""
Run = Callable[..., subprocess.CompletedProcess[str]]
APPROVE = ("approve", "2022-09", "--as", "Ada", "--role", "lead", "--yes")
ADD = ("media", "add", "M-12", "--person", "ada@example.org", "--source", "form")


@pytest.fixture
def room() -> Iterator[Postroom]:
    with postroom() as server:
        yield server


@pytest.fixture
def newsletter(folder: Path, room: Postroom) -> Run:
    """Runs a command in a workspace with an issue that shows Ada, whom Ben and Dora are to get."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "newsletter", *arguments]
        return forked.run(command, cwd=folder)

    create_database(folder / "contacts.db").conn.close()
    (folder / "issues" / "2022-09.yaml").write_text(ISSUE, encoding="utf-8")
    settings = (folder / "newsletter.toml").read_text(encoding="utf-8")
    (folder / "newsletter.toml").write_text(settings.replace("2525", str(room.port)), encoding="utf-8")
    assert run("contacts", "add", "ada@example.org", "--name", "Ada Example").returncode == 0
    for name in ("ben", "dora"):
        who = ("contacts", "add", f"{name}@example.org", "--name", name.title(), "--list", "partners")
        assert run(*who, "--source", "form").returncode == 0
    return run


def test_an_issue_goes_only_while_everybody_shown_allows_it(
    newsletter: Run, folder: Path, room: Postroom
) -> None:
    refused = newsletter(*APPROVE)
    assert refused.returncode == 77
    assert "issues/2022-09.yaml:13: sections.1.members.0.permission: the permission M-12" in refused.stderr
    assert "newsletter media add M-12" in refused.stderr

    assert newsletter(*ADD, "--covers", "name").returncode == 0
    assert "does not cover what is shown: quote" in newsletter(*APPROVE).stderr
    assert newsletter(*ADD, "--covers", "name,quote").returncode == 0
    assert newsletter(*APPROVE).returncode == 0

    assert newsletter("send", "2022-09", "--yes", "--limit", "1").returncode == 75
    done = newsletter("media", "withdraw", "M-12", "--source", "call", "--json")
    told = json.loads(done.stdout)
    assert (told["changed"], told["issues"][0]["sent"], told["issues"][0]["waiting"]) == (True, 1, 1)
    stopped = newsletter("send", "2022-09", "--yes")
    assert stopped.returncode == 77
    assert "M-12: it was withdrawn" in stopped.stderr
    assert len(room.taken) == 1

    # The YAML shows nobody any more; what waits was frozen with Ada in it all the same.
    path = folder / "issues" / "2022-09.yaml"
    path.write_text(ISSUE[: ISSUE.index("  - type: meet-the-team")], encoding="utf-8")
    assert newsletter(*APPROVE).returncode == 0
    assert newsletter("send", "2022-09", "--yes").returncode == 77
    assert len(room.taken) == 1

    again = newsletter("media", "withdraw", "M-12")
    assert "had been withdrawn already" in again.stdout
    assert "cannot be called back" in again.stdout
    assert "newsletter publish" in again.stdout
    assert newsletter("consent", "verify").returncode == 0


def test_a_withdrawal_before_sending_stops_it_and_the_dry_run_says_so(
    newsletter: Run, room: Postroom
) -> None:
    newsletter(*ADD, "--covers", "name,quote")
    assert newsletter(*APPROVE).returncode == 0
    told = newsletter("media", "withdraw", "M-12")
    assert "2022-09: approved, not sent" in told.stdout
    tried = newsletter("send", "2022-09", "--dry-run")
    assert tried.returncode == 0
    assert "Before it can be sent" in tried.stderr
    assert "M-12 does not hold" in tried.stderr
    assert newsletter("send", "2022-09", "--yes").returncode == 77
    assert room.taken == []


def test_permissions_are_listed_and_shown_with_what_leans_on_them(newsletter: Run, folder: Path) -> None:
    (folder / "form.pdf").write_bytes(b"a scan")
    evidence = ("--evidence", "form.pdf", "--keep", "--until", "2099-12-31", "--given-on", "2022-09-01")
    assert newsletter(*ADD, "--covers", "name,quote", *evidence).returncode == 0
    [listed] = json.loads(newsletter("media", "list", "--json").stdout)
    assert (listed["permission"], listed["in_force"], listed["expires_at"]) == ("M-12", True, "2099-12-31")
    assert json.loads(newsletter("media", "list", "--within", "90d", "--json").stdout) == []
    shown = json.loads(newsletter("media", "show", "M-12", "--json").stdout)
    assert [one["issue"] for one in shown["issues"]] == ["2022-09"]
    assert shown["entries"][0]["detail"]["evidence"][0]["kept"].startswith("evidence/")
    assert "given on 1 September 2022 until 31 December 2099" in newsletter("media", "show", "M-12").stdout
    assert newsletter("media", "show", "M-13").returncode == 2
    assert (
        newsletter("media", "add", "M-13", "--person", "ada@example.org", "--covers", "name").returncode == 2
    )


def test_a_permission_makes_no_reader(newsletter: Run) -> None:
    before = newsletter("lists", "--json").stdout
    newsletter(*ADD, "--covers", "photo,name,quote")
    assert newsletter("lists", "--json").stdout == before
    why = json.loads(newsletter("why", "ada@example.org", "2022-09", "--json").stdout)
    assert why["would_receive"] is False
