"""`newsletter consent history --letter`: an answer for somebody who says that they never signed up."""

import subprocess
import sys
from pathlib import Path

import forked
import pytest

from newsletter.database import create_database


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder)


@pytest.fixture
def study(folder: Path) -> Path:
    create_database(folder / "contacts.db").conn.close()
    (folder / "consent/partners-v1.md").write_text("I would like news of the study.\n\nFour times a year.")
    (folder / "form.pdf").write_text("Ada signed here")
    run(folder, "contacts", "add", "ada@example.org", "--name", "Ada")
    return folder


def test_it_says_when_how_in_which_words_on_what_basis_and_what_shows_it(study):
    about = ("ada@example.org", "--list", "partners", "--source", "sign-up sheet", "--on", "2022-06-14")
    more = ("--wording", "consent/partners-v1.md", "--evidence", "form.pdf", "--answer", "May we?=Yes")
    assert run(study, "consent", "record", *about, *more).returncode == 0
    letter = run(study, "consent", "history", "ada@example.org", "--letter").stdout
    flat = " ".join(letter.split())
    for told in (
        "Ada <ada@example.org>",
        "News of the study for the organisations that work with us.",
        "agreed on 14 June 2022, on paper",
        "consent (UK GDPR article 6(1)(a); PECR regulation 22(2))",
        "source: sign-up sheet",
        "evidence: form.pdf (SHA-256 ",
        "asked 'May we?', answered 'Yes'",
        "> I would like news of the study. > > Four times a year.",
        "study@example.org",
        "within 30 days",
        "https://ico.org.uk",
        "https://study.example.org/privacy",
    ):
        assert told in flat, told
    assert max(map(len, letter.splitlines())) <= 80


def test_nothing_on_record_is_said_plainly(study):
    letter = run(study, "consent", "history", "ada@example.org", "--letter").stdout
    assert "nothing that you agreed to" in letter


def test_what_was_withdrawn_is_told_as_that(study):
    run(study, "consent", "record", "ada@example.org", "--list", "partners", "--source", "call")
    run(study, "consent", "withdraw", "ada@example.org", "--all")
    letter = run(study, "consent", "history", "ada@example.org", "--letter").stdout
    assert "How it stands: withdrew on" in letter
    assert "On what lawful basis" not in letter


def test_a_letter_is_no_json(study):
    assert run(study, "consent", "history", "ada@example.org", "--letter", "--json").returncode == 2
