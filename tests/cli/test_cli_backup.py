"""`newsletter backup`, `restore` and `adopt`, typed as a user types them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import forked
import pytest

from newsletter.config import Workspace
from newsletter.database import Database


def run(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return forked.run(
        [sys.executable, "-m", "newsletter", *args],
        env=os.environ | environment,
    )


@pytest.fixture
def saved(workspace: Workspace, db: Database, tmp_path: Path) -> Path:
    target = tmp_path / "study.newsletter-backup"
    done = run(
        "backup", str(target), "-w", str(workspace.root), NEWSLETTER_BACKUP_PASSPHRASE="battery staple"
    )
    assert done.returncode == 0, done.stderr
    return target


def test_a_backup_is_restored_and_adopted(saved: Path, tmp_path: Path) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("battery staple\n")
    again = tmp_path / "again"
    restored = run(
        "restore", str(saved), "--into", str(again), "--passphrase-file", str(passphrase), "--json"
    )
    assert json.loads(restored.stdout)["workspace"] == str(again)

    adopted = run("adopt", "--workspace", str(again), "--yes")
    assert adopted.returncode == 0
    assert "restored from a backup" in adopted.stdout
    assert "already; nothing was changed" in run("adopt", "-w", str(again), "--yes").stdout


def test_adopting_wants_a_typed_word(saved: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    run("restore", str(saved), "--into", str(again), NEWSLETTER_BACKUP_PASSPHRASE="battery staple")
    refused = run("adopt", "-w", str(again))
    assert refused.returncode == 130
    assert "nothing more was done" in refused.stderr


def test_a_wrong_passphrase_is_said_without_a_traceback(saved: Path, tmp_path: Path) -> None:
    failed = run(
        "restore", str(saved), "--into", str(tmp_path / "again"), NEWSLETTER_BACKUP_PASSPHRASE="wrong"
    )
    assert failed.returncode == 2
    assert "does not open with this passphrase" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_folder_without_a_workspace_is_said_with_the_way_out(tmp_path: Path) -> None:
    failed = run("backup", "-w", str(tmp_path))
    assert failed.returncode == 78
    assert "newsletter init" in failed.stderr


def test_without_a_passphrase_and_a_terminal_the_ways_to_give_it_are_told(
    workspace: Workspace, db: Database, tmp_path: Path
) -> None:
    failed = run("backup", str(tmp_path / "b"), "-w", str(workspace.root))
    assert failed.returncode == 2
    assert "--passphrase-file" in failed.stderr
    assert "Warning" not in failed.stderr


def test_a_passphrase_file_that_is_no_text_is_refused(
    workspace: Workspace, db: Database, tmp_path: Path
) -> None:
    (tmp_path / "phrase").write_bytes(b"\xff\xfe\x00")
    given = ("--passphrase-file", str(tmp_path / "phrase"))
    failed = run("backup", str(tmp_path / "b"), "-w", str(workspace.root), *given)
    assert failed.returncode == 2
    assert "it is not text" in failed.stderr
