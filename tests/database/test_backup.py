"""A backup opens with its passphrase alone, brings everything back, and does not send until adopted."""

import stat
from contextlib import closing
from pathlib import Path

import pytest

from newsletter import keychain
from newsletter.config import Workspace
from newsletter.database import (
    Database,
    adopt_database,
    open_database,
    reason_not_to_send,
    restore_backup,
    write_backup,
)
from newsletter.errors import InputError


@pytest.fixture
def saved(workspace: Workspace, db: Database) -> Path:
    (workspace.issues / "2022-09.yaml").write_text("title: x\n", encoding="utf-8")
    db.conn.execute("INSERT INTO lists VALUES ('partners', 'Partners', '')")
    target = workspace.root.parent / "study.newsletter-backup"
    write_backup(workspace, target, "correct horse")
    return target


def test_a_backup_is_private_and_shows_nothing_of_what_it_holds(saved: Path, db: Database) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    data = saved.read_bytes()
    assert b"Partners" not in data
    assert db.key.export().encode() not in data
    assert b"SQLite format 3" not in data


def test_a_backup_brings_back_database_key_and_issues(saved: Path, db: Database, tmp_path: Path) -> None:
    keychain.delete_secret(f"key-{db.database_id}")
    restore_backup(saved, tmp_path / "again", "correct horse")
    again = open_database(tmp_path / "again" / "contacts.db")
    with closing(again.conn):
        assert again.key == db.key
        assert again.conn.execute("SELECT name FROM lists").fetchone()[0] == "Partners"
    assert (tmp_path / "again" / "issues" / "2022-09.yaml").read_text() == "title: x\n"
    assert (tmp_path / "again" / "newsletter.toml").is_file()
    assert stat.S_IMODE((tmp_path / "again" / "contacts.db").stat().st_mode) == 0o600


def test_a_restored_database_does_not_send_until_adopted(saved: Path, tmp_path: Path) -> None:
    restore_backup(saved, tmp_path / "again", "correct horse")
    again = open_database(tmp_path / "again" / "contacts.db")
    with closing(again.conn):
        assert "restored from a backup" in (reason_not_to_send(again) or "")
        adopt_database(again)
        assert reason_not_to_send(again) is None


def test_a_wrong_passphrase_leaves_nothing(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not open with this passphrase"):
        restore_backup(saved, tmp_path / "again", "wrong")
    assert not (tmp_path / "again").exists()
    assert not list(tmp_path.glob(".newsletter-*"))


@pytest.mark.parametrize("damage", ["cut", "flipped", "other"])
def test_a_damaged_backup_leaves_nothing(saved: Path, tmp_path: Path, damage: str) -> None:
    data = bytearray(saved.read_bytes())
    if damage == "cut":
        data = data[: len(data) // 2]
    elif damage == "flipped":
        data[len(data) // 2] ^= 1
    else:
        data = bytearray(b"not a backup at all")
    saved.write_bytes(data)
    with pytest.raises(InputError):
        restore_backup(saved, tmp_path / "again", "correct horse")
    assert not (tmp_path / "again").exists()


def test_a_workspace_is_never_restored_over_another(saved: Path, workspace: Workspace) -> None:
    before = workspace.database.stat().st_ino
    with pytest.raises(InputError, match="already; nothing was changed"):
        restore_backup(saved, workspace.root, "correct horse")
    assert workspace.database.stat().st_ino == before


def test_an_existing_backup_is_not_overwritten(saved: Path, workspace: Workspace) -> None:
    with pytest.raises(InputError, match="exists already"):
        write_backup(workspace, saved, "x")


def test_a_backup_wants_a_passphrase(workspace: Workspace, db: Database, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs a passphrase"):
        write_backup(workspace, tmp_path / "b", "")
    assert not (tmp_path / "b").exists()
