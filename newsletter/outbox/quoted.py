"""Quoted-printable in pieces that can be joined anywhere a soft break stands (RFC 2045 section 6.7)."""

import html
import re

#: Ends a line for the eye of the transport only; the reader never sees it.
SOFT_BREAK = b"=\r\n"
#: Octets of a line; the 76th column is the soft break's.
WIDTH = 75
_PLAIN = frozenset(range(33, 127)) - {ord("=")}
_LINE_ENDS = re.compile("\r\n|\r|\n")
_DULL = bytes([*_PLAIN, 0x20, ord("=")])
#: What stands for each octet wherever it stands; blanks and what begins a line have more to them.
_ATOMS = [chr(octet) if octet in _PLAIN or octet == 0x20 else f"={octet:02X}" for octet in range(256)]
# Trailing blanks are dropped on the way, and runs of blanks fall together under DKIM's
# relaxed canonicalisation (RFC 6376 section 3.4.4): written out, nothing changes them.
_LOOSE_BLANK = re.compile(" (?=[ ]|$)")
# '.' is SMTP's, '-' might open a boundary, and 'From ' is given a '>' by mailbox files. A blank at
# the beginning of a line might be taken for a fold.
_PERHAPS_FIRST = frozenset(" .-F")
_MEANS_SOMETHING_FIRST = re.compile(r"[ .-]|F(?=rom(?: |=20))")


def quote(text: str) -> bytes:
    """`text` from column 0 on, in lines of at most 76 octets ended by CRLF, without a last line end of its own."""
    # A lone surrogate has no UTF-8 form; it comes from broken imports and is shown as '?'.
    octets = text.encode("utf-8", "replace")
    if not octets.translate(None, _DULL):
        return _wrapped(octets.replace(b"=", b"=3D").decode("ascii")).encode("ascii")
    as_text = octets.decode("latin-1")
    if "\r" not in as_text and "\n" not in as_text:
        return _wrapped(as_text.translate(_ATOMS)).encode("ascii")
    return b"\r\n".join([quote(line) for line in _LINE_ENDS.split(text)])


def joinable(piece: bytes) -> bytes:
    """`piece` so ended that what follows begins at column 0."""
    return piece if not piece or piece.endswith(b"\n") else piece + SOFT_BREAK


def quoted(text: str) -> tuple[bytes, bytes]:
    """`text` as it stands in the text part and in the HTML."""
    in_text, escaped = joinable(quote(text)), html.escape(text)
    return in_text, in_text if escaped == text else joinable(quote(escaped))


def atoms(text: str) -> str:
    """`text`, of one line and without blanks that are loose, as it stands wherever it does not begin a line."""
    return text.encode("utf-8", "replace").decode("latin-1").translate(_ATOMS)


def _wrapped(atoms: str) -> str:
    """A line of which each octet is as it stands wherever it stands, in lines that are short enough."""
    if (
        atoms
        and len(atoms) <= WIDTH
        and atoms[0] not in _PERHAPS_FIRST
        and atoms[-1] != " "
        and "  " not in atoms
    ):
        return atoms  # as most greetings and links are
    atoms = _LOOSE_BLANK.sub("=20", atoms) if " " in atoms else atoms
    lines = []
    at = 0
    while True:
        first = ""
        if atoms[at : at + 1] in _PERHAPS_FIRST and _MEANS_SOMETHING_FIRST.match(atoms, at):
            first = f"={ord(atoms[at]):02X}"
            at += 1
        end = at + WIDTH - len(first)
        if end >= len(atoms):
            lines.append(first + atoms[at:])
            return "=\r\n".join(lines)
        # An octet's =XX is not cut: it goes to the next line.
        cut = atoms.rfind("=", end - 2, end)
        end = end if cut < 0 else cut
        lines.append(first + atoms[at:end])
        at = end
