"""Whether `contacts.db` lies where SQLite's log holds: on a disk of this computer, copied by nobody."""

import os
import sys
from pathlib import Path

from newsletter.database.mounts import mount_of
from newsletter.database.synced import synced_by

#: Set to 1 by somebody who knows that it holds all the same.
ALLOW = "NEWSLETTER_ALLOW_SYNCED"
_REMOTE = 4  # DRIVE_REMOTE, as Windows counts kinds of drives


def reason_not_here(path: Path) -> str | None:
    """Why a database at `path` must not be sent from, or None where it may.

    Nothing is said against any place where NEWSLETTER_ALLOW_SYNCED is 1.
    """
    return None if os.environ.get(ALLOW) == "1" else what_is_wrong_here(path)


def what_is_wrong_here(path: Path) -> str | None:
    """As `reason_not_here`, whatever somebody allows."""
    if drive := _network_drive(path):
        return (
            f"{path.name} lies on {drive}: SQLite's write-ahead log needs memory that all programs share, which "
            "no network drive gives, and the database can be damaged without a word"
        )
    if found := synced_by(path.parent):
        program, top = found
        return (
            f"{path.name} lies in a folder that {program} copies to other computers ({top}): it copies the database "
            "in the midst of a change, and can put an older one in its place"
        )
    return None


def _network_drive(path: Path) -> str:
    """What kind of drive it is, and where, if it is reached through a network; '' where it is not."""
    if sys.platform == "win32":
        return _windows_drive(path)
    mount = mount_of(path)
    return f"a network drive ({mount.kind} at {mount.point})" if mount and mount.shared else ""


def _windows_drive(path: Path) -> str:
    import ctypes

    anchor = path.resolve().anchor
    kind = getattr(ctypes, "windll").kernel32.GetDriveTypeW(anchor)  # noqa: B009  # Windows alone has it
    return f"a network drive ({anchor})" if kind == _REMOTE or anchor.startswith("\\\\") else ""
