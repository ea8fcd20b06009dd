"""The bytes of a message: an edition encoded once, into which each reader's values are spliced."""

import base64
import datetime as dt
import email.utils
import hashlib
import html
from collections.abc import Iterator
from dataclasses import dataclass, replace

from newsletter.config import Config
from newsletter.edition import Edition, EditionPicture, Personal, Slot, sample_personal, split_slots
from newsletter.errors import ProofFailed
from newsletter.outbox.headers import mailbox_header, mailto, text_header
from newsletter.outbox.letterhead import INERT, Letterhead, Tokens, letterhead, message_id, stop_link
from newsletter.outbox.quoted import joinable, quote

_ALTERNATIVE, _RELATED = "boundary a", "boundary r"
_LONGEST_LINE = 998  # RFC 5322 section 2.1.1; in the body the encodings see to it
_EPOCH = dt.datetime(2000, 1, 1, 12, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Letter:
    """What makes a message one reader's; `name` and `email` are the recipient's, `date` the Date header."""

    name: str
    email: str
    personal: Personal
    tokens: Tokens
    date: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """An edition ready for splicing: bytes that are everybody's, and the names of what goes between."""

    languages: tuple[str, ...]
    subject: str
    pieces: tuple[bytes | str, ...]


def date_header(now: dt.datetime) -> str:
    """`now` as RFC 5322 writes it, to the second."""
    return email.utils.format_datetime(now.astimezone(dt.UTC))


def compile_edition(edition: Edition) -> Compiled:
    """Encode what all readers of an edition share; costs milliseconds, once."""
    return Compiled(edition.languages, text_header("Subject", edition.subject), tuple(_body(edition)))


def marked_as_test(compiled: Compiled, edition: Edition) -> Compiled:
    """The same with '[Test]' before its subject."""
    return replace(compiled, subject=text_header("Subject", f"[Test] {edition.subject}"))


def build_message(compiled: Compiled, head: Letterhead, letter: Letter) -> bytes:
    """The whole message, CRLF throughout; the same input gives the same bytes.

    Raises ProofFailed if a line end or a line's length came out in a way that SMTP forbids.
    """
    values = {name: _value(name, letter) for name in dict.fromkeys(compiled.pieces) if isinstance(name, str)}
    pieces = (piece if isinstance(piece, bytes) else values[piece] for piece in compiled.pieces)
    message = _headers(compiled, head, letter).encode() + b"".join(pieces)
    _prove(message)
    return message


def sample_message(edition: Edition, config: Config) -> bytes:
    """A message to nobody, to look at: inert tokens, a fixed date, always the same bytes."""
    personal = sample_personal(config, *edition.languages)
    letter = Letter("Sam Example", "sam@example.org", personal, INERT, date_header(_EPOCH))
    return build_message(compile_edition(edition), letterhead(config), letter)


def digest_of(message: bytes) -> str:
    """The SHA-256 (hex) by which a resend is known to be the same bytes."""
    return hashlib.sha256(message).hexdigest()


def _headers(compiled: Compiled, head: Letterhead, letter: Letter) -> str:
    return "".join(
        (
            mailbox_header("From", head.name, head.email),
            mailbox_header("To", letter.name, letter.email),
            mailbox_header("Reply-To", "", head.reply_to),
            compiled.subject,
            f"Date: {letter.date}\r\n",
            f"Message-ID: {message_id(head, letter.tokens)}\r\n",
            mailbox_header("List-Id", head.name, head.list_id),
            _opt_out(head, letter.tokens),
            "Auto-Submitted: auto-generated\r\n",
            "MIME-Version: 1.0\r\n",
            f'Content-Type: multipart/alternative; boundary="{_boundary("a", letter)}"\r\n\r\n',
        )
    )


def _opt_out(head: Letterhead, tokens: Tokens) -> str:
    """List-Unsubscribe, never cut or encoded (the links are longer than a line), and RFC 8058's header."""
    by_mail = f"<{mailto(head.reply_to, f'unsubscribe {tokens.unsubscribe}')}>"
    if not head.public_url:
        return f"List-Unsubscribe: {by_mail}\r\n"
    return (
        f"List-Unsubscribe: <{stop_link(head, tokens)}>,\r\n {by_mail}\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    )


def _body(edition: Edition) -> Iterator[bytes | str]:
    yield from _open_part(_ALTERNATIVE, "text/plain; charset=utf-8")
    yield from _spliced(edition.text, edition.marker, "text")
    if edition.pictures:
        yield from (
            b"\r\n--",
            _ALTERNATIVE,
            b'\r\nContent-Type: multipart/related; type="text/html"; boundary="',
        )
        yield from (_RELATED, b'"\r\n\r\n')
    yield from _open_part(_RELATED if edition.pictures else _ALTERNATIVE, "text/html; charset=utf-8", b"\r\n")
    yield from _spliced(edition.html, edition.marker, "html")
    for picture in edition.pictures:
        yield from (b"\r\n--", _RELATED, _picture(picture))
    if edition.pictures:
        yield from (b"\r\n--", _RELATED, b"--")
    yield from (b"\r\n--", _ALTERNATIVE, b"--\r\n")


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


def _value(name: str, letter: Letter) -> bytes:
    if name in {_ALTERNATIVE, _RELATED}:
        return _boundary("a" if name == _ALTERNATIVE else "r", letter).encode()
    kind, slot = name.split()
    text = letter.personal.of(slot)
    return joinable(quote(html.escape(text) if kind == "html" else text))


def _boundary(which: str, letter: Letter) -> str:
    # '=_' cannot occur in quoted-printable nor in base64 (RFC 2045 section 6.7): no collision, whatever is inside.
    return f"=_{which}{letter.tokens.delivery}"


def _prove(message: bytes) -> None:
    ends = message.count(b"\r\n")
    if not ends == message.count(b"\r") == message.count(b"\n"):
        raise ProofFailed("a message has a bare CR or LF, which SMTP forbids; it was not sent")
    if max(map(len, message.partition(b"\r\n\r\n")[0].split(b"\r\n"))) > _LONGEST_LINE:
        raise ProofFailed(f"a message has a header line of more than {_LONGEST_LINE} octets; it was not sent")
    if b"\r\n." in message:
        raise ProofFailed("a message has a line that begins with '.'; it was not sent")
