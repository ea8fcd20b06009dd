"""Replies are cut out of what comes over the line in two ways, which find the same."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.outbox import replies
from newsletter.outbox.replies import NoReply, Replies

PIECES = st.one_of(
    st.sampled_from(
        [b"250 2.0.0 ok\r\n", b"250-one\r\n", b"354 go on\r\n", b"550  no \r\n", b"250\r\n", b"250 ok\n", b"250 \r\r\n"]
    ),
    st.binary(max_size=12),
    st.sampled_from([b"199 no\r\n", b"600 no\r\n", b"25\xb2 no\r\n", b"250 o\0k\r\n", b"250 " + b"x" * 9000 + b"\r\n"]),
)  # fmt: skip


def heard(pieces: list[bytes]) -> list[object]:
    """What is found, each piece having come by itself; 'nonsense' where it ends with that."""
    found: list[object] = []
    listening = Replies()
    try:
        for piece in pieces:
            listening.hear(piece)
            while (reply := listening.next()) is not None:
                found.append(reply)
    except NoReply:
        found.append("nonsense")
    return found


@given(pieces=st.lists(PIECES, max_size=8))
@example(pieces=[b"250 one\r\n250-two\r\n", b"250 three\r\n354 go on\r", b"\n"])
def test_the_short_way_hears_what_the_long_way_hears(pieces: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(replies, "_SIMPLE", re.compile(rb"(?!)"))
        wanted = heard(pieces)
    assert heard(pieces) == wanted


def test_several_in_one_piece_are_heard_one_by_one() -> None:
    assert heard([b"250 a\r\n354 b \r\n"]) == [(250, b"a"), (354, b"b")]
