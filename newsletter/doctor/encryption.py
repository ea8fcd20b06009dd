"""Whether a disk is encrypted, as each kind of system tells those who may not do everything."""

import os
import sys
from pathlib import Path

from newsletter.database import Mount, mount_of
from newsletter.doctor.programs import answer_of

_DEVICES = Path("/sys/dev/block")
#: Kinds of mounts that encrypt each file, whatever lies below them.
_ENCRYPTED_KINDS = {"ecryptfs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs", "fuse.securefs"}
#: Kinds that lie on no disk that can be asked.
_NO_DISK = {"overlay", "tmpfs", "ramfs", "zfs", "virtiofs", "9p"}
# What Explorer shows: 1 and 3 to 6 are protected or on the way there; no rights are needed to ask.
_BITLOCKER = "(New-Object -ComObject Shell.Application).NameSpace('{}').Self.ExtendedProperty('System.Volume.BitLockerProtection')"
_BITLOCKER_ON, _BITLOCKER_OFF = {"1", "3", "5", "6"}, {"0", "2"}

#: True, False or None (cannot be told), and by what that is known.
Answer = tuple[bool | None, str]


def encryption_of(path: Path) -> Answer:
    """Whether what `path` lies on is encrypted, and how that is known."""
    if sys.platform == "darwin":
        return read_filevault(answer_of("/usr/bin/fdesetup", "status") or "")
    if sys.platform == "win32":
        drive = path.resolve().drive
        said = answer_of("powershell", "-NoProfile", "-Command", _BITLOCKER.format(drive)) or ""
        return read_bitlocker(said, drive)
    mount = mount_of(path)
    return on_linux(mount, _DEVICES) if mount else (None, "this system does not say what it lies on")


def on_linux(mount: Mount, devices: Path) -> Answer:
    """Whether a mount's device, or one that it is made from, is dm-crypt's; `devices` is /sys/dev/block."""
    if mount.kind in _ENCRYPTED_KINDS:
        return True, mount.kind
    if mount.kind in _NO_DISK:
        return None, f"it lies on {mount.kind}"
    device = devices / mount.device
    if not device.exists():
        # btrfs and others have a number of their own; what they are made from has another.
        device = devices / _number_of(mount.source)
    if not device.exists():
        return None, f"{mount.source} is no disk of this machine"
    try:
        found = _encrypted(device)
    except OSError as unread:
        return None, f"{mount.source} does not say what it is made from ({unread.strerror})"
    return found, f"dm-crypt below {mount.point}" if found else f"{mount.source} at {mount.point}"


def _encrypted(device: Path) -> bool:
    """Whether the device, or everything that it is made from, is encrypted (LVM on LUKS has two floors).

    Raises OSError where this may not be read.
    """
    # A plain disk or partition has neither.
    uuid, parts = device / "dm" / "uuid", device / "slaves"
    if uuid.is_file() and uuid.read_text(encoding="ascii", errors="replace").startswith("CRYPT-"):
        return True
    below = sorted(parts.iterdir()) if parts.is_dir() else []
    return bool(below) and all(_encrypted(one) for one in below)


def _number_of(source: str) -> str:
    """'major:minor' of a device file; '-' where it is none."""
    try:
        number = Path(source).stat().st_rdev
    except OSError:
        return "-"
    return f"{os.major(number)}:{os.minor(number)}" if number else "-"


def read_filevault(said: str) -> Answer:
    """What macOS' `fdesetup status` means."""
    first = said.strip().partition("\n")[0]
    if first.startswith("FileVault is On"):
        return True, "FileVault"
    if first.startswith("FileVault is Off"):
        return False, "FileVault is off"
    return None, "FileVault does not say"


def read_bitlocker(said: str, drive: str) -> Answer:
    """What Windows says of a drive's protection."""
    code = said.strip()
    if code in _BITLOCKER_ON:
        return True, f"BitLocker on {drive}"
    if code in _BITLOCKER_OFF:
        return False, f"BitLocker is off on {drive}"
    return None, f"BitLocker does not say about {drive}"
