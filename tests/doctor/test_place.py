"""Where the workspace lies: shared or not, encrypted or not, in git or not."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from newsletter.database import Mount
from newsletter.doctor import Case, Finding
from newsletter.doctor.encryption import on_linux, read_bitlocker, read_filevault
from newsletter.doctor.place import check

One = Callable[[Sequence[Finding], str], Finding]


def test_a_folder_of_this_computer_is_well(case: Case, told: One) -> None:
    assert told(list(check(case)), "place.local").level == "ok"


def test_a_folder_that_is_copied_is_an_error_and_allowed_a_warning(
    case: Case, told: One, monkeypatch: pytest.MonkeyPatch
) -> None:
    (case.workspace.root / ".stfolder").mkdir()
    found = told(list(check(case)), "place.local")
    assert found.level == "error"
    assert "Syncthing" in found.found
    assert "newsletter adopt" in found.remedy
    monkeypatch.setenv("NEWSLETTER_ALLOW_SYNCED", "1")
    assert told(list(check(case)), "place.local").level == "warning"


@pytest.mark.parametrize(("free", "level"), [(10, "error"), (500, "warning"), (5000, "ok")])
def test_a_disk_that_is_nearly_full_is_told(
    case: Case, told: One, monkeypatch: pytest.MonkeyPatch, free: int, level: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: type("Usage", (), {"free": free * 1024 * 1024}))
    assert told(list(check(case)), "place.room").level == level


def block(devices: Path, number: str, uuid: str = "", below: Sequence[str] = ()) -> None:
    """A device as /sys/dev/block shows it."""
    (devices / number / "slaves").mkdir(parents=True)
    if uuid:
        (devices / number / "dm").mkdir()
        (devices / number / "dm" / "uuid").write_text(f"{uuid}\n", encoding="ascii")
    for one in below:
        (devices / number / "slaves" / one.replace(":", "-")).symlink_to(devices / one)


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    """A plain disk, LUKS on it, LVM on LUKS, LVM on the plain disk, and LVM over both."""
    block(tmp_path, "8:1")
    block(tmp_path, "253:0", "CRYPT-LUKS2-abc-sda1_crypt", ["8:1"])
    block(tmp_path, "253:1", "LVM-abc", ["253:0"])
    block(tmp_path, "253:2", "LVM-def", ["8:1"])
    block(tmp_path, "253:3", "LVM-ghi", ["253:0", "8:1"])
    return tmp_path


@pytest.mark.parametrize(
    ("number", "encrypted"),
    [("8:1", False), ("253:0", True), ("253:1", True), ("253:2", False), ("253:3", False)],
)
def test_an_encrypted_disk_is_known_through_each_floor(devices: Path, number: str, encrypted: bool) -> None:
    assert on_linux(Mount("/", "ext4", "/dev/mapper/x", number), devices)[0] is encrypted


@pytest.mark.parametrize(
    ("kind", "answer"),
    [("fuse.gocryptfs", True), ("ecryptfs", True), ("overlay", None), ("tmpfs", None), ("zfs", None)],
)
def test_kinds_that_are_encrypted_themselves_or_cannot_tell_are_known(
    devices: Path, kind: str, answer: bool | None
) -> None:
    assert on_linux(Mount("/", kind, "x", "0:40"), devices)[0] is answer


def test_a_device_that_is_not_there_cannot_be_told(devices: Path) -> None:
    assert on_linux(Mount("/", "btrfs", "/dev/no-such-disk", "0:31"), devices)[0] is None


def test_a_device_that_may_not_be_read_is_not_taken_for_a_plain_disk(
    devices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(path: Path, **how: str) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", forbidden)
    found, why = on_linux(Mount("/", "ext4", "/dev/mapper/x", "253:1"), devices)
    assert found is None
    assert why == "/dev/mapper/x does not say what it is made from (Permission denied)"


def test_what_a_mac_and_windows_say_is_understood() -> None:
    assert read_filevault("FileVault is On.\n")[0] is True
    assert read_filevault("FileVault is Off.\nDecryption in progress: …\n")[0] is False
    assert read_filevault("")[0] is None
    assert [read_bitlocker(code, "C:")[0] for code in ("1\r\n", "2\r\n", "", "x")] == [
        True,
        False,
        None,
        None,
    ]


@pytest.fixture
def repository(case: Case, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)

    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(case.workspace.root), *words], check=True, capture_output=True)

    git("init")
    return git


def test_git_that_tracks_people_is_an_error(case: Case, repository: Callable[..., None], told: One) -> None:
    case.database.write_bytes(b"people")
    repository("add", "contacts.db")
    found = told(list(check(case)), "place.git")
    assert found.level == "error"
    assert "git rm --cached contacts.db" in found.remedy


def test_git_that_would_track_people_is_a_warning_until_it_ignores_them(
    case: Case, repository: Callable[..., None], told: One
) -> None:
    assert told(list(check(case)), "place.git").level == "warning"
    (case.workspace.root / ".gitignore").write_text("contacts.db*\n", encoding="utf-8")
    assert told(list(check(case)), "place.git").level == "ok"


def test_outside_git_nothing_is_said_of_it(case: Case) -> None:
    assert not [finding for finding in check(case) if finding.check == "place.git"]
