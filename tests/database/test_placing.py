"""Network drives and folders that a program copies are known, and nothing is sent from there."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter.database import (
    Database,
    keep_anchored,
    mount_of,
    reason_not_here,
    reason_not_to_send,
    reason_to_adopt,
    what_is_wrong_here,
)
from newsletter.database.mounts import Mount, innermost, linux_mounts, mac_mounts

LINUX = """\
21 26 0:20 / /proc rw,nosuid shared:12 - proc proc rw
26 1 254:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw,errors=remount-ro
30 26 0:50 / /home/sam/share rw,relatime shared:20 - nfs4 files.example.org:/export/sam rw,vers=4.2
31 26 0:51 / /mnt/My\\040Study rw,relatime - cifs //files.example.org/study rw,vers=3.1.1
32 26 0:52 / /mnt/c rw,noatime - 9p C:\\134 rw,dirsync,aname=drvfs;path=C:\\;uid=1000
33 26 0:53 / /home/sam/remote rw,nosuid,nodev - fuse.sshfs sam@files.example.org:/srv rw,user_id=1000
34 26 0:54 / /home/sam/dav rw,nosuid - fuse https://cloud.example.org/remote.php/dav rw,user_id=0
35 26 0:55 / /home/sam/secret rw,nosuid - fuse.gocryptfs /home/sam/cipher rw,user_id=1000
36 26 8:17 / /media/sam/disk rw,nosuid - fuseblk /dev/sdb1 rw,user_id=0
37 26 0:56 / /tmp rw,nosuid - tmpfs tmpfs rw
38 30 0:57 / /home/sam/share/scratch rw - tmpfs tmpfs rw
39 26 0:58 / /var/lib/app rw - overlay overlay rw,lowerdir=/a,upperdir=/b
40 26 0:59 / /guest rw - vboxsf guest rw
this line is none
"""
MAC = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
devfs on /dev (devfs, local, nobrowse)
/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse, protect, root data)
map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)
//sam@files.example.org/study on /Volumes/study (one) (smbfs, nodev, nosuid, mounted by sam)
"""
GVISOR = "31 1 0:19 / / rw - 9p none rw,trans=fd,rfdno=4,wfdno=4\n"


@pytest.mark.parametrize(
    ("path", "kind", "shared"),
    [
        ("/home/sam/study/contacts.db", "ext4", False),
        ("/home/sam/share/study/contacts.db", "nfs4", True),
        ("/home/sam/sharemore/contacts.db", "ext4", False),
        ("/home/sam/share/scratch/contacts.db", "tmpfs", False),
        ("/mnt/My Study/contacts.db", "cifs", True),
        ("/mnt/c/Users/sam/contacts.db", "9p", True),
        ("/home/sam/remote/contacts.db", "fuse.sshfs", True),
        ("/home/sam/dav/contacts.db", "fuse", True),
        ("/home/sam/secret/contacts.db", "fuse.gocryptfs", False),
        ("/media/sam/disk/contacts.db", "fuseblk", False),
        ("/var/lib/app/contacts.db", "overlay", False),
        ("/guest/contacts.db", "vboxsf", True),
    ],
)
def test_each_kind_of_mount_on_linux_is_judged(path: str, kind: str, shared: bool) -> None:
    mount = innermost(list(linux_mounts(LINUX)), Path(path))
    assert mount is not None
    assert (mount.kind, mount.shared) == (kind, shared)


@pytest.mark.parametrize(
    ("path", "shared"),
    [
        ("/System/Volumes/Data/Users/sam/contacts.db", False),
        ("/Volumes/study (one)/contacts.db", True),
        ("/Users/sam/contacts.db", False),
    ],
)
def test_each_kind_of_mount_on_a_mac_is_judged(path: str, shared: bool) -> None:
    mount = innermost(list(mac_mounts(MAC)), Path(path))
    assert mount is not None
    assert mount.shared is shared


def test_of_two_mounts_at_one_point_the_later_one_counts() -> None:
    mounts = [Mount("/mnt", "ext4", "/dev/sda", "8:0"), Mount("/mnt", "nfs", "files:/x", "0:9")]
    found = innermost(mounts, Path("/mnt/contacts.db"))
    assert found is not None
    assert found.kind == "nfs"


def test_the_root_of_a_container_is_nobody_elses() -> None:
    mount = innermost(list(linux_mounts(GVISOR)), Path("/home/sam/study/contacts.db"))
    assert mount is not None
    assert not mount.shared


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="this system has no /proc")
def test_this_machine_says_what_the_tests_lie_on(tmp_path: Path) -> None:
    mount = mount_of(tmp_path)
    assert mount is not None
    assert mount.kind
    assert what_is_wrong_here(tmp_path / "contacts.db") is None


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or shutil.which("unshare") is None,
    reason="only root may mount, and only Linux for itself alone",
)
def test_a_real_mount_of_this_machine_is_found(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    code = (
        "import sys; from pathlib import Path; from newsletter.database import mount_of, reason_not_here\n"
        "path = Path(sys.argv[1]) / 'contacts.db'; mount = mount_of(path)\n"
        "print(mount.kind, mount.point == str(path.parent), mount.shared, reason_not_here(path))"
    )
    script = 'mount -t tmpfs tmpfs "$1" && exec "$2" -c "$3" "$1"'
    words = ["unshare", "--mount", "sh", "-c", script, "sh", str(tmp_path / "a b"), sys.executable, code]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    if "unshare failed" in run.stderr or "permission denied" in run.stderr.lower():
        pytest.skip(f"this container may not mount: {run.stderr.strip()}")
    assert run.stdout == "tmpfs True False None\n", run.stderr


@pytest.mark.parametrize(
    ("folder", "program"),
    [
        ("Dropbox", "Dropbox"),
        ("Dropbox (University)", "Dropbox"),
        ("OneDrive", "OneDrive"),
        ("OneDrive - University of Example", "OneDrive"),
        ("Google Drive", "Google Drive"),
        ("Library/Mobile Documents/com~apple~CloudDocs", "iCloud"),
        ("Library/CloudStorage/OneDrive-UniversityofExample", "OneDrive"),
        ("Library/CloudStorage/Box-Box", "Box"),
        ("Nextcloud", "Nextcloud"),
        ("Box", "Box"),
    ],
)
def test_folders_of_programs_that_copy_are_known_by_name(home: Path, folder: str, program: str) -> None:
    place = home / folder / "work" / "study"
    place.mkdir(parents=True)
    reason = reason_not_here(place / "contacts.db")
    assert reason is not None
    assert program in reason


@pytest.mark.parametrize(
    "folder", ["Boxes", "work/Box", "Dropbox-old", "my Nextcloud", "Drive", "OneDriveway"]
)
def test_folders_that_only_sound_alike_are_left_alone(home: Path, folder: str) -> None:
    assert reason_not_here(home / folder / "contacts.db") is None


@pytest.mark.parametrize(
    ("mark", "program"),
    [(".stfolder", "Syncthing"), (".dropbox.cache", "Dropbox"), (".tmp.drivedownload", "Google Drive")],
)
def test_folders_are_known_by_the_marks_that_programs_leave(tmp_path: Path, mark: str, program: str) -> None:
    (tmp_path / mark).mkdir()
    place = tmp_path / "study" / "2022"
    place.mkdir(parents=True)
    reason = reason_not_here(place / "contacts.db")
    assert reason is not None
    assert f"{program} copies to other computers ({tmp_path.resolve()})" in reason


def test_the_folder_in_which_dropbox_keeps_its_own_settings_is_no_mark(home: Path) -> None:
    (home / ".dropbox").mkdir()
    assert reason_not_here(home / "study" / "contacts.db") is None


def test_folders_are_known_by_the_settings_of_dropbox_and_nextcloud(home: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    (home / ".dropbox").mkdir()
    (home / ".dropbox" / "info.json").write_text(
        json.dumps({"personal": {"path": str(one)}}), encoding="utf-8"
    )
    settings = home / "config" / "Nextcloud" / "nextcloud.cfg"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[Accounts]\n0\\Folders\\1\\localPath={two}/\n", encoding="utf-8")
    assert "Dropbox" in (reason_not_here(one / "study" / "contacts.db") or "")
    assert "Nextcloud" in (reason_not_here(two / "study" / "contacts.db") or "")
    assert reason_not_here(tmp_path / "three" / "contacts.db") is None


def test_settings_that_make_no_sense_say_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # what a name such as '.' would lead to
    (home / ".dropbox").mkdir()
    for text in (
        "",
        "[]",
        '{"personal": 1}',
        '{"personal": {"path": 5}}',
        '{"personal": {"path": "."}}',
        "\x00",
    ):
        (home / ".dropbox" / "info.json").write_text(text, encoding="utf-8")
        assert reason_not_here(tmp_path / "contacts.db") is None


def test_a_link_into_a_copied_folder_is_followed(home: Path, tmp_path: Path) -> None:
    (home / "Dropbox" / "study").mkdir(parents=True)
    (tmp_path / "study").symlink_to(home / "Dropbox" / "study")
    assert "Dropbox" in (reason_not_here(tmp_path / "study" / "contacts.db") or "")


def test_somebody_who_knows_may_send_all_the_same(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = home / "Dropbox" / "contacts.db"
    monkeypatch.setenv("NEWSLETTER_ALLOW_SYNCED", "1")
    assert reason_not_here(place) is None
    assert what_is_wrong_here(place) is not None


def test_nothing_is_sent_from_a_folder_that_is_copied_though_changes_are_counted(db: Database) -> None:
    (db.path.parent / ".stfolder").mkdir()
    assert "Syncthing" in (reason_not_to_send(db) or "")
    assert reason_to_adopt(db) is None
    generation = db.one("SELECT generation FROM identity")
    db.conn.execute("INSERT INTO rates VALUES ('sender', 1.0, '')")
    keep_anchored(db)
    assert db.one("SELECT generation FROM identity") != generation
    shutil.rmtree(db.path.parent / ".stfolder")
    assert reason_not_to_send(db) is None
