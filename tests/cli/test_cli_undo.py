"""`newsletter contacts log` and `undo`: seen first, asked for, and said in words."""

import json
import subprocess
import sys
from pathlib import Path

import forked
import pytest

from newsletter.database import create_database

FILE = "name,email,organisation\nAda Obi,ada@example.org,Museum\nBen Ng,ben@example.org,Museum\n"
ORDER = ("--list", "partners", "--basis", "consent", "--source", "sheet", "--given-on", "2022-06-14")


def run(folder: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder, input=stdin)


@pytest.fixture
def study(folder: Path) -> Path:
    create_database(folder / "contacts.db").conn.close()
    (folder / "people.csv").write_text(FILE, encoding="utf-8")
    assert run(folder, "contacts", "import", "people.csv", *ORDER).returncode == 0
    return folder


def test_an_import_is_seen_before_it_is_undone_and_leaves_nobody(study: Path) -> None:
    seen = run(study, "contacts", "undo", "--dry-run")
    assert "2  people are removed: Ada Obi, Ben Ng" in seen.stdout
    assert "2  entries of the ledger (given) struck out" in seen.stdout
    assert run(study, "contacts", "show", "ada@example.org").returncode == 0
    assert run(study, "contacts", "undo", stdin="n\n").returncode == 130
    done = run(study, "contacts", "undo", "--yes")
    assert done.returncode == 0, done.stderr
    assert "Change 1 is taken back" in done.stdout
    assert run(study, "contacts", "show", "ada@example.org").returncode == 2
    assert json.loads(run(study, "organisations", "list", "--json").stdout) == []
    assert run(study, "consent", "verify").returncode == 0
    again = run(study, "contacts", "undo", "1", "--yes")
    assert (again.returncode, "was undone already, by change 2" in again.stderr) == (77, True)
    assert "no change of people" in run(study, "contacts", "undo", "--yes").stderr
    back = json.loads(run(study, "contacts", "undo", "2", "--json").stdout)
    assert (back["done"], back["brought_back"], back["recorded_again"]) == (True, 2, 2)
    assert "it would be sent" in run(study, "contacts", "show", "ada@example.org").stdout


def test_the_log_says_who_did_what_and_never_to_whom(study: Path) -> None:
    run(study, "contacts", "edit", "ada@example.org", "--tag", "press", "--name", "Ada Ng")
    run(study, "consent", "withdraw", "ada@example.org", "--all")
    told = run(study, "contacts", "log").stdout
    assert "consent withdraw" in told
    assert "name, tags" in told
    assert "tester" in told
    assert "ada" not in told.lower()
    entries = json.loads(run(study, "contacts", "log", "ada@example.org", "--json").stdout)
    commands = [entry["command"] for entry in entries]
    assert commands == ["consent withdraw", "contacts edit", "contacts import"]
    assert (entries[0]["entries"], entries[1]["fields"]) == (1, ["name", "contact_tags"])
    assert "contacts edit" not in run(study, "contacts", "log", "ben@example.org").stdout


def test_somebody_changed_since_is_named_and_left(study: Path) -> None:
    run(study, "contacts", "edit", "ada@example.org", "--tag", "press")
    refused = run(study, "contacts", "undo", "1", "--yes")
    assert refused.returncode == 77
    assert "Ada Obi" in refused.stderr
    assert "--skip-changed" in refused.stderr
    assert run(study, "contacts", "show", "ben@example.org").returncode == 0
    assert run(study, "contacts", "undo", "1", "--yes", "--skip-changed").returncode == 0
    assert run(study, "contacts", "show", "ben@example.org").returncode == 2
    assert "it would be sent" in run(study, "contacts", "show", "ada@example.org").stdout


def test_undoing_a_withdrawal_wants_it_typed_and_a_script_must_say_it(study: Path) -> None:
    run(study, "consent", "withdraw", "ada@example.org", "--all")
    plain = run(study, "contacts", "undo", stdin="yes\n")
    assert plain.returncode == 130
    assert "WITHDRAWALS: 1 would be taken back" in plain.stderr
    assert run(study, "contacts", "undo", "--yes").returncode == 77
    assert run(study, "contacts", "undo", "--json").returncode == 77
    assert "withdrew" in run(study, "contacts", "show", "ada@example.org").stdout
    typed = run(study, "contacts", "undo", stdin="write to them again\n")
    assert typed.returncode == 0, typed.stderr
    assert "it would be sent" in run(study, "contacts", "show", "ada@example.org").stdout


def test_a_stop_that_would_be_lifted_is_said(study: Path) -> None:
    run(study, "contacts", "edit", "ada@example.org", "--stop", "do-not-contact")
    assert "STOPS: 1 would be lifted" in run(study, "contacts", "undo", "--dry-run").stdout
    assert run(study, "contacts", "undo", "--yes").returncode == 77
    assert run(study, "contacts", "undo", "--yes", "--revive").returncode == 0


def test_what_cannot_be_undone_and_what_is_not_there_say_so(study: Path) -> None:
    run(study, "suppress", "add", "ada@example.org")
    refused = run(study, "contacts", "undo", "--yes")
    assert (refused.returncode, "cannot be undone" in refused.stderr) == (77, True)
    assert "suppress remove" in refused.stderr
    absent = run(study, "contacts", "undo", "99")
    assert (absent.returncode, "contacts log" in absent.stderr) == (2, True)
