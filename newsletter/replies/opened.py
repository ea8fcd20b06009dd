"""A message that came in, opened: its headers, and its parts in a flat row with their words decoded.

Nothing here nests or recurses, and message/rfc822 is never entered, so that a thousand envelopes inside
each other cost as much as one. Attachments are not unpacked.
"""

import html
import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import Parser

#: Octets of a message that are read; what a bounce says stands before what it returns.
SIZE_LIMIT = 2 * 1024 * 1024
#: Multiparts inside each other, and parts in all.
DEPTH_LIMIT = 20
PARTS_LIMIT = 100

_LINE_END = re.compile(rb"\r*\n|\r")
_BREAKING = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h[1-6]|/?table|/?pre|/?blockquote|hr)\b[^<>]*>", re.I)
_UNSEEN = re.compile(r"<(style|script|head|title)\b[^<>]*>.*?</\1\s*>|<!--.*?-->", re.I | re.S)
_TAG = re.compile(r"</?[a-z!][^<>@]*>", re.I)
_NAMED_KINDS = {"message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"}


@dataclass(frozen=True, slots=True)
class Part:
    """One part that holds no others: its kind (`text/plain`), its headers, and its words."""

    kind: str
    headers: Message
    text: str

    @property
    def returned(self) -> bool:
        """Whether it is a message, or the head of one, that travels inside this one."""
        return self.kind in _NAMED_KINDS or self.kind.startswith("message/global-headers")


@dataclass(frozen=True, slots=True)
class Opened:
    """A message as it can be read; `fault` says why not all of it was, or is ''."""

    headers: Message
    parts: tuple[Part, ...]
    fault: str = ""

    def header(self, name: str) -> str:
        """The words of the first header of that name, decoded, in one line; '' where it has none."""
        return header_of(self.headers, name)


def same_line_ends(raw: bytes) -> bytes:
    """The message with every line ended by LF, whether it came with CR, LF or CRLF."""
    return _LINE_END.sub(b"\n", raw)


def open_message(raw: bytes) -> Opened:
    """The message opened. Any bytes are a message; of a very large one, only the beginning is read."""
    fault = "too large" if len(raw) > SIZE_LIMIT else ""
    whole = read_head(same_line_ends(raw[:SIZE_LIMIT]).decode("ascii", "surrogateescape"))
    waiting, parts = [(whole, 0)], list[Part]()
    while waiting and len(parts) < PARTS_LIMIT:
        message, depth = waiting.pop()
        inner = _parts_of(message)
        if inner and depth < DEPTH_LIMIT:
            waiting.extend((part, depth + 1) for part in reversed(inner))
            continue
        if inner:
            fault = "nested too deeply"
        parts.append(Part(message.get_content_type().split()[0], message, _words(message)))
    return Opened(whole, tuple(parts), "too many parts" if waiting else fault)


def read_head(text: str) -> Message:
    """A message with its headers read, and all that follows them in one piece."""
    return Parser().parsestr(text.lstrip("\n"), headersonly=True)


def header_of(message: Message, name: str) -> str:
    """The words of the first header of that name, decoded, in one line; '' where there is none."""
    try:
        value = str(message.get(name, ""))
        words = str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        words = str(message.get(name, ""))
    return " ".join(words.encode("utf-8", "replace").decode("utf-8").split())


def words_of_html(text: str) -> str:
    """What a reader of the HTML would see, in lines."""
    shown = _TAG.sub("", _BREAKING.sub("\n", _UNSEEN.sub("", text)))
    return html.unescape(shown).replace("\xa0", " ")


def _parts_of(message: Message) -> list[Message]:
    """The parts of a multipart, up to its end or the end of what came; none of anything else."""
    boundary = message.get_boundary() if message.get_content_maintype() == "multipart" else None
    if not boundary:
        return []
    mark = re.compile(rf"^--{re.escape(boundary)}(--)?[ \t]*$", re.MULTILINE)
    body = str(message.get_payload())
    marks = list(mark.finditer(body))
    if not marks:
        return []
    ends = [found.start() for found in marks[1:]] + [len(body)]
    pieces = [body[found.end() : end] for found, end in zip(marks, ends, strict=True) if not found.group(1)]
    return [_part(piece) for piece in pieces[:PARTS_LIMIT]]


def _part(piece: str) -> Message:
    """One part; a blank line at once means that it has no headers (RFC 2046 section 5.1)."""
    text = piece.removeprefix("\n")
    if text.startswith("\n"):
        text = "Content-Type: text/plain\n" + text
    return Parser().parsestr(text, headersonly=True)


def _words(message: Message) -> str:
    """The words of a part; of pictures, archives and other files, none."""
    if message.get_content_maintype() not in {"text", "message", "multipart"}:
        return ""
    payload = message.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    text = _decoded(data, str(message.get_content_charset() or ""))
    return same_lines(text)


def same_lines(text: str) -> str:
    """The text with LF alone between lines, and no NUL."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _decoded(data: bytes, charset: str) -> str:
    """The words of the octets; where the charset is unknown or wrong, as UTF-8, or else as Latin-1."""
    if b"\x1b$" in data and not charset.lower().startswith("iso-2022"):
        charset = "iso-2022-jp"
    for guess in (charset, "utf-8"):
        try:
            return data.decode(guess)
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1")
