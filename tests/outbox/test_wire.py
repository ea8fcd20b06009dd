"""What is said over a line arrives whole and in order, however little of it the system takes at once."""

import random
import socket
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from newsletter.outbox.dialogue import Offers
from newsletter.outbox.wire import Wire

PIECES = {
    "one": [b"x" * 300_000],
    "many": [bytes([65 + number % 26]) * (number * 37 % 5000) for number in range(200)],
    "more than go together": [b"%d;" % number for number in range(3000)],
    "with empty ones": [b"", b"a" * 70_000, b"", b"", b"b" * 70_000, b""],
}


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        ours.setblocking(False)
        yield ours, theirs


@pytest.mark.parametrize("pieces", PIECES.values(), ids=PIECES)
def test_pieces_arrive_whole_and_in_order_at_a_reader_that_takes_its_time(
    ends: tuple[socket.socket, socket.socket], pieces: list[bytes]
) -> None:
    ours, theirs = ends
    wire = Wire(SimpleNamespace(offered=Offers(), hand_over=lambda: (ours, b"")))  # type: ignore[arg-type]
    wanted = b"".join(pieces) + b".\r\n"
    chance, heard = random.Random(len(pieces)), b""  # noqa: S311  # amounts, not secrets
    wire.say(*pieces)
    wire.say(b".\r\n")
    while len(heard) < len(wanted):
        assert wire.said <= len(wanted)
        heard += theirs.recv(chance.randint(1, 20_000))
        wire.flush()
    assert heard == wanted
    assert (wire.said, wire.all_said, wire.broken) == (len(wanted), True, "")
