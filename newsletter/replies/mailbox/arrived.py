"""One message as a mailbox gives it, and by what it is known again."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from newsletter.replies.model import Kind

#: Octets of a message that are read; what a bounce says stands before what it returns.
SIZE_LIMIT = 8 * 1024 * 1024
#: Octets that are fetched of a message at most: one more than is read tells that there was more.
LARGEST = SIZE_LIMIT + 1
#: Messages, and octets of them, that are held at a time.
MOST, MOST_OCTETS = 100, 8 * 1024 * 1024

_LINE_END = re.compile(rb"\r{0,2}\n|\r")
# What is written on a message where it is delivered and kept, and may change from one look to the next.
_ON_THE_WAY = re.compile(
    rb"^(?:return-path|delivered-to|x-original-to|envelope-to|delivery-date|status|x-status|x-uid|x-keywords"
    rb"|x-imap|x-imapbase|content-length|lines|x-mozilla-(?:status2?|keys)):[^\n]*\n(?:[ \t][^\n]*\n)*",
    re.I | re.M,
)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as it lies there. `raw` is its beginning, LARGEST octets at most.

    `place` says where, in the operator's words; `uid` and `path` are what the source marks it by.
    `fault` says why it could not be had at all.
    """

    place: str
    raw: bytes
    uid: int = 0
    path: Path | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """A message that is recorded, or will never be; `fault`: it is to be put aside."""

    arrived: Arrived
    kind: Kind
    fault: str = ""

    @property
    def may_go(self) -> bool:
        """Whether nobody needs to see it any more: a person's own words stay where people look for them."""
        return not self.fault and self.kind not in ("reply", "other")


class Source(Protocol):
    """A mailbox that is read once, from its first message that is new to us to its last."""

    word: str

    @property
    def total(self) -> int | None:
        """How many messages there are to read; None where nobody can know before."""

    def batches(self) -> Iterator[Sequence[Arrived]]:
        """The messages, a few at a time. Raises ServerUnavailable or InputError where it breaks off."""

    def settle(self, done: Sequence[Settled]) -> None:
        """Mark or move a batch, now that what it says is safe. Nothing is ever deleted."""


def digest_of(raw: bytes) -> str:
    """SHA-256 over the message, the same wherever it is read: line ends and marks of delivery do not count."""
    text = _LINE_END.sub(b"\n", raw)
    if len(raw) >= LARGEST:
        # Cut off: with CRLF half as many lines fit as with LF, so that only the half is sure to be there.
        text = text[: SIZE_LIMIT // 2]
    head, blank, body = text.lstrip(b"\n").partition(b"\n\n")
    head = _ON_THE_WAY.sub(b"", head + b"\n")
    return hashlib.sha256(head + blank + body.rstrip(b"\n")).hexdigest()
