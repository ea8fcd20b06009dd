"""`newsletter contacts import`: files from elsewhere, stdin, dry runs, and what is said of them."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import forked
import pytest

from newsletter.database import create_database

_PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
ORDER = ("--list", "partners", "--basis", "consent", "--source", "sheet", "--given-on", "2022-06-14")


def run(folder: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", "contacts", "import", *words]
    return forked.run(command, cwd=folder, input=stdin)


@pytest.fixture
def study(folder: Path) -> Path:
    create_database(folder / "contacts.db").conn.close()
    return folder


def test_a_dry_run_shows_who_would_come_and_what_would_change(study: Path) -> None:
    (study / "a.csv").write_text("email,name\nada@example.org,\n")
    assert run(study, "a.csv", *ORDER).returncode == 0
    (study / "b.csv").write_text(
        "email,name,organisation\nada@example.org,Ada Obi,Museum\nben@example.org,Ben,\n"
    )
    shown = run(study, "b.csv", *ORDER, "--dry-run").stdout
    assert "+ Ben <ben@example.org> (line 3)" in shown
    assert "partners: consent given on 14 June 2022, from 'sheet'" in shown
    assert "~ Ada Obi <ada@example.org> (line 2)" in shown
    assert "name: '' becomes 'Ada Obi'" in shown
    assert "organisation: + Museum" in shown
    told = json.loads(run(study, "b.csv", *ORDER, "--dry-run", "--json", "--show", "1").stdout)
    assert [(one["fate"], one["email"]) for one in told["changes"]] == [
        ("added", "ben@example.org"),
        ("changed", "ada@example.org"),
    ]


def test_consents_end_when_those_to_the_list_do(study: Path) -> None:
    settings = study / "newsletter.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[lists.partners]", '[lists.partners]\nconsent_lasts = "24 months"'))
    (study / "a.csv").write_text("email,expires on\nada@example.org,\nben@example.org,2030-01-31\n")
    assert run(study, "a.csv", *ORDER).returncode == 0
    with closing(sqlite3.connect(study / "contacts.db")) as conn:
        ends = conn.execute("SELECT expires_at FROM consents ORDER BY expires_at").fetchall()
    assert ends == [("2024-06-14",), ("2030-01-31",)]
    assert "2  people unchanged" in run(study, "a.csv", *ORDER).stdout


def test_a_long_dry_run_shows_the_first_people_and_says_how_many_more(study: Path) -> None:
    (study / "a.csv").write_text("email\n" + "".join(f"p{n}@example.org\n" for n in range(30)))
    shown = run(study, "a.csv", *ORDER, "--dry-run", "--show", "3").stdout
    assert shown.count("+ p") == 3
    assert "… and 27 more (added)" in shown


def test_people_are_read_from_stdin_and_their_rejects_kept_beside(study: Path) -> None:
    done = run(study, "-", *ORDER, "--skip-bad", stdin="email\nada@example.org\nbad\n")
    assert done.returncode == 0, done.stderr
    assert "Imported stdin" in done.stdout
    assert "stdin:3: email: 'bad'" in done.stderr
    assert (study / "stdin.rejects.csv").is_file()
    assert [path.name for path in study.iterdir() if path.name.startswith(".import")] == []


def test_a_mapping_is_said_once_and_serves_the_next_file_of_the_source(study: Path) -> None:
    (study / "a.csv").write_text("Mail 1,Who\nada@example.org,Ada\n")
    refused = run(study, "a.csv", *ORDER)
    assert refused.returncode == 2
    assert "--map" in refused.stderr
    assert run(study, "a.csv", *ORDER, "--map", "Mail 1=email", "--map", "Who=name").returncode == 0
    (study / "b.csv").write_text("Mail 1,Who\nben@example.org,Ben\n")
    again = run(study, "b.csv", *ORDER)
    assert "read as you said: 'Mail 1' as email, 'Who' as name" in again.stdout


def test_an_export_is_known_and_that_is_said(study: Path) -> None:
    (study / "export.csv").write_text(
        "uuid,email,name,attributes,status,created_at,updated_at\n"
        "u1,ada@example.org,Ada,{},blocklisted,2021-05-06T07:08:09Z,2021-05-06T07:08:09Z\n"
    )
    shown = run(study, "export.csv", "--list", "partners", "--dry-run").stdout
    assert (
        "! Ada <ada@example.org> (line 2)\n      never to be written to again: they were blocked there"
        in shown
    )
    done = run(study, "export.csv", "--list", "partners")
    assert "Note: read as listmonk's subscribers." in done.stdout
    assert "1  address that must never be written to again" in done.stdout


def test_a_workbook_that_is_none_and_a_program_that_is_none_end_with_2(study: Path) -> None:
    (study / "a.xlsx").write_bytes(b"PK\x03\x04")
    assert run(study, "a.xlsx", *ORDER).returncode == 2
    assert run(study, "a.xlsx", *ORDER, "--from", "excel").returncode == 2
    (study / "a.csv").write_text("email\nada@example.org\n")
    assert run(study, "a.csv", *ORDER, "--sheet", "People").returncode == 2


def test_a_second_import_waits_for_the_first_or_is_told(study: Path) -> None:
    (study / "a.csv").write_text("email\n" + "".join(f"p{n}@example.org\n" for n in range(3000)))
    command = [sys.executable, "-m", "newsletter", "contacts", "import", "a.csv", *ORDER, "--json"]
    both = [
        subprocess.Popen(command, cwd=study, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)
    ]
    told = [process.communicate() for process in both]
    for process, (out, err) in zip(both, told, strict=True):
        assert process.returncode == 0 or b"in use by another program" in err
        assert process.returncode or json.loads(out)["added"] in (0, 3000)
    done = [
        json.loads(out)["added"]
        for process, (out, _) in zip(both, told, strict=True)
        if not process.returncode
    ]
    assert sum(done) == 3000, "one of them took everybody in"


def test_forty_thousand_people_come_in_within_bounded_memory(study: Path) -> None:
    people = "".join(f"p{n}@d{n % 50}.example.org,Person {n},Org {n % 900}\n" for n in range(40_000))
    (study / "a.csv").write_text("email,name,organisation\n" + people)
    command = [sys.executable, "-m", "newsletter", "contacts", "import", "a.csv", *ORDER]
    # Begun by a small process: a child's peak counts from what its parent held when it was forked.
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, *command], cwd=study, capture_output=True, text=True, check=True
    )
    # In kilobytes on Linux. Held in memory, the people alone would take 80 MB more.
    assert int(done.stdout) < 150_000


def test_an_import_that_is_stopped_while_it_writes_leaves_the_file_as_it_was(study: Path) -> None:
    people = "".join(f"p{n}@example.org,Person {n}\n" for n in range(20_000))
    (study / "a.csv").write_text("email,name\n" + people)
    command = [sys.executable, "-m", "newsletter", "contacts", "import", "a.csv", *ORDER]
    process = subprocess.Popen(command, cwd=study, stdout=subprocess.DEVNULL)
    log = study / "contacts.db-wal"
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        # Whatever is written before the end is in the log alone, and counts for nothing.
        if log.is_file() and log.stat().st_size > 3_000_000:
            os.kill(process.pid, signal.SIGKILL)
            break
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.01)
    assert process.wait() == -signal.SIGKILL, "it had ended before it was stopped"
    again = json.loads(run(study, "a.csv", *ORDER, "--json").stdout)
    assert again["added"] in (0, 20_000)
    assert again["added"] + again["unchanged"] == 20_000
    assert [path.name for path in study.iterdir() if path.name.startswith(".import")] == []
