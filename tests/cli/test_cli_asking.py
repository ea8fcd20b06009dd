"""`newsletter consent ask`, `confirm`, `renew`, `refresh`: the whole way, through a mail server and back."""

import datetime as dt
import json
import re
import subprocess
import sys
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from urllib.parse import unquote

import forked
import pytest
from postroom import Postroom, postroom

from newsletter.database import create_database


def run(folder: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder, input=typed)


@pytest.fixture
def room():
    with postroom() as server:
        yield server


@pytest.fixture
def study(folder: Path, room: Postroom) -> Path:
    """A workspace whose mail server stands."""
    settings = folder / "newsletter.toml"
    settings.write_text(settings.read_text().replace("port = 2525", f"port = {room.port}"))
    create_database(folder / "contacts.db").conn.close()
    return folder


def subject_of(post) -> str:
    """What the reader's answer has in its subject."""
    text = message_from_bytes(post.content, policy=default).get_body(("plain",)).get_content()
    return unquote(re.search(r"subject=((?:confirm|renew)%20\w+)", text)[1])


def ask(study: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return run(study, "consent", "ask", "dora@example.org", "--list", "partners", *more)


def kinds(study: Path, who: str) -> list[str]:
    return [one["kind"] for one in json.loads(run(study, "consent", "history", who, "--json").stdout)]


def test_somebody_new_is_asked_answers_and_is_on_the_list(study, room):
    done = ask(study, "--source", "form on the website", "--name", "Dora", "--answer", "Which list?=Partners")
    assert (done.returncode, done.stdout) == (0, "Asked.\n"), done.stderr
    assert room.recipients() == ["dora@example.org"]
    again = ask(study)
    assert (again.returncode, "waits for their answer" in again.stdout) == (0, True)
    assert len(room.taken) == 1
    took = run(study, "consent", "confirm", subject_of(room.taken[0]))
    assert took.stdout == "Dora <dora@example.org> and partners: confirmed.\n"
    assert kinds(study, "dora@example.org") == ["given", "confirmed"]
    assert "; in answer to entry 1; " in run(study, "consent", "history", "dora@example.org").stdout
    used = run(study, "consent", "confirm", subject_of(room.taken[0]))
    assert (used.returncode, "confirmed already" in used.stderr) == (77, True)
    assert run(study, "consent", "verify").stdout == "The ledger is whole, 2 entries.\n"
    log = json.loads(run(study, "contacts", "log", "--json").stdout)
    assert {"consent ask", "consent confirm"} <= {one["command"] for one in log}


def test_an_absent_server_loses_nothing_and_the_same_words_go_on(study, room):
    settings = study / "newsletter.toml"
    right = settings.read_text()
    settings.write_text(right.replace(f"port = {room.port}", "port = 1"))
    assert ask(study, "--source", "form").returncode == 69
    assert room.taken == []
    settings.write_text(right)
    assert ask(study).returncode == 0
    assert room.recipients() == ["dora@example.org"]
    assert kinds(study, "dora@example.org") == ["given"]


def test_what_may_have_arrived_is_told_and_never_sent_again_by_itself(study, room):
    room.say("dot", "take and drop", times=1)
    assert ask(study, "--source", "form").returncode == 1
    again = ask(study)
    assert (again.returncode, len(room.taken)) == (1, 1)
    assert "newsletter resolve confirmation:1" in again.stdout
    assert run(study, "resolve", "confirmation:1", "--all-delivered").returncode == 0
    assert json.loads(run(study, "report", "confirmation:1", "--json").stdout)["sent"] == 1
    assert ask(study).returncode == 0


def test_what_cannot_be_asked_is_refused_and_nobody_is_added(study, room):
    assert "--source is missing" in ask(study).stderr
    assert ask(study, "--source", "form", "--list", "partner").returncode == 2
    run(study, "suppress", "add", "dora@example.org", "--reason", "request")
    assert ask(study, "--source", "form").returncode == 77
    assert "Nobody" in run(study, "contacts", "find", "dora").stderr
    assert room.taken == []


@pytest.fixture
def ending(study: Path) -> Path:
    """Ada's consent ends in forty days, Ben has left, Cleo never asked."""
    end = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=40)).isoformat()
    for name in ("ada", "ben", "cleo"):
        run(study, "contacts", "add", f"{name}@example.org", "--name", name.title())
    for name in ("ada", "ben"):
        about = (f"{name}@example.org", "--list", "partners", "--source", "sheet", "--on", "2026-01-01")
        assert run(study, "consent", "record", *about, "--expires", end).returncode == 0
    run(study, "consent", "withdraw", "ben@example.org", "--all")
    return study


def test_a_round_of_renewals_is_shown_typed_sent_and_answered(ending, room):
    dry = run(ending, "consent", "renew", "--list", "partners", "--dry-run")
    assert "What you agreed to ends after" in " ".join(dry.stdout.split())
    assert "ada@example.org: is asked" in dry.stdout
    assert "ben" not in dry.stdout
    assert run(ending, "consent", "renew", "--list", "partners", typed="no\n").returncode == 130
    assert room.taken == []
    done = run(ending, "consent", "renew", "--list", "partners", typed="1\n")
    assert (done.returncode, room.recipients()) == (0, ["ada@example.org"]), done.stderr
    assert "1 candidates = 1 sent" in done.stdout
    again = run(ending, "consent", "renew", "--list", "partners", "--yes")
    assert (again.returncode, len(room.taken)) == (77, 1)
    took = run(ending, "consent", "refresh", subject_of(room.taken[0]))
    assert took.stdout.startswith("Ada <ada@example.org> and partners: agreed anew, until ")
    assert kinds(ending, "ada@example.org") == ["given", "refreshed"]
    wrong = run(ending, "consent", "confirm", subject_of(room.taken[0]))
    assert (wrong.returncode, "changed" in wrong.stderr or "not whole" in wrong.stderr) == (77, True)


def test_consents_last_as_long_as_the_list_says(study):
    settings = study / "newsletter.toml"
    settings.write_text(
        settings.read_text().replace(
            "[lists.contributors]", 'consent_lasts = "24 months"\n\n[lists.contributors]'
        )
    )
    run(study, "contacts", "add", "ada@example.org", "--name", "Ada")
    about = ("ada@example.org", "--source", "sheet", "--on", "2026-03-02")
    run(study, "consent", "record", *about, "--list", "partners")
    run(study, "consent", "record", *about, "--list", "contributors")
    run(study, "consent", "record", *about, "--list", "partners", "--basis", "contract")
    ends = [
        one["expires_at"]
        for one in json.loads(run(study, "consent", "history", "ada@example.org", "--json").stdout)
    ]
    assert ends == ["2028-03-02", "", ""]
