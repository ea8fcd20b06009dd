"""`newsletter resolve`, as it is typed."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import filelock
import pytest

from newsletter.database import Database, open_database

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def resolve(folder: Path, db: Database) -> Run:
    """Runs the command on a mailing with two messages in doubt and one that a dead run left behind."""
    db.conn.execute(
        "INSERT INTO mailings (kind, issue, issue_digest, state, lists, headers, queued_at) VALUES ('issue', '2022-09', '', "
        """'running', '["partners"]', '{"name": "", "email": "", "reply_to": "", "list_id": "", "public_url": ""}', '')"""
    )
    for number, state in enumerate(("in-doubt", "in-doubt", "sending"), 1):
        db.conn.execute(
            "INSERT INTO deliveries (mailing_id, recipient_key, contact_id, email, state, token, message_id, changed_at) "
            "VALUES (1, ?, ?, ?, ?, ?, ?, '')",
            (
                str(number),
                number,
                f"reader{number}@example.org",
                state,
                str(number),
                f"<t{number}@example.org>",
            ),
        )
    db.conn.close()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "newsletter", "resolve", "2022-09", *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    return run


def states(folder: Path) -> list[str]:
    db = open_database(folder / "contacts.db")
    with closing(db.conn):
        return [row["state"] for row in db.conn.execute("SELECT state FROM deliveries ORDER BY id")]


def test_each_message_that_may_have_arrived_is_shown_with_its_message_id(resolve: Run) -> None:
    run = resolve()
    assert run.returncode == 0
    assert "3 may have arrived" in run.stdout
    for number in (1, 2, 3):
        assert f"<t{number}@example.org>" in run.stdout
        assert f"reader{number}@example.org" in run.stdout
    shown = json.loads(resolve("--json").stdout)
    assert [one["id"] for one in shown] == [1, 2, 3]


def test_the_operators_word_is_taken_by_number_or_by_message_id(resolve: Run, folder: Path) -> None:
    run = resolve("--delivered", "1", "--send-again", "<t2@example.org>", "--delivered", "t3@example.org")
    assert run.returncode == 0, run.stderr
    assert states(folder) == ["sent", "waiting", "sent"]
    assert "newsletter send 2022-09" in run.stdout


def test_all_may_be_said_to_have_arrived(resolve: Run, folder: Path) -> None:
    assert "Nothing of 2022-09 is in doubt any more." in resolve("--all-delivered").stdout
    assert states(folder) == ["sent"] * 3


@pytest.mark.parametrize("wrong", [("--delivered", "9"), ("--delivered", "1", "--send-again", "1")])
def test_a_word_that_cannot_be_changes_nothing(resolve: Run, folder: Path, wrong: tuple[str, ...]) -> None:
    assert resolve(*wrong).returncode == 2
    assert states(folder) == ["in-doubt"] * 3


def test_while_a_send_runs_nothing_is_decided(resolve: Run, folder: Path) -> None:
    with filelock.FileLock(folder / "contacts.db.send.lock"):
        run = resolve("--all-delivered")
    assert run.returncode == 75
    assert states(folder)[2] == "sending"
