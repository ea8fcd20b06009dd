"""The bytes of a message: an edition encoded once, into which each reader's values are spliced."""

import datetime as dt
import email.utils
import functools
import hashlib
from typing import NamedTuple

from newsletter.config import Config
from newsletter.edition import Edition, Personal, sample_personal
from newsletter.outbox.compiled import ALTERNATIVE, RELATED, Compiled, compile_edition, prove
from newsletter.outbox.dkim import Seal, Signer, body_hash, prove_relaxed, signature_header
from newsletter.outbox.headers import mailbox_header
from newsletter.outbox.letterhead import (
    INERT,
    Letterhead,
    Tokens,
    letterhead,
    message_id,
    stop_by_mail,
    stop_link,
)
from newsletter.outbox.linked import linked
from newsletter.outbox.quoted import quoted

# '=_' cannot occur in quoted-printable nor in base64 (RFC 2045 section 6.7): no collision, whatever is inside.
#: How the two boundaries begin; a token goes on.
BOUNDARY_A, BOUNDARY_R = "=_a", "=_r"
#: How the digest of an unsigned message begins.
OF_PARTS = "parts:"
_END_OF_HEADERS = b"\r\n\r\n"
_EPOCH = dt.datetime(2000, 1, 1, 12, tzinfo=dt.UTC)


class Letter(NamedTuple):
    """What makes a message one reader's; `name` and `email` are the recipient's, `date` the Date header.

    `seal` is its DKIM signature, where it was signed here.
    """

    name: str
    email: str
    personal: Personal
    tokens: Tokens
    date: str
    seal: Seal | None = None


def date_header(now: dt.datetime) -> str:
    """`now` as RFC 5322 writes it, to the second."""
    return _date_header(now.timestamp() // 1)


@functools.lru_cache(maxsize=16)
def _date_header(second: float) -> str:
    return email.utils.format_datetime(dt.datetime.fromtimestamp(second, dt.UTC))


class Written(NamedTuple):
    """A message but for what all readers share: its header section, signed or not, and its values in their order.

    So much of it is carried from one process to another; the whole may be forty times as long.
    """

    headers: bytes
    values: tuple[bytes, ...]

    def pieces(self, compiled: Compiled) -> tuple[bytes, ...]:
        """The message, of which what all readers share is not copied."""
        return (self.headers, *compiled.body(self.values))

    def whole(self, compiled: Compiled) -> bytes:
        """The message in one piece."""
        return b"".join(self.pieces(compiled))

    def digest(self, compiled: Compiled, *, signed: bool) -> str:
        """By which a resend is known to be the same bytes: two that differ anywhere have two digests.

        Of a signed message the SHA-256 (hex) of its header section, in which the signature's `bh=` is that
        of the body. Of another one 'parts:' and the SHA-256 of what all readers share, itself as a SHA-256,
        the header section and the values; none of these can have a NUL in it.
        """
        if signed:
            return hashlib.sha256(self.headers.removesuffix(_END_OF_HEADERS)).hexdigest()
        parts = b"\0".join((compiled.digest, self.headers, *self.values))
        return f"{OF_PARTS}{hashlib.sha256(parts).hexdigest()}"


def write(compiled: Compiled, head: Letterhead, letter: Letter) -> Written:
    """What is this reader's of the message, with its signature where the letter has one; the same always.

    Raises ProofFailed if a line end or a line's length came out in a way that SMTP forbids.
    """
    headers, values, _ = _parts(compiled, head, letter)
    if letter.seal:
        hashed = body_hash(b"".join(compiled.body(values)))
        headers = signature_header(letter.seal, hashed, letter.date) + headers
    return Written(headers, values)


def write_signed(
    compiled: Compiled, head: Letterhead, letter: Letter, signer: Signer
) -> tuple[Letter, Written]:
    """The letter, signed, and what `write` makes of that.

    Raises ProofFailed also where the body is not in the form that the signature is about.
    """
    headers, values, fresh = _parts(compiled, head, letter)
    prove_relaxed(fresh)
    hashed = body_hash(b"".join(compiled.body(values)))
    seal = signer.sign(headers, hashed, letter.date)
    return letter._replace(seal=seal), Written(signature_header(seal, hashed, letter.date) + headers, values)


def build_signed(
    compiled: Compiled, head: Letterhead, letter: Letter, signer: Signer
) -> tuple[Letter, bytes]:
    """The letter, signed, and its whole message."""
    letter, written = write_signed(compiled, head, letter, signer)
    return letter, written.whole(compiled)


def build_message(compiled: Compiled, head: Letterhead, letter: Letter) -> bytes:
    """The whole message, CRLF throughout; as `write`."""
    return write(compiled, head, letter).whole(compiled)


def sample_message(edition: Edition, config: Config) -> bytes:
    """A message to nobody, to look at: inert tokens, a fixed date, always the same bytes."""
    personal = sample_personal(config, *edition.languages)
    letter = Letter("Sam Example", "sam@example.org", personal, INERT, date_header(_EPOCH))
    return build_message(compile_edition(edition), letterhead(config), letter)


def is_same(written: Written, compiled: Compiled, letter: Letter, digest: str) -> bool:
    """Whether a message is the one of which this digest was kept."""
    if letter.seal or digest.startswith(OF_PARTS):
        return written.digest(compiled, signed=letter.seal is not None) == digest
    # Kept by an older version, as the SHA-256 of the whole message.
    return hashlib.sha256(written.whole(compiled)).hexdigest() == digest


def _parts(compiled: Compiled, head: Letterhead, letter: Letter) -> tuple[bytes, tuple[bytes, ...], bytes]:
    """The header section, the values in their order, and those of them that are this reader's alone."""
    to = mailbox_header("To", letter.name, letter.email)
    headers = "".join(header_section(compiled, head, to, letter.date, letter.tokens)).encode()
    values, fresh = _values(compiled, letter)
    # What is everybody's was proven when it was compiled.
    prove(headers + fresh)
    return headers, compiled.in_order(values), fresh


def header_section(compiled: Compiled, head: Letterhead, to: str, date: str, tokens: Tokens) -> list[str]:
    """The header section in pieces, of which every second is a reader's own; `to` is a whole header."""
    sender, reply_to, list_id, opt_out = _everybodys(head)
    named, at = message_id(head, Tokens("\0", "")).split("\0")
    section = [sender, to, f"{reply_to}{compiled.subject}Date: ", date, f"\r\nMessage-ID: {named}"]
    section += [tokens.delivery, f"{at}\r\n{list_id}{opt_out[0]}"]
    for piece in opt_out[1:]:
        section += [tokens.unsubscribe, piece]
    section[-1] += (
        "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/alternative; boundary="{BOUNDARY_A}'
    )
    return [*section, tokens.delivery, '"\r\n\r\n']


@functools.lru_cache(maxsize=16)
def _everybodys(head: Letterhead) -> tuple[str, str, str, list[str]]:
    """From, Reply-To and List-Id, and what stands round the token in the headers by which a reader opts out."""
    return (
        mailbox_header("From", head.name, head.email),
        mailbox_header("Reply-To", "", head.reply_to),
        mailbox_header("List-Id", head.name, head.list_id),
        _opt_out(head, Tokens("", "\0")).split("\0"),
    )


def _opt_out(head: Letterhead, tokens: Tokens) -> str:
    """List-Unsubscribe, never cut or encoded (the links are longer than a line), and RFC 8058's header."""
    by_mail = f"<{stop_by_mail(head)}{tokens.unsubscribe}>"
    if not head.public_url:
        return f"List-Unsubscribe: {by_mail}\r\n"
    return (
        f"List-Unsubscribe: <{stop_link(head, tokens)}>,\r\n {by_mail}\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    )


def _values(compiled: Compiled, letter: Letter) -> tuple[dict[str, bytes], bytes]:
    """What goes into each place, from column 0 on, and so much of it as was not proven yet."""
    token = letter.tokens.delivery
    values = {ALTERNATIVE: f"{BOUNDARY_A}{token}".encode(), RELATED: f"{BOUNDARY_R}{token}".encode()}
    fresh: list[bytes] = []
    for slot, in_text, in_html in compiled.slots:
        text = letter.personal.of(slot)
        if slot.endswith("REASON"):
            values[in_text], values[in_html] = shared(text)
        elif link := linked(text):
            values[in_text], values[in_html] = link
        else:
            values[in_text], values[in_html] = alone = quoted(text)
            fresh += alone
    return values, b"\r\n".join(fresh)


@functools.lru_cache(maxsize=4096)
def shared(text: str) -> tuple[bytes, bytes]:
    """What is said to many as it stands in the text part and in the HTML, proven."""
    pieces = quoted(text)
    for piece in pieces:
        prove(b"\r\n" + piece)
        prove_relaxed(piece)
    return pieces
