"""A Maildir: a folder with a file for each message; nothing in it is deleted, and moved only where that is wanted."""

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
    """The messages of a Maildir; `processed` and `aside` are folders beside the inbox (Maildir++), '' for none."""

    word = "maildir"

    def __init__(self, path: Path, *, processed: str = "", aside: str = "") -> None:
        self._path, self._processed, self._aside = path, processed, aside
        try:
            self._files = sorted(file for part in ("new", "cur") for file in (path / part).iterdir())
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


def _is(file: Path, unique: str) -> bool:
    return file.name.partition(":")[0] == unique
