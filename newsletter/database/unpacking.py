"""A tar archive laid out in a folder, and nothing beside it, whatever its members are called."""

import copy
import tarfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

_MODES = 0o755  # what of a member's mode is kept: nobody else may write


def unpack(archive: tarfile.TarFile, folder: Path, members: Iterable[tarfile.TarInfo] | None = None) -> None:
    """Lay out these members, or all. Raises tarfile.TarError for one that would lie elsewhere or is no file.

    Python's own filter does so (PEP 706); Python 3.11.3 and older, such as Debian 12's, have none.
    """
    if hasattr(tarfile, "data_filter"):
        archive.extractall(folder, members=members, filter="data")
    else:
        every = archive.getmembers() if members is None else members
        archive.extractall(folder, members=[_tamed(member) for member in every])  # noqa: S202  # as tamed


def _tamed(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The member, with no more rights than it needs. Raises tarfile.TarError."""
    name = PurePosixPath(member.name)
    # A symbolic link starts where it lies, a hard link at the top.
    target = name.parent / member.linkname if member.issym() else PurePosixPath(member.linkname)
    if not (member.isfile() or member.isdir() or member.issym() or member.islnk()):
        raise tarfile.TarError(f"{member.name!r} is no file")
    if _leaves(name) or _leaves(target):
        raise tarfile.TarError(f"{member.name!r} would lie outside the folder, or leads there")
    tamed = copy.copy(member)
    tamed.mode = member.mode & _MODES | (0o700 if member.isdir() else 0o600)
    return tamed


def _leaves(path: PurePosixPath) -> bool:
    """Whether a path leads out of the folder that it is in."""
    depth = 0
    for part in path.parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return True
    return path.is_absolute()
