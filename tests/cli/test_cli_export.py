"""`newsletter contacts export`: what the operator types, sees and can rely on."""

import csv
import io
import json
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import forked
import pytest

from newsletter.database import create_database

COLUMNS = ("--columns", "name, email")


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder)


@pytest.fixture
def study(folder: Path) -> Path:
    """Ada agreed, and is a contributor; Ben is nobody's."""
    create_database(folder / "contacts.db").conn.close()
    agreed = ("--list", "partners", "--source", "sheet", "--given-on", "2022-06-14")
    ada = ("ada@example.org", "--name", "=Ada", "--role", "contributor", "--tag", "press")
    assert run(folder, "contacts", "add", *ada, *agreed).returncode == 0
    assert run(folder, "contacts", "add", "ben@example.org", "--name", "Ben Ng").returncode == 0
    return folder


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_an_export_is_private_says_where_it_is_and_is_put_on_record(study: Path) -> None:
    done = run(study, "contacts", "export", "all.contacts.csv")
    assert done.returncode == 0, done.stderr
    path = study / "all.contacts.csv"
    assert str(path.resolve()) in done.stdout
    assert "2 people" in done.stdout
    assert "personal data" in done.stdout
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with closing(sqlite3.connect(study / "contacts.db")) as conn:
        row = conn.execute(
            "SELECT operator, summary FROM operations WHERE command = 'contacts export'"
        ).fetchone()
        assert row[0] == "tester"
        assert json.loads(row[1]) == {"people": 2, "format": "csv", "by": []}
        touched = (
            "SELECT count(*) FROM operation_contacts WHERE operation_id = (SELECT max(id) FROM operations)"
        )
        assert conn.execute(touched).fetchone()[0] == 0


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_what_is_exported_comes_back_and_the_same_file_again_changes_nothing(study: Path, kind: str) -> None:
    assert run(study, "contacts", "export", f"all.contacts.{kind}").returncode == 0
    again = json.loads(run(study, "contacts", "import", f"all.contacts.{kind}", "--json").stdout)
    assert (again["added"], again["changed"], again["unchanged"], again["rejected"]) == (0, 0, 2, 0)
    for path in study.glob("contacts.db*"):
        path.unlink()
    create_database(study / "contacts.db").conn.close()
    dry = run(study, "contacts", "import", f"all.contacts.{kind}", "--dry-run")
    assert "read as an export of newsletter" in dry.stdout
    assert run(study, "contacts", "import", f"all.contacts.{kind}").returncode == 0
    shown = json.loads(run(study, "contacts", "show", "ada@example.org", "--json").stdout)
    assert (shown["name"], shown["tags"], shown["roles"][0]["name"]) == ("=Ada", ["press"], "contributor")
    assert (shown["lists"][0]["state"], shown["lists"][0]["basis"]) == ("given", "consent")
    assert shown["lists"][0]["since"] == "2022-06-14"


def test_columns_and_people_can_be_chosen_and_go_to_stdout(study: Path) -> None:
    assert rows(run(study, "contacts", "export", *COLUMNS).stdout) == [
        ["name", "email"],
        ["'=Ada", "ada@example.org"],
        ["Ben Ng", "ben@example.org"],
    ]
    assert run(study, "segments", "add", "quiet", "--not-tag", "press").returncode == 0
    for chosen, who in (
        (("--role", "contributor"), "ada"),
        (("--tag", "press"), "ada"),
        (("--list", "partners"), "ada"),
        (("--segment", "quiet"), "ben"),
    ):
        found = rows(run(study, "contacts", "export", *chosen, *COLUMNS).stdout)
        assert [row[1] for row in found[1:]] == [f"{who}@example.org"], chosen
    told = json.loads(run(study, "contacts", "export", "--format", "json").stdout)
    assert [person["name"] for person in told["people"]] == ["=Ada", "Ben Ng"]


def test_a_reader_who_goes_away_leaves_no_trace_of_trouble_and_the_export_on_record(study: Path) -> None:
    with closing(sqlite3.connect(study / "contacts.db")) as conn, conn:
        # More than a pipe holds, so that it is met in the midst of the people.
        notes = [("x" * 20_000, f"Person {number}") for number in range(200)]
        conn.executemany(
            "INSERT INTO contacts (notes, name, created_at, updated_at) VALUES (?, ?, '2022-09-30T09:00:00Z', "
            "'2022-09-30T09:00:00Z')",
            notes,
        )
    command = [sys.executable, "-m", "newsletter", "contacts", "export"]
    with subprocess.Popen(
        command, cwd=study, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as done:
        assert done.stdout is not None
        assert done.stderr is not None
        assert done.stdout.read(100)
        done.stdout.close()
        told = done.stderr.read()
    assert "Traceback" not in told
    with closing(sqlite3.connect(study / "contacts.db")) as conn:
        sql = "SELECT count(*) FROM operations WHERE command = 'contacts export'"
        assert conn.execute(sql).fetchone()[0] == 1


def test_an_export_that_was_refused_is_not_on_record(study: Path) -> None:
    assert run(study, "contacts", "export", "--columns", "nmae").returncode == 2
    assert run(study, "contacts", "export", "x.csv", "--columns", "nmae").returncode == 2
    with closing(sqlite3.connect(study / "contacts.db")) as conn:
        sql = "SELECT count(*) FROM operations WHERE command = 'contacts export'"
        assert conn.execute(sql).fetchone()[0] == 0


def test_what_cannot_be_exported_leaves_no_file(study: Path) -> None:
    for words, said in (
        (("x.csv", "--columns", "nmae"), "did you mean 'name'"),
        (("x.csv", "--tag", "prss"), "did you mean 'press'"),
        (("x.csv", "--segment", "south"), "none called 'south'"),
        (("x.pdf",), "does not say what to write"),
        (("nowhere/x.csv",), "nowhere"),
    ):
        done = run(study, "contacts", "export", *words)
        assert done.returncode == 2, words
        assert said in done.stderr
    assert [
        path.name for path in study.iterdir() if path.suffix == ".csv" or path.name.startswith(".export")
    ] == []


def test_a_file_that_is_there_is_kept_unless_that_is_said(study: Path) -> None:
    (study / "x.csv").write_text("mine")
    assert run(study, "contacts", "export", "x.csv").returncode == 2
    assert (study / "x.csv").read_text() == "mine"
    assert run(study, "contacts", "export", "x.csv", "--force").returncode == 0
    assert stat.S_IMODE((study / "x.csv").stat().st_mode) == 0o600


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not on this machine")
def test_a_file_that_git_would_take_in_is_warned_of(study: Path) -> None:
    subprocess.run(["git", "init", "-q", str(study)], check=True)
    (study / ".gitignore").write_text("*.contacts.csv\n")
    assert "version control" in run(study, "contacts", "export", "people.csv").stderr
    assert "version control" not in run(study, "contacts", "export", "people.contacts.csv").stderr
