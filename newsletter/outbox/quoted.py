"""Quoted-printable in pieces that can be joined anywhere a soft break stands (RFC 2045 section 6.7)."""

import re

#: Ends a line for the eye of the transport only; the reader never sees it.
SOFT_BREAK = b"=\r\n"
_WIDTH = 75  # the 76th column is the soft break's
_PLAIN = frozenset(range(33, 127)) - {ord("=")}
_LINE_ENDS = re.compile("\r\n|\r|\n")


def quote(text: str) -> bytes:
    """`text` from column 0 on, in lines of at most 76 octets ended by CRLF, without a last line end of its own."""
    return b"\r\n".join(_quote_line(_octets(line)) for line in _LINE_ENDS.split(text))


def joinable(piece: bytes) -> bytes:
    """`piece` so ended that what follows begins at column 0."""
    return piece if not piece or piece.endswith(b"\n") else piece + SOFT_BREAK


def _octets(text: str) -> bytes:
    # A lone surrogate has no UTF-8 form; it comes from broken imports and is shown as '?'.
    return text.encode("utf-8", "replace")


def _quote_line(line: bytes) -> bytes:
    done: list[bytes] = []
    current: list[bytes] = []
    width = 0
    for position in range(len(line)):
        atom = _atom(line, position, starts=not current)
        if width + len(atom) > _WIDTH:
            done.append(b"".join(current))
            current, width = [], 0
            atom = _atom(line, position, starts=True)
        current.append(atom)
        width += len(atom)
    return SOFT_BREAK.join([*done, b"".join(current)])


def _atom(line: bytes, position: int, *, starts: bool) -> bytes:
    """One octet, as it is or as =XX."""
    octet = line[position]
    if octet == 0x20:
        return b"=20" if starts or _touches_blank(line, position) else b" "
    if octet not in _PLAIN or (starts and _means_something_first(line, position)):
        return b"=%02X" % octet
    return bytes([octet])


def _touches_blank(line: bytes, position: int) -> bool:
    # Trailing blanks are dropped on the way, and runs of blanks fall together under DKIM's
    # relaxed canonicalisation (RFC 6376 section 3.4.4): written out, nothing changes them.
    return line[position + 1 : position + 2] in (b"", b" ")


def _means_something_first(line: bytes, position: int) -> bool:
    """'.' is SMTP's, '-' might open a boundary, and 'From ' is given a '>' by mailbox files."""
    return line[position] in b".-" or line.startswith(b"From ", position)
