"""Messages in files of their own, and the one that an MTA pipes in."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from newsletter.replies.mailbox.arrived import LARGEST, MOST, MOST_OCTETS, Arrived, Settled


class Files:
    """Message files. They are only looked at: what is recorded is known again by its digest."""

    word = "file"

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths

    @property
    def total(self) -> int:
        return len(self._paths)

    def batches(self) -> Iterator[list[Arrived]]:
        yield from by_batches(message_in(path) for path in self._paths)

    def settle(self, done: Sequence[Settled]) -> None:
        """Files stay as they are."""


class Pipe:
    """One message on standard input, as an MTA hands it over."""

    word = "pipe"
    total = 1

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def batches(self) -> Iterator[list[Arrived]]:
        raw = self._stream.read(LARGEST)
        while self._stream.read(65536):
            pass  # an MTA that cannot get rid of its message takes that for a failure
        yield [Arrived("-", without_from_line(raw))]

    def settle(self, done: Sequence[Settled]) -> None:
        """The MTA takes the exit code for it."""


def message_in(path: Path) -> Arrived:
    """The message in a file; with a fault where the file cannot be read."""
    try:
        with path.open("rb") as file:
            return Arrived(str(path), without_from_line(file.read(LARGEST)), path=path)
    except OSError as error:
        return Arrived(str(path), b"", path=path, fault=f"it cannot be read: {error.strerror}")


def without_from_line(raw: bytes) -> bytes:
    """The message without the line that mailbox files and some MTAs put before it."""
    return raw.partition(b"\n")[2] if raw.startswith((b"From ", b">From ")) else raw


def by_batches(messages: Iterator[Arrived]) -> Iterator[list[Arrived]]:
    """The messages in batches that memory can hold."""
    batch, octets = list[Arrived](), 0
    for message in messages:
        batch.append(message)
        octets += len(message.raw)
        if len(batch) >= MOST or octets >= MOST_OCTETS:
            yield batch
            batch, octets = [], 0
    if batch:
        yield batch
