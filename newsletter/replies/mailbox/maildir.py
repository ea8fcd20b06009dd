"""A Maildir: a folder with a file for each message; nothing in it is deleted, and moved only where that is wanted."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from newsletter.errors import InputError
from newsletter.replies.mailbox.arrived import Arrived, Settled
from newsletter.replies.mailbox.files import by_batches, message_in

_PARTS = ("new", "cur", "tmp")


def is_maildir(path: Path) -> bool:
    """Whether the folder is a Maildir."""
    return (path / "new").is_dir() and (path / "cur").is_dir()


class Maildir:
    """The messages of a Maildir; `processed` and `aside` are folders beside the inbox (Maildir++), '' for none.

    Only those that were delivered, or touched by a mail program, after `since` (seconds as `time.time` has them).
    """

    word = "maildir"

    def __init__(self, path: Path, *, processed: str = "", aside: str = "", since: float = 0.0) -> None:
        self._path, self._processed, self._aside = path, processed, aside
        try:
            there = [
                Path(entry)
                for part in ("new", "cur")
                for entry in os.scandir(path / part)
                if _is_new(entry, since)
            ]
            self._files = sorted(there)
        except OSError as error:
            raise InputError(f"{path}: the Maildir cannot be read: {error.strerror}") from None

    @property
    def total(self) -> int:
        return len(self._files)

    def batches(self) -> Iterator[list[Arrived]]:
        there = (self._as_named_now(file) for file in self._files)
        yield from by_batches(message_in(file) for file in there if file)

    def settle(self, done: Sequence[Settled]) -> None:
        """Move what may go, and what could not be read, where folders are named for them."""
        for one in done:
            folder = self._aside if one.fault else self._processed if one.may_go else ""
            if folder and one.arrived.path:
                self._move(one.arrived.path, folder)

    def _as_named_now(self, file: Path) -> Path | None:
        """The file, whose name another program may have changed since, to say that it was seen; None: taken away."""
        if file.exists():
            return file
        unique = file.name.partition(":")[0]
        return next((other for other in (self._path / "cur").iterdir() if _is(other, unique)), None)

    def _move(self, file: Path, folder: str) -> None:
        target = self._path / ("." + folder.strip("/.").replace("/", "."))
        for part in _PARTS:
            (target / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        (target / "maildirfolder").touch()
        name = file.name if ":2," in file.name else f"{file.name}:2,"
        if now := self._as_named_now(file):
            now.rename(target / "cur" / name)


def _is_new(entry: "os.DirEntry[str]", since: float) -> bool:
    try:
        # Not the time of the last change, which a message may bring along: delivering it is a rename.
        return entry.stat().st_ctime >= since
    except FileNotFoundError:
        return True  # renamed since, and then it is looked for


def _is(file: Path, unique: str) -> bool:
    return file.name.partition(":")[0] == unique
