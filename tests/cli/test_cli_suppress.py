"""`newsletter suppress`: add, show, remove."""

import json
import subprocess
import sys
from pathlib import Path

import forked
import pytest

from newsletter.database import create_database


def run(folder: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder, input=stdin)


@pytest.fixture
def study(folder: Path) -> Path:
    create_database(folder / "contacts.db").conn.close()
    return folder


def test_an_address_is_suppressed_shown_and_allowed_again(study: Path) -> None:
    assert (
        "not be written to" in run(study, "suppress", "add", "Ben@example.org", "--source", "letter").stdout
    )
    assert "already" in run(study, "suppress", "add", "ben@example.org").stdout
    shown = run(study, "suppress", "show", "ben@EXAMPLE.org").stdout
    assert "(request)" in shown
    assert "letter" in shown
    assert json.loads(run(study, "suppress", "show", "--json").stdout) == {"request": 1}
    assert run(study, "suppress", "remove", "ben@example.org", "--yes").returncode == 0
    told = json.loads(run(study, "suppress", "show", "ben@example.org", "--json").stdout)
    assert told == {"suppressed": False}


def test_an_address_is_not_allowed_again_unasked(study: Path) -> None:
    run(study, "suppress", "add", "ben@example.org")
    assert run(study, "suppress", "remove", "ben@example.org", stdin="n\n").returncode != 0
    assert json.loads(run(study, "suppress", "show", "--json").stdout) == {"request": 1}


def test_a_suppressed_address_stays_out_of_an_import(study: Path) -> None:
    run(study, "suppress", "add", "ben@example.org")
    (study / "people.csv").write_text("email\nBEN@example.org\n")
    said = ("--list", "partners", "--basis", "consent", "--source", "sheet", "--given-on", "2022-06-14")
    told = json.loads(run(study, "contacts", "import", "people.csv", *said, "--json").stdout)
    assert (told["added"], told["suppressed"], told["suppressed_lines"]) == (0, 1, [2])


@pytest.mark.parametrize(
    "words", [("add", "nonsense"), ("show", "@"), ("add", "a@example.org", "--reason", "x")]
)
def test_bad_input_ends_with_2(study: Path, words: tuple[str, ...]) -> None:
    assert run(study, "suppress", *words).returncode == 2
