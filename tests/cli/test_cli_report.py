"""`newsletter report`, as it is typed."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import forked
import pytest

from newsletter.cli.report import _due
from newsletter.database import Database

Run = Callable[..., subprocess.CompletedProcess[str]]
STATES = ("sent", "sent", "refused", "in-doubt", "waiting", "skipped")


@pytest.fixture
def report(folder: Path, db: Database) -> Run:
    """Runs the command on a mailing with one row or two of every state."""
    db.conn.execute(
        "INSERT INTO mailings (kind, issue, issue_digest, state, lists, headers, queued_at) VALUES ('issue', '2022-09', '', "
        """'running', '["partners"]', '{"name": "", "email": "", "reply_to": "", "list_id": "", "public_url": ""}', '')"""
    )
    for number, state in enumerate(STATES):
        db.conn.execute(
            "INSERT INTO deliveries (mailing_id, recipient_key, contact_id, email, state, reason, token, reply, changed_at) "
            "VALUES (1, ?, ?, ?, ?, ?, ?, ?, '')",
            (
                str(number),
                number,
                f"reader{number}@example.org",
                state,
                "withdrawn" if state == "skipped" else "",
                str(number),
                "550 5.1.1 no such user" if state == "refused" else "",
            ),
        )
    db.conn.close()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "newsletter", "report", *arguments]
        return forked.run(command, cwd=folder)

    return run


def test_the_equation_the_reasons_and_the_next_commands_are_printed(report: Run) -> None:
    run = report("2022-09")
    assert run.returncode == 75
    assert (
        "6 candidates = 2 sent + 1 skipped (1 withdrawn) + 1 refused + 1 waiting + 1 in doubt" in run.stdout
    )
    assert "550 5.1.1 no such user" in run.stdout
    assert "newsletter send 2022-09" in run.stdout
    assert "newsletter resolve 2022-09" in run.stdout
    assert "reader0@example.org" not in run.stdout, "whoever got it needs no line"


def test_json_names_everybody(report: Run) -> None:
    shape = json.loads(report("issues/2022-09.yaml", "--json").stdout)
    assert [one["state"] for one in shape["recipients"]] == list(STATES)
    numbers = (
        shape["sent"]
        + sum(shape["skipped"].values())
        + shape["refused"]
        + shape["waiting"]
        + shape["in_doubt"]
    )
    assert shape["candidates"] == numbers == 6


def test_an_issue_that_was_not_sent_is_said_with_the_next_command(report: Run) -> None:
    run = report("2022-10")
    assert run.returncode == 2
    assert "newsletter send 2022-10 --dry-run" in run.stderr


def came_back(folder: Path) -> None:
    """Of the two that were sent one came back; somebody left by the other."""
    with closing(sqlite3.connect(folder / "contacts.db")) as conn, conn:
        conn.execute("INSERT INTO lists VALUES ('partners', 'Project partners', '')")
        conn.executemany(
            "INSERT INTO replies (digest, kind, severity, reason, delivery_id, source, state, recorded_at) "
            "VALUES (?, ?, ?, ?, ?, 'file', 'done', '')",
            [("a", "bounce", "hard", "user-unknown", 1), ("b", "opt-out", "", "", 2)],
        )


def test_what_came_back_is_said_with_how_far_that_is_known(report: Run, folder: Path) -> None:
    assert "No mailbox has been read" in report("2022-09").stdout
    came_back(folder)
    said = report("2022-09").stdout
    assert "Arrived as far as is known: 1 of 2 sent. That nothing came back is no proof." in said
    assert "1 came back (dead address): 1 no such mailbox" in said
    assert "1 left a list by this message" in said
    assert "Refused by a mail server: 1 no such mailbox" in said


def test_new_keys_stand_beside_the_old_ones_and_a_breakdown_below(report: Run, folder: Path) -> None:
    came_back(folder)
    shape = json.loads(report("2022-09", "--json", "--by", "domain").stdout)
    assert (shape["candidates"], shape["sent"], shape["refused"], len(shape["recipients"])) == (6, 2, 1, 6)
    assert shape["skipped"] == {"withdrawn": 1}
    told = ("delivered", "bounced", "complaints", "unsubscribed", "bounced_by", "refused_by")
    assert [shape[name] for name in told] == [1, 1, 0, 1, {"hard": {"user-unknown": 1}}, {"user-unknown": 1}]
    assert [(one["name"], one["candidates"]) for one in shape["by"]["domain"]] == [("example.org", 6)]


def test_all_mailings_and_lists_are_told_and_what_is_shared_names_nobody(report: Run, folder: Path) -> None:
    came_back(folder)
    run = report("--svg", "pictures")
    assert run.returncode == 0
    names = ("issues", "list-partners")
    files = [(folder / "pictures" / f"{name}.svg").read_bytes() for name in names]
    drawn = [ElementTree.fromstring(file).findtext("{*}desc") for file in files]  # noqa: S314  # our own
    assert drawn == ["2022-09: 1 arrived as far as is known, 1 came back, 1 refused.", "Nothing yet."]
    assert re.search(r"2022-09 +2 +1 +1 +1 +0 +1 +1 +1 +1\n", run.stdout)
    assert "On each list today: Project partners, 0" in run.stdout
    assert report("--svg", "beside", "--csv").stdout.startswith("issue,kind,")
    assert [(folder / "beside" / f"{name}.svg").read_bytes() for name in names] == files
    shared = report("2022-09", "--share", "--json")
    assert "@" not in shared.stdout
    assert (json.loads(shared.stdout)["candidates"], json.loads(shared.stdout)["sent"]) == (5, None)
    table = report("--by", "domain", "--share", "--csv").stdout
    assert table.splitlines()[1] == "example.org,5,<5,<5,<5,<5,0,0,0,<5,<5,<5,<5,<5".replace(
        ",0,0,0,<5", ",0,0,0,<5"
    )


@pytest.mark.parametrize(
    ("due", "said"), [("2022-09-30T08:53:38Z", "09:54"), ("2022-09-30T08:53:00Z", "09:53")]
)
def test_the_minute_from_which_more_can_go_is_one_at_which_it_does(due: str, said: str) -> None:
    told = _due(cast(Any, SimpleNamespace(next_due=due)), ZoneInfo("Europe/London"))
    assert told == f", from Friday 30 September 2022, {said} (Europe/London) on"
