"""An mbox: many messages in one file, each after a line that begins with `From `; read, and never changed."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from newsletter.errors import InputError
from newsletter.replies.mailbox.arrived import LARGEST, Arrived, Settled
from newsletter.replies.mailbox.files import by_batches

# 'From ada@example.org Fri Sep 30 09:00:00 2022': a sentence that begins so has no time and no year.
_SEPARATOR = re.compile(rb"From .*\d\d:\d\d.*\d{4}")
_QUOTED = re.compile(rb">+From ")
_LINE = 64 * 1024  # octets of a line that are read at a time


class Mbox:
    """The messages of an mbox file, as many as it had when it was opened; none where nothing came after `since`."""

    word = "mbox"
    total = None

    def __init__(self, path: Path, *, since: float = 0.0) -> None:
        self._path, self._since = path, since

    def batches(self) -> Iterator[list[Arrived]]:
        try:
            with self._path.open("rb") as file, _unchanged(file):
                state = self._path.stat()
                found = enumerate(messages_in(file, state.st_size if state.st_ctime >= self._since else 0), 1)
                yield from by_batches(Arrived(f"{self._path}#{number}", raw) for number, raw in found)
        except OSError as error:
            raise InputError(f"{self._path}: the mbox cannot be read: {error.strerror}") from None

    def settle(self, done: Sequence[Settled]) -> None:
        """Others write to the file: it stays as it is, and what is recorded is known by its digest."""


def messages_in(file: BinaryIO, end: int) -> Iterator[bytes]:
    """The messages before the octet `end`, each cut off at LARGEST octets, with `>From ` read back."""
    message, begun = bytearray(), False
    for line, fresh in _lines(file, end):
        # Not all leave a blank line before it; two messages taken for one would lose the second.
        if fresh and (_SEPARATOR.match(line) or (not begun and line.startswith(b"From "))):
            if begun:
                yield bytes(message)
            message, begun = bytearray(), True
            continue
        begun = True
        if len(message) < LARGEST:
            message += line[1:] if fresh and _QUOTED.match(line) else line
            del message[LARGEST:]
    if begun:
        yield bytes(message)


def _lines(file: BinaryIO, end: int) -> Iterator[tuple[bytes, bool]]:
    """Pieces of lines, and whether one begins its line."""
    fresh = True
    while (left := end - file.tell()) > 0 and (line := file.readline(min(_LINE, left))):
        yield line, fresh
        fresh = line.endswith(b"\n")


@contextmanager
def _unchanged(file: BinaryIO) -> Iterator[None]:
    """While this lasts an MTA that keeps to the rules adds nothing, so that no message is half there."""
    try:
        import fcntl
    except ImportError:  # Windows, which has no MTA that writes mboxes
        yield
        return
    fcntl.lockf(file, fcntl.LOCK_SH)
    try:
        yield
    finally:
        fcntl.lockf(file, fcntl.LOCK_UN)
