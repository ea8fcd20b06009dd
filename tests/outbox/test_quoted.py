"""Quoted-printable that can be spliced: right for any text, and dull to every program on the way."""

import quopri
import re

from hypothesis import given
from hypothesis import strategies as st

from newsletter.outbox.quoted import joinable, quote

TEXTS = st.text(
    alphabet=st.characters(exclude_categories=["Cs"]) | st.sampled_from(list(" .-=\tF\r\n")), max_size=300
)


def plain(text: str) -> bytes:
    """The octets that a reader should see: line ends are CRLF, whatever they were."""
    return re.sub("\r\n|\r|\n", "\r\n", text).encode()


@given(TEXTS)
def test_any_text_reads_back_exactly(text: str) -> None:
    assert quopri.decodestring(quote(text)) == plain(text)


@given(st.lists(TEXTS, max_size=6))
def test_pieces_read_back_exactly_wherever_they_are_joined(texts: list[str]) -> None:
    joined = b"".join(joinable(quote(text)) for text in texts)
    assert quopri.decodestring(joined) == b"".join(plain(text) for text in texts)


@given(st.lists(TEXTS, max_size=6))
def test_no_line_is_too_long_nor_means_anything_on_the_way(texts: list[str]) -> None:
    for line in b"".join(joinable(quote(text)) for text in texts).split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"-", b"From "))
        assert not line.endswith((b" ", b"\t"))
        assert b"  " not in line
        assert b"\r" not in line
        assert b"\n" not in line
        assert line.isascii()


def test_a_lone_surrogate_is_shown_as_a_question_mark() -> None:
    assert quote("a\ud800b") == b"a?b"


def test_what_needs_no_encoding_stays_readable() -> None:
    assert quote("Dear Ada,\n\nWe have news.\n") == b"Dear Ada,\r\n\r\nWe have news.\r\n"


def octet_by_octet(text: str) -> bytes:
    """The same by the plainest means: what letters that were frozen years ago are compared with."""
    return b"\r\n".join(plain_line(line.encode("utf-8", "replace")) for line in re.split("\r\n|\r|\n", text))


def plain_line(line: bytes) -> bytes:
    done, current = [], b""
    for at, octet in enumerate(line):
        atom = plain_atom(line, at, starts=not current)
        if len(current) + len(atom) > 75:
            done.append(current)
            current, atom = b"", plain_atom(line, at, starts=True)
        current += atom
        assert octet in (atom[0], int(atom[1:] or b"0", 16))
    return b"=\r\n".join([*done, current])


def plain_atom(line: bytes, at: int, *, starts: bool) -> bytes:
    one = line[at : at + 1]
    blank = one == b" " and (starts or line[at + 1 : at + 2] in (b"", b" "))
    first = starts and (one in (b".", b"-") or line.startswith(b"From ", at))
    if blank or first or one == b"=" or not (one == b" " or 33 <= one[0] <= 126):
        return b"=%02X" % one[0]
    return one


@given(TEXTS | st.lists(st.sampled_from([*" .-=F", "From ", "x" * 25, "é", "\ud800"])).map("".join))
def test_it_is_the_same_as_octet_by_octet(text: str) -> None:
    assert quote(text) == octet_by_octet(text)
