"""`newsletter send`, as it is typed."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import forked
import pytest
from postroom import Postroom, postroom

from newsletter.cli.scheduling import Times
from newsletter.cli.send import _queue
from newsletter.contacts import ConsentEvent, NewContact, add_contact, record_consent, sync_lists
from newsletter.database import Database, open_database

ISSUE = """\
title: News of the study
date: 30 September 2022
preheader: Two papers and an event
lists: [partners, contributors]
sections:
  - title: News of the summer
    body: We have news.
  - title: Your next meeting
    audience: [contributors]
    body: We meet on 3 May.
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def room() -> Iterator[Postroom]:
    with postroom() as server:
        yield server


@pytest.fixture
def cast(folder: Path, db: Database, workspace: object, now: object, room: Postroom) -> dict[str, int]:
    """A workspace with an issue; Ada has consented, Ben has withdrawn, Cleo never asked."""
    (folder / "issues" / "2022-09.yaml").write_text(ISSUE, encoding="utf-8")
    settings = (folder / "newsletter.toml").read_text(encoding="utf-8")
    (folder / "newsletter.toml").write_text(settings.replace("2525", str(room.port)), encoding="utf-8")
    sync_lists(db, workspace.config, now)
    ids = {
        name: add_contact(db, NewContact(email=f"{name}@example.org", name=name.title()), now)
        for name in ("ada", "ben", "cleo")
    }
    for name, kind in (("ada", "given"), ("ben", "given"), ("ben", "withdrawn")):
        agree(db, ids[name], now, kind)
    db.conn.close()
    return ids


def agree(db: Database, contact: int, now: object, kind: str = "given") -> None:
    record_consent(
        db, ConsentEvent(contact, "partners", kind, "consent", "2022-06-14", "paper", "tester"), now
    )


@pytest.fixture
def newsletter(folder: Path, cast: dict[str, int]) -> Run:
    """Runs a command in the workspace, with what is typed as input."""

    def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "newsletter", *arguments]
        return forked.run(command, cwd=folder, input=typed)

    return run


@pytest.fixture
def approved(newsletter: Run) -> None:
    run = newsletter("approve", "2022-09", "--as", "Ada Example", "--role", "study lead", "--yes")
    assert run.returncode == 0, run.stderr


def edit_issue(folder: Path) -> None:
    path = folder / "issues" / "2022-09.yaml"
    path.write_text(ISSUE.replace("We have news.", "We have other news."), encoding="utf-8")


def join(folder: Path, name: str, now: object, domain: str = "example.org") -> None:
    db = open_database(folder / "contacts.db")
    with closing(db.conn):
        agree(db, add_contact(db, NewContact(email=f"{name}@{domain}", name=name.title()), now), now)


def allow(folder: Path, number: int) -> None:
    settings = (folder / "newsletter.toml").read_text(encoding="utf-8")
    (folder / "newsletter.toml").write_text(settings.replace("= 2000", f"= {number}"), encoding="utf-8")


def test_without_approval_nothing_is_sent(newsletter: Run, room: Postroom) -> None:
    run = newsletter("send", "2022-09", "--yes")
    assert run.returncode == 77
    assert "newsletter approve 2022-09" in run.stderr
    assert room.heard == []


def test_ada_gets_it_and_the_equation_is_printed(newsletter: Run, approved: None, room: Postroom) -> None:
    run = newsletter("send", "2022-09", "--yes")
    assert run.returncode == 0, run.stderr
    assert room.recipients() == ["ada@example.org"]
    assert (
        "2 candidates = 1 sent + 1 skipped (1 withdrawn) + 0 refused + 0 waiting + 0 in doubt" in run.stdout
    )
    assert "left the list" in run.stdout


def test_everybody_is_queued_without_looking_up_what_rows_refer_to(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else SQLite copies each page that is changed into memory: some 40 MB at a million readers.
    def queue(db: Database, *about: object, **more: object) -> None:
        queued.append((references(), db.conn.in_transaction))

    def references() -> int:
        return int(db.conn.execute("PRAGMA foreign_keys").fetchone()[0])

    queued: list[tuple[int, bool]] = []
    monkeypatch.setattr("newsletter.outbox.queue_mailing", queue)
    nothing = SimpleNamespace(issue=None, editions=None, config=None)
    job = SimpleNamespace(db=db, checked=nothing, workspace=nothing, segments=None, times=Times())
    _queue(job)  # type: ignore[arg-type]
    assert (queued, references()) == ([(0, True)], 1)


def test_sending_again_sends_nothing_again(newsletter: Run, approved: None, room: Postroom) -> None:
    newsletter("send", "2022-09", "--yes")
    assert newsletter("send", "2022-09", "--yes").returncode == 0
    assert len(room.taken) == 1


def test_an_address_that_changes_before_the_time_comes_gets_it(
    newsletter: Run, approved: None, room: Postroom
) -> None:
    assert newsletter("send", "2022-09", "--at", "tomorrow 09:00", "--yes", "--no-wait").returncode == 75
    moved = newsletter("contacts", "edit", "ada@example.org", "--primary", "moved@example.org")
    assert moved.returncode == 0, moved.stderr
    run = newsletter("send", "2022-09", "--at", "now", "--yes")
    assert run.returncode == 0, run.stderr
    assert room.recipients() == ["moved@example.org"]
    assert "2 candidates = 1 sent + 1 skipped (1 withdrawn)" in run.stdout


def test_the_number_is_typed_before_anything_leaves(newsletter: Run, approved: None, room: Postroom) -> None:
    stopped = newsletter("send", "2022-09", typed="no\n")
    assert stopped.returncode == 130
    assert "Project partners and Public contributors" in stopped.stderr
    assert room.heard == []
    assert newsletter("send", "2022-09", typed="1\n").returncode == 0
    assert room.recipients() == ["ada@example.org"]


def test_who_joins_while_the_number_is_typed_is_asked_about_first(
    approved: None, folder: Path, room: Postroom, now: object
) -> None:
    command = [sys.executable, "-m", "newsletter", "send", "2022-09"]
    with subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert "goes to 1 people" in process.stderr.readline()  # type: ignore[union-attr]
        join(folder, "dora", now)
        _, told = process.communicate("1\n", timeout=60)
    assert process.returncode == 75, told
    assert "2 people would get 2022-09 by now, and not 1" in told
    assert room.taken == []


def test_json_is_the_whole_of_what_is_printed(newsletter: Run, approved: None) -> None:
    shape = json.loads(newsletter("send", "2022-09", "--yes", "--json").stdout)
    ada = next(one for one in shape["recipients"] if one["email"] == "ada@example.org")
    assert ada["state"] == "sent"
    assert ada["reply"] == "250 2.0.0 taken"
    del shape["recipients"]
    assert shape == {
        "issue": "2022-09",
        "candidates": 2,
        "sent": 1,
        "skipped": {"withdrawn": 1},
        "refused": 0,
        "waiting": 0,
        "in_doubt": 0,
    }


def test_a_dry_run_sends_nothing_and_needs_no_approval(
    newsletter: Run, room: Postroom, folder: Path, cast: dict[str, int]
) -> None:
    run = newsletter("send", "2022-09", "--dry-run")
    assert run.returncode == 0, run.stderr
    assert "ben@example.org" in run.stdout
    assert "left the list" in run.stdout
    assert "nobody has approved" in run.stderr
    assert [path.name for path in (folder / "build" / "2022-09" / "dry-run").iterdir()] == [
        f"{cast['ada']}.eml"
    ]
    assert room.heard == []
    shape = json.loads(newsletter("send", "--json", "--dry-run", "2022-09").stdout)
    assert (shape["candidates"], shape["waiting"], shape["skipped"]) == (2, 1, {"withdrawn": 1})


def test_a_dry_run_names_all_that_send_would_refuse(
    newsletter: Run, approved: None, folder: Path, now: object
) -> None:
    join(folder, "dora", now)
    allow(folder, 1)
    run = newsletter("send", "2022-09", "--dry-run")
    assert run.returncode == 0
    assert "Before it can be sent: 2 people would get 2022-09, and newsletter.toml allows 1" in run.stderr
    assert "raise max_recipients" in run.stderr
    assert "approved" not in run.stderr
    allow_again = (
        (folder / "newsletter.toml").read_text(encoding="utf-8").replace("recipients = 1", "recipients = 9")
    )
    (folder / "newsletter.toml").write_text(allow_again, encoding="utf-8")
    assert "Before it can be sent" not in newsletter("send", "2022-09", "--dry-run").stderr
    newsletter("send", "2022-09", "--yes", "--limit", "1")
    newsletter("pause", "2022-09", "--reason", "a wrong date")
    paused = newsletter("send", "2022-09", "--dry-run")
    assert "Before it can be sent: 2022-09 is paused" in paused.stderr
    assert "a wrong date" in paused.stderr


def test_a_dry_run_names_those_to_whom_a_limit_lets_it_go(
    newsletter: Run, approved: None, folder: Path, room: Postroom, now: object
) -> None:
    def foretold(limit: int, of: int) -> list[str]:
        told = newsletter("send", "2022-09", "--dry-run", "--limit", str(limit)).stderr
        names = re.search(f"would write to the first {limit} of {of} only: (.*)[.] The others wait", told)
        assert names, told
        return names[1].split(", ")

    for name in ("dora", "emil", "fay", "gil"):
        join(folder, name, now)
    first = foretold(2, of=5)
    newsletter("send", "2022-09", "--yes", "--limit", "2")
    assert sorted(room.recipients()) == sorted(first)
    (third,) = foretold(1, of=3)
    room.say("RCPT", "451 4.2.0 later", only=third)
    newsletter("send", "2022-09", "--yes", "--limit", "1")
    assert third not in foretold(2, of=3), "who was put off is not due"
    assert "--limit" not in newsletter("send", "2022-09", "--dry-run", "--limit", "3").stderr


def test_a_domain_that_is_left_in_peace_is_named_with_its_answer_and_when_it_is_tried_again(
    newsletter: Run, approved: None, folder: Path, room: Postroom, now: object
) -> None:
    for number in range(6):
        join(folder, f"reader{number}", now, "example.net")
    room.say("RCPT", "550 5.7.1 not from you", only="example.net")
    run = newsletter("send", "2022-09", "--yes")
    assert run.returncode == 75, run.stderr
    told = r"example\.net wants nothing of this for now \(550 5\.7\.1 not from you\) and is left in peace: [3-6] wait there"
    for shown in (run.stdout, newsletter("report", "2022-09").stdout):
        assert re.search(told, shown), shown
        assert "is tried again from" in shown


def test_what_is_finished_cannot_be_cancelled_and_nothing_need_be_typed_to_hear_it(
    newsletter: Run, approved: None
) -> None:
    newsletter("send", "2022-09", "--yes")
    for run in (newsletter("cancel", "2022-09", typed="2022-09\n"), newsletter("cancel", "2022-09", "--yes")):
        assert run.returncode == 2
        assert run.stderr.startswith("error: nothing of 2022-09 is left to send, so it cannot be cancelled")


def test_an_issue_changed_after_it_was_sent_has_nothing_left_to_send(
    newsletter: Run, approved: None, room: Postroom, folder: Path
) -> None:
    newsletter("send", "2022-09", "--yes")
    edit_issue(folder)
    run = newsletter("send", "2022-09", "--yes")
    assert run.returncode == 0, run.stderr
    assert "The file has changed since" in run.stderr
    assert "what was sent stays as it was." in run.stderr
    assert "Nothing of 2022-09 is left to send." in run.stderr
    assert len(room.taken) == 1


def test_an_issue_changed_while_some_wait_goes_on_as_approved(
    newsletter: Run, approved: None, room: Postroom, folder: Path, now: object
) -> None:
    join(folder, "dora", now)
    assert newsletter("send", "2022-09", "--yes", "--limit", "1").returncode == 75
    edit_issue(folder)
    run = newsletter("send", "2022-09", "--yes")
    assert run.returncode == 0, run.stderr
    assert "has changed since it was queued" in run.stderr
    assert sorted(room.recipients()) == ["ada@example.org", "dora@example.org"]
    assert all(b"We have news." in post.content for post in room.taken)


def test_who_joined_since_is_told_and_added_only_when_said(
    newsletter: Run, approved: None, room: Postroom, folder: Path, now: object
) -> None:
    newsletter("send", "2022-09", "--yes")
    join(folder, "dora", now)
    told = newsletter("send", "2022-09", "--yes")
    assert "1 person has joined since" in told.stderr
    assert len(room.taken) == 1
    assert newsletter("send", "2022-09", "--yes", "--add-new").returncode == 0
    assert room.recipients() == ["ada@example.org", "dora@example.org"]


def test_errors_stop_a_send(newsletter: Run, folder: Path, room: Postroom) -> None:
    path = folder / "issues" / "2022-09.yaml"
    path.write_text(ISSUE.replace("We have news.", "TODO ask Sam about the date."), encoding="utf-8")
    run = newsletter("send", "2022-09", "--yes")
    assert run.returncode == 1
    assert room.heard == []


def test_too_many_recipients_stop_a_send(
    newsletter: Run, approved: None, folder: Path, room: Postroom, now: object
) -> None:
    join(folder, "dora", now)
    allow(folder, 1)
    run = newsletter("send", "2022-09", "--yes")
    assert run.returncode == 77
    assert "max_recipients" in run.stderr
    assert room.heard == []


@pytest.mark.parametrize("more", [(), ("--yes",), ("--json", "--yes"), ("--dry-run",)])
def test_a_test_to_nobody_is_never_the_mailing(
    newsletter: Run, room: Postroom, more: tuple[str, ...]
) -> None:
    run = newsletter("send", "2022-09", "--test", "", *more)
    assert run.returncode == 2
    assert "test" in run.stderr
    assert (room.heard, newsletter("report", "2022-09").returncode) == ([], 2)


def test_a_test_goes_to_one_address_marked(newsletter: Run, room: Postroom) -> None:
    run = newsletter("send", "2022-09", "--test", "colleague@example.org")
    assert run.returncode == 0, run.stderr
    assert room.recipients() == ["colleague@example.org"]
    assert b"Subject: [Test] News of the study" in room.taken[0].content
    assert newsletter("send", "2022-09", "--test", "cleo@example.org").returncode == 77
    assert len(room.taken) == 1
    told = json.loads(newsletter("send", "2022-09", "--test", "colleague@example.org", "--json").stdout)
    assert told == {"issue": "2022-09", "address": "colleague@example.org", "reply": "250 2.0.0 taken"}


def test_an_absent_server_leaves_everybody_waiting(
    newsletter: Run, approved: None, folder: Path, room: Postroom
) -> None:
    settings = (folder / "newsletter.toml").read_text(encoding="utf-8")
    (folder / "newsletter.toml").write_text(settings.replace(str(room.port), "1"), encoding="utf-8")
    run = newsletter("send", "2022-09", "--yes")
    assert run.returncode == 69
    assert "1 waiting" in run.stdout
    assert "run the same command again" in run.stderr


def test_a_refused_recipient_ends_with_1(newsletter: Run, approved: None, room: Postroom) -> None:
    room.say("RCPT", "550 5.1.1 nobody here")
    assert newsletter("send", "2022-09", "--yes").returncode == 1


def test_a_copied_database_does_not_send(
    newsletter: Run, approved: None, folder: Path, room: Postroom
) -> None:
    original, copy = folder / "contacts.db", folder / "copy.db"
    copy.write_bytes(original.read_bytes())
    copy.replace(original)
    run = newsletter("send", "2022-09", "--yes")
    assert run.returncode == 78
    assert "newsletter adopt" in run.stderr
    assert room.heard == []


def test_a_missing_password_is_said_before_anything_is_queued(
    newsletter: Run, approved: None, folder: Path
) -> None:
    settings = (folder / "newsletter.toml").read_text(encoding="utf-8")
    settings = settings.replace('security = "none"', 'security = "none"\nuser = "news"')
    (folder / "newsletter.toml").write_text(settings, encoding="utf-8")
    run = newsletter("send", "2022-09", "--yes")
    assert run.returncode == 78
    assert "newsletter login" in run.stderr
    assert newsletter("report", "2022-09").returncode == 2
