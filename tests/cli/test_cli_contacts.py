"""`newsletter contacts`: what the operator types, sees and can rely on."""

import json
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import forked
import pytest

from newsletter.database import create_database

FILE = """\
name,email,organisation,role
Ada Obi,ada@example.org,Exampleton Museum,partner
Ben Ng,ben@example.org,,contributor
"""
ORDER = (
    *("--list", "partners", "--basis", "consent", "--source", "workshop sign-up sheet"),
    *("--given-on", "2022-06-14", "--wording", "consent/partners-v1.md", "--channel", "paper"),
)


def run(folder: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder, input=stdin)


@pytest.fixture
def study(folder: Path) -> Path:
    """A workspace with an empty database, a wording and a file of people."""
    create_database(folder / "contacts.db").conn.close()
    (folder / "consent/partners-v1.md").write_text("I agree to get news.", encoding="utf-8")
    (folder / "people.csv").write_text(FILE, encoding="utf-8")
    return folder


def count(study: Path, table: str = "contacts") -> int:
    with closing(sqlite3.connect(study / "contacts.db")) as conn:
        return int(conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_an_import_says_what_it_did_and_the_second_one_changes_nothing(study: Path) -> None:
    first = run(study, "contacts", "import", "people.csv", *ORDER)
    assert first.returncode == 0, first.stderr
    assert "2  people added" in first.stdout
    assert "2  consents recorded" in first.stdout
    again = run(study, "contacts", "import", "people.csv", *ORDER, "--json")
    told = json.loads(again.stdout)
    assert (told["added"], told["unchanged"], told["consents"]) == (0, 2, 0)
    assert count(study, "consents") == 2


def test_a_dry_run_changes_nothing_and_writes_no_file(study: Path) -> None:
    before = sorted(path.name for path in study.iterdir())
    (study / "people.csv").write_text(FILE + "Bad,nonsense,,\n")
    done = run(study, "contacts", "import", "people.csv", *ORDER, "--dry-run", "--skip-bad")
    assert done.returncode == 0
    assert "Dry run" in done.stdout
    assert "people.csv:4: email" in done.stderr
    assert sorted(path.name for path in study.iterdir()) == before
    assert count(study) == 0


def test_one_bad_line_keeps_everybody_out_and_goes_to_a_private_rejects_file(study: Path) -> None:
    (study / "people.csv").write_text(FILE + "Bad,nonsense,,\n")
    done = run(study, "contacts", "import", "people.csv", *ORDER)
    assert done.returncode == 2
    assert "people.csv:4: email: 'nonsense' is not an email address" in done.stderr
    assert "--skip-bad" in done.stderr
    rejects = study / "people.csv.rejects.csv"
    assert stat.S_IMODE(rejects.stat().st_mode) == 0o600
    assert count(study) == 0
    assert run(study, "contacts", "import", "people.csv", *ORDER, "--skip-bad").returncode == 0
    assert count(study) == 2


def test_nothing_goes_in_where_the_rejected_lines_cannot_be_written(study: Path) -> None:
    # Too long for a file's name once '.rejects.csv' stands behind it; root may write into any folder.
    name = "p" * 245 + ".csv"
    (study / name).write_text(FILE + "Bad,nonsense,,\n")
    skipping = run(study, "contacts", "import", name, *ORDER, "--skip-bad")
    assert skipping.returncode == 2
    assert "the rejected rows cannot be written there" in skipping.stderr
    assert count(study) == 0
    refused = run(study, "contacts", "import", name, *ORDER)
    assert refused.returncode == 2
    assert ":4: email: 'nonsense' is not an email address" in refused.stderr
    assert "cannot be written there" in refused.stderr


def test_json_is_all_that_stands_on_stdout_even_where_lines_are_bad(study: Path) -> None:
    (study / "people.csv").write_text("email;phone\nnonsense;1\n")
    done = run(study, "contacts", "import", "people.csv", *ORDER, "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 2
    assert (told["done"], told["rejected"], told["ignored_columns"]) == (False, 1, ["phone"])
    assert told["problems"][0]["line"] == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no such file"),
        ("", "is empty"),
        ("a,b\n1,2\n", "no heading says"),
        ('email\n"a', "never closed"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_2(study: Path, text: str | None, said: str) -> None:
    path = study / "odd.csv"
    if text is not None:
        path.write_text(text)
    done = run(study, "contacts", "import", "odd.csv", *ORDER)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [("consent", "is a folder"), ("pipe", "no ordinary file"), ("n" * 300, "File name too long")],
)
def test_what_is_no_ordinary_file_is_said_to_be_none(study: Path, name: str, said: str) -> None:
    os.mkfifo(study / "pipe")
    (study / "consent").mkdir(exist_ok=True)
    done = run(study, "contacts", "import", name, *ORDER)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_key_nothing_is_imported(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SECRETS", str(study / "nowhere"))
    done = run(study, "contacts", "import", "people.csv", *ORDER)
    assert done.returncode == 78
    assert "keys import" in done.stderr
    assert count(study) == 0


def test_an_import_killed_at_any_moment_is_in_whole_or_not_at_all(study: Path) -> None:
    people = "".join(f"Person {n},p{n}@example.org,Org {n % 50},partner\n" for n in range(4000))
    (study / "people.csv").write_text("name,email,organisation,role\n" + people)
    command = [sys.executable, "-m", "newsletter", "contacts", "import", "people.csv", *ORDER]
    chance = random.Random(7)  # noqa: S311  # moments, not secrets
    for _ in range(5):
        process = subprocess.Popen(command, cwd=study, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=chance.uniform(0.4, 2.0))
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        assert count(study) == count(study, "consents") == count(study, "people_search")
        assert count(study) in (0, 4000)
    assert run(study, "consent", "verify").returncode == 0


def test_two_imports_at_once_bring_everybody_in_once(study: Path) -> None:
    people = "".join(f"p{n}@example.org\n" for n in range(500))
    (study / "people.csv").write_text("email\n" + people)
    command = [sys.executable, "-m", "newsletter", "contacts", "import", "people.csv", *ORDER]
    both = [subprocess.Popen(command, cwd=study, stdout=subprocess.PIPE) for _ in range(2)]
    for process in both:
        process.communicate()
    assert [process.returncode for process in both] == [0, 0]
    assert (count(study), count(study, "consents")) == (500, 500)


def test_a_person_is_added_shown_edited_and_found(study: Path) -> None:
    added = run(
        study, "contacts", "add", "ada@example.org", "--name", "Ada Obi", "--role", "partner",
        "--organisation", "Exampleton Museum", "--list", "partners", "--source", "form",
        "--given-on", "14 June 2022",
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    shown = run(study, "contacts", "show", "ADA@example.org").stdout
    assert "agreed on 14 June 2022, on paper" in shown
    assert "nothing, it would be sent" in shown
    edited = run(study, "contacts", "edit", "ada@example.org", "--stop", "do-not-contact", "--name", "Ada Ng")
    assert edited.returncode == 0, edited.stderr
    assert "partners: asked never to be contacted" in run(study, "contacts", "show", "ada@example.org").stdout
    [found] = json.loads(run(study, "contacts", "find", "museum", "ng", "--json").stdout)
    assert (found["name"], found["email"]) == ("Ada Ng", "ada@example.org")
    card = json.loads(run(study, "contacts", "show", str(found["id"]), "--json").stdout)
    assert card["lists"][0]["reason"] == "do-not-contact"


def test_adding_somebody_whose_consent_cannot_be_recorded_adds_nobody(study: Path) -> None:
    done = run(study, "contacts", "add", "ada@example.org", "--list", "partnrs", "--source", "form")
    assert done.returncode == 2
    assert "did you mean 'partners'" in done.stderr
    assert count(study) == 0


def test_an_unknown_person_is_told_with_those_who_are_near(study: Path) -> None:
    run(study, "contacts", "add", "ada.obi@example.org", "--name", "Ada Obi")
    done = run(study, "contacts", "show", "ada.oby@example.org")
    assert done.returncode == 2
    assert "ada.obi@example.org" in done.stderr


def test_two_who_share_an_address_are_named_by_id(study: Path) -> None:
    run(study, "contacts", "add", "ada@example.org", "--name", "Ada")
    assert run(study, "contacts", "add", "ada@example.org", "--name", "Adam").returncode == 2
    assert run(study, "contacts", "add", "ada@example.org", "--name", "Adam", "--shared").returncode == 0
    done = run(study, "contacts", "edit", "ada@example.org", "--tag", "x")
    assert done.returncode == 2
    assert "Ada  ada@example.org" in done.stderr
    assert "Adam  ada@example.org" in done.stderr


def test_a_suppressed_address_is_not_added_by_hand(study: Path) -> None:
    run(study, "suppress", "add", "ada@example.org")
    assert run(study, "contacts", "add", "ada@example.org", "--name", "Ada").returncode == 77
    assert count(study) == 0


def test_a_name_that_would_move_the_cursor_is_refused_and_one_that_turns_the_writing_is_shown_harmless(
    study: Path,
) -> None:
    assert run(study, "contacts", "add", "a@example.org", "--name", "\x1b[2Jada").returncode == 2
    run(study, "contacts", "add", "a@example.org", "--name", "ada\u202egro")
    assert "\u202e" not in run(study, "contacts", "show", "a@example.org").stdout


def test_finding_answers_at_once(study: Path) -> None:
    began = time.monotonic()
    assert run(study, "contacts", "find", '"; DROP TABLE contacts').returncode == 0
    assert time.monotonic() - began < 10
