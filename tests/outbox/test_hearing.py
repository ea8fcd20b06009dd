"""Replies are heard whole, and not for ever."""

import socket
from collections.abc import Iterator

import pytest

from newsletter.outbox.hearing import Ear


@pytest.fixture
def pair() -> Iterator[tuple[Ear, socket.socket]]:
    here, there = socket.socketpair()
    here.settimeout(5)
    with here, there:
        yield Ear(here), there


def test_lines_are_heard_one_by_one_however_they_arrive(pair: tuple[Ear, socket.socket]) -> None:
    ear, server = pair
    server.sendall(b"250-one\r\n250 t")
    ear.begin(5)
    assert ear.readline(100) == b"250-one\r\n"
    server.sendall(b"wo\r\nmore")
    assert ear.readline(100) == b"250 two\r\n"
    assert ear.readline(3) == b"mor"
    server.close()
    assert (ear.readline(100), ear.readline(100)) == (b"e", b"")


def test_a_server_that_speaks_drop_by_drop_is_not_waited_for_beyond_the_time(
    pair: tuple[Ear, socket.socket],
) -> None:
    ear, server = pair
    server.sendall(b"2")
    ear.begin(-1)
    with pytest.raises(TimeoutError):
        ear.readline(100)


def test_each_reply_has_the_whole_length_to_itself(pair: tuple[Ear, socket.socket]) -> None:
    ear, server = pair
    for _ in range(5):
        server.sendall(b"x" * 19_999 + b"\n")
        ear.begin(5)
        assert len(ear.readline(30_000)) == 20_000
    server.sendall(b"x" * 90_000)
    ear.begin(5)
    with pytest.raises(OSError, match="no end"):
        ear.readline(90_000)
