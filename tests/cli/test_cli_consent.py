"""`newsletter consent`: record, withdraw, history, verify."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import forked
import pytest

from newsletter.database import create_database


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder)


@pytest.fixture
def study(folder: Path) -> Path:
    """A workspace in which Ada and Ben get the partners' news and Cleo never asked."""
    create_database(folder / "contacts.db").conn.close()
    (folder / "people.csv").write_text("email,name\nada@example.org,Ada\nben@example.org,Ben\n")
    said = ("--list", "partners", "--basis", "consent", "--source", "sheet", "--given-on", "2022-06-14")
    assert run(folder, "contacts", "import", "people.csv", *said).returncode == 0
    assert run(folder, "contacts", "add", "cleo@example.org", "--name", "Cleo").returncode == 0
    return folder


def tamper(study: Path, sql: str) -> None:
    with closing(sqlite3.connect(study / "contacts.db")) as conn:
        for verb in ("update", "delete"):
            conn.execute(f"DROP TRIGGER IF EXISTS consents_refuse_{verb}")
        conn.execute(sql)
        conn.commit()


def may_write(study: Path) -> int:
    partners = json.loads(run(study, "lists", "--json").stdout)[1]
    return int(partners["may_be_written_to"])


def test_a_withdrawal_counts_at_once_and_a_second_one_is_told_kindly(study: Path) -> None:
    first = run(study, "consent", "withdraw", "BEN@example.org", "--list", "partners")
    assert (first.returncode, "gets nothing more" in first.stdout) == (0, True)
    assert may_write(study) == 1
    again = run(study, "consent", "withdraw", "ben@example.org", "--list", "partners")
    assert (again.returncode, "withdrawn already" in again.stdout) == (0, True)


def test_withdrawing_from_all_lists_says_each(study: Path) -> None:
    run(study, "consent", "record", "ada@example.org", "--list", "contributors", "--source", "call")
    done = run(study, "consent", "withdraw", "ada@example.org", "--all")
    assert "contributors" in done.stdout
    assert "partners" in done.stdout
    nobody = run(study, "consent", "withdraw", "cleo@example.org", "--all")
    assert (nobody.returncode, "on no list" in nobody.stdout) == (0, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("withdraw", "ben@example.org"), "--list"),
        (("withdraw", "ben@example.org", "--all", "--list", "partners"), "--list"),
        (("withdraw", "bem@example.org", "--all"), "ben@example.org"),
        (("withdraw", "ben@example.org", "--list", "partner"), "did you mean 'partners'"),
        (("withdraw", "ben@example.org", "--all", "--on", "2099-01-01"), "in the future"),
        (
            ("record", "ben@example.org", "--list", "partners", "--source", "x", "--on", "31/02/2022"),
            "no day",
        ),
        (
            ("record", "ben@example.org", "--list", "partners", "--source", "x", "--on", "2099-01-01"),
            "future",
        ),
        (("record", "ben@example.org", "--list", "partners"), "--source"),
        (("record", "ben@example.org", "--list", "partners", "--source", "x", "--basis", "x"), "basis"),
        (("history", "nobody@example.org"), "nobody"),
    ],
)
def test_what_cannot_be_is_refused_with_2_and_nothing_is_recorded(study: Path, words, said: str) -> None:
    done = run(study, "consent", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "2 entries" in run(study, "consent", "verify").stdout


def test_somebody_who_changed_their_mind_is_recorded_by_a_deliberate_entry(study: Path) -> None:
    run(study, "consent", "withdraw", "ben@example.org", "--list", "partners")
    old = run(
        study,
        "consent",
        "record",
        "ben@example.org",
        "--list",
        "partners",
        "--source",
        "x",
        "--on",
        "2022-06-15",
    )
    assert "which stands" in old.stderr
    assert may_write(study) == 1
    new = run(
        study,
        "consent",
        "record",
        "ben@example.org",
        "--list",
        "partners",
        "--source",
        "call",
        "--channel",
        "phone",
    )
    assert "by phone" in new.stdout
    assert may_write(study) == 2


def test_history_tells_each_entry_in_words(study: Path) -> None:
    run(study, "consent", "withdraw", "ben@example.org", "--list", "partners", "--source", "letter")
    first, second = run(study, "consent", "history", "ben@example.org").stdout.splitlines()
    assert first.startswith("14 June 2022: agreed to partners (consent)")
    assert "withdrew from partners" in second
    assert "letter" in second
    entries = json.loads(run(study, "consent", "history", "ben@example.org", "--json").stdout)
    assert [entry["kind"] for entry in entries] == ["given", "withdrawn"]


def test_a_whole_ledger_is_told_with_its_length(study: Path) -> None:
    done = run(study, "consent", "verify")
    assert (done.returncode, done.stdout) == (0, "The ledger is whole, 2 entries.\n")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE consents SET basis = 'contract' WHERE sequence = 1", "entry 1"),
        ("DELETE FROM consents WHERE sequence = 1", "entry 1: it is missing"),
        ("UPDATE subscriptions SET state = 'withdrawn'", "was changed"),
        ("SELECT 1", "triggers"),
    ],
)
def test_a_broken_ledger_is_told_with_the_first_broken_entry_and_ends_with_1(study: Path, sql, said) -> None:
    tamper(study, sql)
    done = run(study, "consent", "verify")
    assert done.returncode == 1
    assert said in done.stderr
    told = json.loads(run(study, "consent", "verify", "--json").stdout)
    assert told["whole"] is False


def test_a_tail_cut_with_all_its_traces_shows(study: Path) -> None:
    run(study, "consent", "withdraw", "ben@example.org", "--list", "partners")
    tamper(study, "DELETE FROM consent_details WHERE sequence = 3")
    tamper(
        study,
        "UPDATE subscriptions SET state = 'given', since = '2022-06-14', sequence = 2 WHERE sequence = 3",
    )
    tamper(study, "DELETE FROM consents WHERE sequence = 3")
    done = run(study, "consent", "verify")
    assert done.returncode == 1
    assert "once had 3 entries" in done.stderr


@pytest.mark.parametrize(
    ("who", "said", "why"),
    [
        ("ben", ("--given-on", "2022-01-01"), "it is older than the withdrawal, which stands"),
        ("ben", ("--channel", "double-opt-in"), "the withdrawal stands until they confirm"),
        ("ada", ("--basis", "unknown"), "what they agreed to later, or on a firmer basis"),
        ("ada", ("--kind", "confirmed"), "nothing waited to be confirmed"),
        ("cleo", ("--kind", "refreshed"), "nothing was agreed to before"),
        ("cleo", ("--kind", "expired"), "nothing was in force"),
    ],
)
def test_an_entry_that_changes_nothing_says_so(
    study: Path, who: str, said: tuple[str, ...], why: str
) -> None:
    run(study, "consent", "withdraw", "ben@example.org", "--all")
    about = (f"{who}@example.org", "--list", "partners", "--source", "call")
    done = run(study, "consent", "record", *about, *said)
    assert done.returncode == 0
    assert f"changes nothing: {why}" in done.stderr


def test_an_entry_that_counts_says_no_more_than_that(study: Path) -> None:
    done = run(study, "consent", "record", "cleo@example.org", "--list", "partners", "--source", "call")
    assert (done.returncode, done.stderr) == (0, "")
