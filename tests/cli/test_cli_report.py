"""`newsletter report`, as it is typed."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

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
