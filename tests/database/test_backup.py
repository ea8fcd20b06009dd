"""A backup opens with its passphrase alone, brings everything back, and does not send until adopted."""

import errno
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyrage
import pytest

from newsletter.config import Workspace, read_workspace
from newsletter.database import (
    Database,
    adopt_database,
    create_database,
    open_database,
    reason_not_to_send,
    restore_backup,
    write_backup,
)
from newsletter.errors import InputError
from newsletter.tokens import Key

PASSPHRASE = "correct horse"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[bytes, Key]]:
    """The bytes of one backup and the key in it; made once, since a passphrase is slow to try on purpose."""
    root = tmp_path_factory.mktemp("source") / "study"
    (root / "issues").mkdir(parents=True)
    (root / "issues" / "2022-09.yaml").write_text("title: x\n", encoding="utf-8")
    (root / "newsletter.toml").write_text("", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEWSLETTER_SECRETS", str(root / "secrets"))
        patch.setenv("XDG_STATE_HOME", str(root / "state"))
        db = create_database(root / "contacts.db")
        with closing(db.conn):
            db.conn.execute("INSERT INTO lists VALUES ('partners', 'Partners', '')")
        (root / "evidence").mkdir()
        (root / "evidence" / "form.pdf").write_bytes(b"signed")
        target = root.parent / "made.newsletter-backup"
        write_backup(read_workspace(root), target, PASSPHRASE)
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        yield target.read_bytes(), db.key


@pytest.fixture
def saved(made: tuple[bytes, Key], tmp_path: Path) -> Path:
    path = tmp_path / "study.newsletter-backup"
    path.write_bytes(made[0])
    return path


def test_a_backup_shows_nothing_of_what_it_holds(made: tuple[bytes, Key]) -> None:
    data, key = made
    assert b"Partners" not in data
    assert key.export().encode() not in data
    assert b"SQLite format 3" not in data


def test_a_backup_brings_back_database_key_and_issues(
    made: tuple[bytes, Key], saved: Path, tmp_path: Path
) -> None:
    restore_backup(saved, tmp_path / "again", PASSPHRASE)
    again = open_database(tmp_path / "again" / "contacts.db")
    with closing(again.conn):
        assert again.key == made[1]
        assert again.conn.execute("SELECT name FROM lists").fetchone()[0] == "Partners"
    assert (tmp_path / "again" / "issues" / "2022-09.yaml").read_text() == "title: x\n"
    assert (tmp_path / "again" / "evidence" / "form.pdf").read_bytes() == b"signed"
    assert (tmp_path / "again" / "newsletter.toml").is_file()
    assert stat.S_IMODE((tmp_path / "again" / "contacts.db").stat().st_mode) == 0o600


def test_a_restored_database_does_not_send_until_adopted(saved: Path, tmp_path: Path) -> None:
    restore_backup(saved, tmp_path / "again", PASSPHRASE)
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
        restore_backup(saved, tmp_path / "again", PASSPHRASE)
    assert not (tmp_path / "again").exists()


@pytest.mark.usefixtures("db")
def test_a_workspace_is_never_restored_over_another(saved: Path, workspace: Workspace) -> None:
    before = workspace.database.stat().st_ino
    with pytest.raises(InputError, match="already; nothing was changed"):
        restore_backup(saved, workspace.root, PASSPHRASE)
    assert workspace.database.stat().st_ino == before


def test_an_existing_backup_is_not_overwritten(saved: Path, workspace: Workspace) -> None:
    with pytest.raises(InputError, match="exists already"):
        write_backup(workspace, saved, "x")


def test_a_busy_moment_is_waited_out_and_a_busy_hour_is_said(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, asked = pyrage.passphrase.decrypt, []

    def busy(sealed: bytes, passphrase: str) -> bytes:
        asked.append(passphrase)
        if len(asked) < 3:
            raise pyrage.DecryptError("Excessive work parameter for passphrase.")
        return whole(sealed, passphrase)

    monkeypatch.setattr("newsletter.database.backup._PAUSES", (0.0, 0.0, 0.0))
    monkeypatch.setattr(pyrage.passphrase, "decrypt", busy)
    restore_backup(saved, tmp_path / "again", PASSPHRASE)
    assert (tmp_path / "again" / "contacts.db").exists()
    monkeypatch.setattr("newsletter.database.backup._PAUSES", (0.0,))
    asked.clear()
    with pytest.raises(InputError, match="too busy just now"):
        restore_backup(saved, tmp_path / "third", PASSPHRASE)
    assert not (tmp_path / "third").exists()


def test_a_backup_wants_a_passphrase(workspace: Workspace, db: Database, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs a passphrase"):
        write_backup(workspace, tmp_path / "b", "")
    assert not (tmp_path / "b").exists()


def test_a_folder_on_a_disk_of_its_own_can_be_restored_into(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    into = tmp_path / "mounted"
    into.mkdir()
    rename = Path.rename

    def on_one_disk(self: Path, target: Path) -> Path:
        if into in Path(target).parents and into not in self.parents:
            raise OSError(errno.EXDEV, "Invalid cross-device link", str(self))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", on_one_disk)
    restore_backup(saved, into, PASSPHRASE)
    assert (into / "contacts.db").is_file()
    assert not list(into.glob(".newsletter-*"))


def test_a_folder_that_is_not_there_is_named(workspace: Workspace, db: Database, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere/b: the backup cannot be written: No such file"):
        write_backup(workspace, tmp_path / "nowhere" / "b", "x")


def test_a_full_disk_is_not_taken_for_a_damaged_backup(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tarfile.TarFile.extractall", full)
    with pytest.raises(InputError, match="cannot be restored there: No space left"):
        restore_backup(saved, tmp_path / "again", PASSPHRASE)
    assert not (tmp_path / "again").exists()


def test_a_full_disk_leaves_no_half_backup(
    workspace: Workspace, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tarfile.TarFile.addfile", full)
    folder = tmp_path / "safe"
    folder.mkdir()
    with pytest.raises(InputError, match="cannot be written: No space left"):
        write_backup(workspace, folder / "b", "x")
    assert not list(folder.iterdir())
