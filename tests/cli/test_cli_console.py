"""What the commands say where the database or the machine cannot go on."""

import errno
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import forked
import pytest

from newsletter.cli import newsletter
from newsletter.cli.console import explained, opened
from newsletter.config import Workspace
from newsletter.database import Database, create_database, reason_not_to_send
from newsletter.errors import InputError


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder)


def ended(error: Exception, monkeypatch: pytest.MonkeyPatch) -> int:
    @click.command()
    def fails() -> None:
        raise error

    monkeypatch.setattr(sys, "argv", ["newsletter"])
    return explained(fails)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (sqlite3.OperationalError("database is locked"), "in use by another program"),
        (sqlite3.OperationalError("database or disk is full"), "is the disk full?"),
        (sqlite3.DatabaseError("database disk image is malformed"), "Restore a backup"),
    ],
)
def test_what_stops_sqlite_ends_in_a_sentence(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(error, monkeypatch) == 78
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("file", [None, "build/2022-09/dry-run/1.eml"])
def test_a_full_disk_ends_in_a_sentence_though_no_file_is_named(
    file: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(OSError(errno.ENOSPC, "No space left on device", file), monkeypatch) == 78
    told = capsys.readouterr().err
    assert "no room left on the disk" in told
    assert (file or "") in told


def test_a_pipe_that_broke_and_is_not_our_output_is_seen_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(group: click.Group, ctx: click.Context) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(click.Group, "invoke", lost)
    monkeypatch.setattr(sys, "argv", ["newsletter", "status"])
    with pytest.raises(RuntimeError, match="has gone"):
        explained(newsletter)


def test_a_fault_of_ours_is_seen_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        ended(sqlite3.IntegrityError("UNIQUE constraint failed"), monkeypatch)


def test_a_change_that_cannot_be_noted_outside_is_kept_and_said(folder: Path, home: Path) -> None:
    create_database(folder / "contacts.db").conn.close()
    (note,) = (home / "state" / "newsletter" / "anchors").iterdir()
    # Root may write anywhere; so a folder stands where the note would be written afresh.
    script = (
        "import os, sys; from pathlib import Path; "
        f"Path({str(note)!r}).with_suffix(f'.{{os.getpid()}}.new').mkdir(); "
        "from newsletter.cli import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", script, "contacts", "add", "ada@example.org"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "Added ada@example.org" in done.stdout
    assert "warning: what was changed is kept" in done.stderr
    assert "ada@example.org" in run(folder, "contacts", "find", "ada").stdout


def test_an_older_state_of_the_file_does_not_send_though_only_an_address_was_suppressed(folder: Path) -> None:
    create_database(folder / "contacts.db").conn.close()
    older = (folder / "contacts.db").read_bytes()
    assert run(folder, "suppress", "add", "ben@example.org").returncode == 0
    (folder / "contacts.db").write_bytes(older)
    assert "an older state" in run(folder, "adopt").stdout


def test_a_change_before_an_error_is_noted_outside_too(workspace: Workspace, db: Database) -> None:
    def change_and_fail() -> None:
        with opened(workspace) as opened_db:
            opened_db.conn.execute("INSERT INTO lists VALUES ('others', 'Others', '')")
            raise InputError("stop")

    asked = "SELECT generation FROM identity"
    before = db.conn.execute(asked).fetchone()[0]
    with pytest.raises(InputError, match="stop"):
        change_and_fail()
    assert db.conn.execute(asked).fetchone()[0] > before
    assert reason_not_to_send(db) is None
