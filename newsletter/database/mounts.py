"""Which disk, share or other thing a path lies on, as this system's own list of mounts says it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MOUNTINFO = Path("/proc/self/mountinfo")
# `/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled)`
_MAC = re.compile(r"(?P<source>.+?) on (?P<point>/.*) \((?P<kind>[^,)]+)(?P<options>[^)]*)\)")
#: What shares files between computers, by the names that Linux gives it. Not virtiofs: it is a
#: machine's own disk under most containers on a Mac, and its shared memory holds.
_SHARED = frozenset({
    "9p", "afs", "auristorfs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "glusterfs", "gpfs", "lustre",
    "ncpfs", "nfs", "nfs4", "orangefs", "prl_fs", "pvfs2", "smb3", "smbfs", "vboxsf", "vmhgfs",
    "fuse.ceph", "fuse.ceph-fuse", "fuse.curlftpfs", "fuse.davfs", "fuse.gcsfuse", "fuse.glusterfs",
    "fuse.google-drive-ocamlfuse", "fuse.goofys", "fuse.gvfsd-fuse", "fuse.juicefs", "fuse.kio-fuse",
    "fuse.onedriver", "fuse.prl_fsd", "fuse.rclone", "fuse.s3fs", "fuse.smbnetfs", "fuse.sshfs",
    "fuse.vmhgfs-fuse",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mount:
    """Something mounted: where, of which kind, what it is made from, and (Linux) its device as 'major:minor'."""

    point: str
    kind: str
    source: str
    device: str = ""
    options: tuple[str, ...] = ()

    @property
    def shared(self) -> bool:
        """Whether other computers can write to it too, or it is only reached through a network."""
        if self.device:
            # The root itself as 9p is a container's (gVisor), and nobody else's.
            return (self.kind in _SHARED and self.point != "/") or (
                self.kind.startswith("fuse") and "://" in self.source
            )
        return "local" not in self.options and self.kind not in {"autofs", "devfs"}


def mount_of(path: Path) -> Mount | None:
    """What `path`, links followed, lies on; None where this system does not say."""
    if sys.platform == "win32":
        return None
    try:
        mounts = list(linux_mounts(_MOUNTINFO.read_text(encoding="utf-8", errors="surrogateescape")))
    except OSError:
        mounts = list(mac_mounts(_asked())) if sys.platform == "darwin" else []
    return innermost(mounts, path.resolve())


def innermost(mounts: list[Mount], path: Path) -> Mount | None:
    """The mount that `path` lies in; of several at one point the last, which hides the others."""
    around = {str(path), *map(str, path.parents)}
    inside = [mount for mount in mounts if mount.point in around]
    return max(reversed(inside), key=lambda mount: len(mount.point), default=None)


def linux_mounts(mountinfo: str) -> Iterator[Mount]:
    """The lines of /proc/self/mountinfo (man 5 proc)."""
    for line in mountinfo.splitlines():
        before, found, after = line.partition(" - ")
        fields, rest = before.split(" "), after.split(" ")
        if found and len(fields) >= 6 and len(rest) >= 2:
            yield Mount(_plain(fields[4]), rest[0], _plain(rest[1]), fields[2], tuple(fields[5].split(",")))


def mac_mounts(listed: str) -> Iterator[Mount]:
    """The lines of macOS' `mount`."""
    for line in listed.splitlines():
        if match := _MAC.fullmatch(line):
            options = tuple(option.strip() for option in match["options"].split(",") if option.strip())
            yield Mount(match["point"], match["kind"].strip(), match["source"], options=options)


def _plain(field: str) -> str:
    """A field of mountinfo with its blanks: the kernel writes them as \\040."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field)


def _asked() -> str:
    try:
        done = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
