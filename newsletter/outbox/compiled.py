"""An edition encoded once, in pieces that are everybody's and proven, with places for each reader's values."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

from newsletter.edition import Edition, EditionPicture, Slot, split_slots
from newsletter.errors import ProofFailed
from newsletter.outbox.dkim import prove_relaxed
from newsletter.outbox.headers import text_header
from newsletter.outbox.quoted import joinable, quote

#: The places of the two boundaries; every other one is 'text' or 'html', a blank, and the name of a slot.
ALTERNATIVE, RELATED = "boundary a", "boundary r"
_LONGEST_LINE = 998  # RFC 5322 section 2.1.1; in the body the encodings see to less


@dataclass(frozen=True, slots=True)
class Compiled:
    """An edition ready for splicing: every second of `pieces` is everybody's, and proven.

    `in_order` takes what goes between them out of the values by place. `slots` are the personal values
    that occur, each with its place in the text and its place in the HTML. `digest` is the SHA-256 (hex) of
    all that is everybody's in it.
    """

    languages: tuple[str, ...]
    subject: str
    pieces: tuple[bytes, ...]
    in_order: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    slots: tuple[tuple[str, str, str], ...]
    digest: bytes

    def body(self, values: Sequence[bytes]) -> list[bytes]:
        """The body in pieces, with the values in order between what is everybody's."""
        pieces = [*self.pieces]
        pieces[1::2] = values
        return pieces


def compile_edition(edition: Edition) -> Compiled:
    """Encode what all readers of an edition share; costs milliseconds, once.

    Raises ProofFailed as `prove`, and where it could not be signed as it is.
    """
    pieces, places = [b""], []
    for piece in _body(edition):
        if isinstance(piece, bytes):
            pieces[-1] += piece
        else:
            places.append(piece)
            pieces += [b"", b""]
    for piece in pieces:
        # The value before it may end a line, so that its first octet would begin one.
        prove(b"\r\n" + piece)
        prove_relaxed(piece)
    names = dict.fromkeys(place.split()[1] for place in places if place not in (ALTERNATIVE, RELATED))
    slots = tuple((name, f"text {name}", f"html {name}") for name in names)
    subject = text_header("Subject", edition.subject)
    digest = hashlib.sha256(b"\0".join(pieces)).hexdigest().encode()
    return Compiled(edition.languages, subject, tuple(pieces), itemgetter(*places), slots, digest)


def marked_as_test(compiled: Compiled, edition: Edition) -> Compiled:
    """The same with '[Test]' before its subject."""
    return replace(compiled, subject=text_header("Subject", f"[Test] {edition.subject}"))


def prove(octets: bytes) -> None:
    """Raises ProofFailed for a bare CR or LF, a line too long, or one that begins with '.'."""
    lines = octets.splitlines()
    lengths = [*map(len, lines)]
    # A line ends with CR, LF or both: with two octets, each of them, only where that is always both.
    ends = len(lines) - (not octets.endswith((b"\r", b"\n")))
    if sum(lengths) + 2 * ends != len(octets):
        raise ProofFailed("a message has a bare CR or LF, which SMTP forbids; it was not sent")
    if len(octets) > _LONGEST_LINE and max(lengths) > _LONGEST_LINE:
        raise ProofFailed(f"a message has a line of more than {_LONGEST_LINE} octets; it was not sent")
    if b"\r\n." in octets:
        raise ProofFailed("a message has a line that begins with '.'; it was not sent")


def _body(edition: Edition) -> Iterator[bytes | str]:
    yield from _open_part(ALTERNATIVE, "text/plain; charset=utf-8")
    yield from _spliced(edition.text, edition.marker, "text")
    if edition.pictures:
        yield from (
            b"\r\n--",
            ALTERNATIVE,
            b'\r\nContent-Type: multipart/related; type="text/html"; boundary="',
        )
        yield from (RELATED, b'"\r\n\r\n')
    yield from _open_part(RELATED if edition.pictures else ALTERNATIVE, "text/html; charset=utf-8", b"\r\n")
    yield from _spliced(edition.html, edition.marker, "html")
    for picture in edition.pictures:
        yield from (b"\r\n--", RELATED, _picture(picture))
    if edition.pictures:
        yield from (b"\r\n--", RELATED, b"--")
    yield from (b"\r\n--", ALTERNATIVE, b"--\r\n")


def _open_part(boundary: str, kind: str, before: bytes = b"") -> Iterator[bytes | str]:
    yield from (before + b"--", boundary)
    yield f"\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".encode()


def _spliced(text: str, marker: str, kind: str) -> Iterator[bytes | str]:
    """Quoted pieces and slots, each of which begins at column 0: so no value can make a line too long."""
    for piece in split_slots(text, marker):
        yield f"{kind} {piece.name}" if isinstance(piece, Slot) else joinable(quote(piece))


def _picture(picture: EditionPicture) -> bytes:
    lines = base64.encodebytes(picture.data).replace(b"\n", b"\r\n").removesuffix(b"\r\n")
    header = (
        f"\r\nContent-Type: {picture.media_type}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-ID: <{picture.name}@newsletter>\r\nContent-Disposition: inline\r\n\r\n"
    )
    return header.encode() + lines
