"""`newsletter engagement`: add, list, due, done, edit, remove, quiet."""

import json
import subprocess
import sys
from pathlib import Path

import forked
import pytest

from newsletter.database import create_database


def run(folder: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder, input=typed)


@pytest.fixture
def study(folder: Path) -> Path:
    create_database(folder / "contacts.db").conn.close()
    for name in ("Ada", "Ben"):
        who = ("contacts", "add", f"{name.lower()}@example.org", "--name", name, "--role", "partner")
        assert run(folder, *who).returncode == 0
    assert run(folder, "organisations", "add", "Exampleton Museum").returncode == 0
    return folder


def test_an_engagement_goes_from_added_to_due_to_done(study: Path) -> None:
    done = run(
        study, "engagement", "add", "Recruiting", "--kind", "call", "--with", "ada@example.org",
        "--organisation", "exampleton museum", "--on", "2022-09-14", "--said", "She knows two practices",
        "--follow-up", "Send the leaflet", "--due", "2022-09-21", "--json",
    )  # fmt: skip
    kept = json.loads(done.stdout)
    assert (kept["id"], [person["name"] for person in kept["people"]]) == (1, ["Ada"])
    told = run(study, "engagement", "due")
    assert told.returncode == 0
    assert "overdue  2022-09-21  Send the leaflet" in told.stdout
    [due] = json.loads(run(study, "engagement", "due", "--json").stdout)
    assert due["overdue"] is True
    assert "She knows two practices" in run(study, "engagement", "show", "1").stdout
    assert run(study, "engagement", "done", "1").returncode == 0
    assert json.loads(run(study, "engagement", "due", "--json").stdout) == []
    assert run(study, "engagement", "done", "1").returncode == 2


def test_the_list_is_narrowed_by_who_which_kind_and_since_when(study: Path) -> None:
    for day, kind, who in (("2022-01-10", "call", "ada"), ("2022-09-10", "advice", "ben")):
        words = (
            "engagement",
            "add",
            kind.title(),
            "--kind",
            kind,
            "--with",
            f"{who}@example.org",
            "--on",
            day,
        )
        assert run(study, *words).returncode == 0

    def titles(*words: str) -> list[str]:
        return [one["title"] for one in json.loads(run(study, "engagement", "list", *words, "--json").stdout)]

    assert titles() == ["Advice", "Call"]
    assert titles("--with", "ada@example.org") == ["Call"]
    assert titles("--kind", "advice") == ["Advice"]
    assert titles("--since", "2022-06-01") == ["Advice"]
    assert run(study, "engagement", "list", "--kind", "walk").returncode == 2
    quiet = json.loads(run(study, "engagement", "quiet", "--since", "2022-06-01", "--json").stdout)
    assert [(one["name"], one["last"]) for one in quiet] == [("Ada", "2022-01-10")]


def test_an_edit_is_kept_and_a_removal_asks(study: Path) -> None:
    run(study, "engagement", "add", "Walk", "--with", "ada@example.org", "--on", "2022-09-14")
    assert run(study, "engagement", "edit", "1").returncode == 2
    assert (
        run(study, "engagement", "edit", "1", "--title", "Long walk", "--with", "ben@example.org").returncode
        == 0
    )
    assert "with Ada, Ben" in run(study, "engagement", "show", "1").stdout
    assert run(study, "engagement", "remove", "1", typed="no\n").returncode == 130
    assert run(study, "engagement", "show", "1").returncode == 0
    assert run(study, "engagement", "remove", "1", typed="1\n").returncode == 0
    assert run(study, "engagement", "show", "1").returncode == 2


def test_status_says_what_is_to_be_done(study: Path) -> None:
    assert "To do" not in run(study, "status").stdout
    words = ("engagement", "add", "Walk", "--with", "ada@example.org", "--on", "2022-09-14")
    run(study, *words, "--follow-up", "Ring", "--due", "2022-09-20")
    assert (
        "To do within two weeks: 1 thing, 1 overdue. See: newsletter engagement due"
        in run(study, "status").stdout
    )
