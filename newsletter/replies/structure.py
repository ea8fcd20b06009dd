"""The parts of a message, walked once within bounds: whatever the octets, in little time, and without an exception."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from newsletter.replies.decoding import clipped, decoded, unwrapped
from newsletter.replies.headers import BLOCK_LIMIT, FIELDS_LIMIT, Headers, parameters, read_headers

#: Levels of multipart and message within each other, parts in all, and octets of the text of one part, of one
#: in a message that came back (which is ours, and need not be read whole), and of all.
DEPTH_LIMIT = 24
PARTS_LIMIT = 200
TEXT_LIMIT = 200_000
RETURNED_LIMIT = 60_000
TEXTS_LIMIT = 800_000

# How often a boundary's octets may stand in a message without parting anything, and how much is searched for them.
_CANDIDATES = 20_000
_SEARCHED = 400_000_000
_PLAIN = "text/plain"
_MESSAGES = ("message/rfc822", "message/global")
#: Reports and receipts by their types, of which the second is for addresses beyond ASCII (RFC 6533).
DELIVERY_REPORTS = ("message/delivery-status", "message/global-delivery-status")
RECEIPTS = ("message/disposition-notification", "message/global-disposition-notification")
# The second and third are slips of programs, the last is for addresses beyond ASCII (RFC 6533).
_HEADERS = ("text/rfc822-headers", "text/rfc822-header", "message/rfc822-headers", "message/global-headers")
_EMPTY_LINES = re.compile(rb"[ \t\r\n]*[\r\n]|")
_END_OF_LINE = re.compile(rb"[ \t]*(?:\r{0,2}\n|\r|\Z)")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message: a container, a leaf, or (the first of all) the message itself.

    `type` is in small letters, 'text/plain' where none is said; `level` counts the messages that this one lies in: 0
    is what was sent to us, 1 what that has attached, such as the message that came back. `text` is what a leaf of
    text/* or message/* says, decoded, lines ended by LF, at most TEXT_LIMIT octets of it; '' for all that is packed.
    """

    type: str
    headers: Headers
    level: int = 0
    text: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """The parts in the order in which they stand, the message itself first; `fault` is why not all were walked."""

    parts: tuple[Part, ...]
    fault: str = ""

    @property
    def headers(self) -> Headers:
        """The message's own."""
        return self.parts[0].headers

    def of_type(self, *types: str, level: int | None = None) -> tuple[Part, ...]:
        """The parts of any of these types; with `level`, of that one only."""
        return tuple(
            part for part in self.parts if part.type in types and (level is None or part.level == level)
        )

    @property
    def returned(self) -> Headers:
        """The fields of the first message attached, or of text/rfc822-headers; empty where nothing came back."""
        for part in self.parts:
            if part.type in _HEADERS:
                return read_headers(part.text.strip().encode("utf-8", "replace"))[0]
            if part.level == 1:
                return part.headers
        return Headers()


@dataclass(frozen=True, slots=True)
class _Region:
    """Octets that are still to be walked: a part with its fields."""

    raw: bytes
    start: int
    end: int
    depth: int
    level: int
    default: str = _PLAIN


class _Walk:
    """What a walk may still spend, and why it did not see everything."""

    def __init__(self) -> None:
        self.texts = TEXTS_LIMIT
        self.searched = _SEARCHED
        self.candidates = _CANDIDATES
        self.fault = ""


def read_structure(raw: bytes) -> Message:
    """The parts of the message, however it was made. Never raises; the same for CR, LF and CRLF."""
    walk = _Walk()
    parts: list[Part] = []
    waiting = [_Region(raw, _beginning(raw, 0, len(raw)), len(raw), 0, 0)]
    while waiting:
        if len(parts) >= PARTS_LIMIT:
            walk.fault = walk.fault or "too many parts"
            break
        part, within = _opened(waiting.pop(), walk)
        parts.append(part)
        waiting.extend(reversed(within))
    return Message(tuple(parts), walk.fault)


def _beginning(raw: bytes, start: int, end: int) -> int:
    """Past the empty lines and blanks that some programs put before a message."""
    found = _EMPTY_LINES.match(raw, start, min(end, start + BLOCK_LIMIT))
    return found.end() if found else start


def _opened(region: _Region, walk: _Walk) -> tuple[Part, list[_Region]]:
    """The part, and what lies in it."""
    headers, body = read_headers(region.raw, region.start, region.end)
    if len(headers.fields) >= FIELDS_LIMIT:
        walk.fault = walk.fault or "too many header fields"
    kind, words = parameters(headers.get("content-type"))
    kind = kind if kind.count("/") == 1 else region.default
    empty = Part(kind, headers, region.level, parameters=words)
    inner = replace(region, start=body, depth=region.depth + 1)
    within: list[_Region] = []
    if kind.startswith("multipart/") or kind in _MESSAGES:
        if region.depth >= DEPTH_LIMIT:
            walk.fault = walk.fault or "nested too deeply"
            return empty, []
        within = list(_parts(empty, inner, walk) if kind not in _MESSAGES else _carried(empty, inner))
    return (empty if within else replace(empty, text=_text(empty, inner, walk))), within


def _carried(part: Part, body: _Region) -> Iterator[_Region]:
    """The message that a part carries; packed, against RFC 2046 section 5.2.1, by some."""
    raw, start, end = body.raw, body.start, body.end
    encoding = part.headers.get("content-transfer-encoding")
    if encoding.strip().lower() in ("base64", "quoted-printable"):
        raw = unwrapped(clipped(raw, start, end, TEXT_LIMIT), encoding)
        start, end = 0, len(raw)
    yield replace(
        body, raw=raw, start=_beginning(raw, start, end), end=end, level=body.level + 1, default=_PLAIN
    )


def _parts(part: Part, body: _Region, walk: _Walk) -> Iterator[_Region]:
    """The parts of a multipart; nothing where its boundary is not to be found."""
    boundary = part.parameters.get("boundary", "").strip()
    default = "message/rfc822" if part.type == "multipart/digest" else _PLAIN
    begun = -1
    for at, after, last in (
        _delimiters(body, b"--" + boundary.encode("utf-8", "replace"), walk) if boundary else ()
    ):
        if begun >= 0:
            yield replace(body, start=begun, end=_before_line(body.raw, begun, at), default=default)
        begun = -1 if last else after
        if last:
            return
    if begun >= 0:
        yield replace(body, start=begun, default=default)


def _delimiters(body: _Region, mark: bytes, walk: _Walk) -> Iterator[tuple[int, int, bool]]:
    """Where each line stands that is the boundary, where the next begins, and whether it is the closing one."""
    raw, position, end = body.raw, body.start, body.end
    while True:
        at = raw.find(mark, position, end)
        walk.searched -= (end if at < 0 else at) - position
        if at < 0:
            return
        position = at + len(mark)
        walk.candidates -= 1
        if walk.candidates < 0 or walk.searched < 0:
            walk.fault = walk.fault or "too large"
            return
        last = raw.startswith(b"--", position)
        found = _END_OF_LINE.match(raw, position + 2 * last, end)
        if found and (at == body.start or raw[at - 1 : at] in (b"\r", b"\n")):
            yield at, found.end(), last


def _before_line(raw: bytes, start: int, at: int) -> int:
    """Where the line before `at` ends: its end belongs to the boundary (RFC 2046 section 5.1.1)."""
    for ending in (b"\r\r\n", b"\r\n", b"\n", b"\r"):
        if raw.endswith(ending, start, at):
            return at - len(ending)
    return at


def _text(part: Part, body: _Region, walk: _Walk) -> str:
    """What a leaf says. A multipart whose parts were not found is read as one; what is packed is left so."""
    if not part.type.startswith(("text/", "message/", "multipart/")):
        return ""
    limit = min(RETURNED_LIMIT if part.level else TEXT_LIMIT, walk.texts)
    raw = clipped(body.raw, body.start, body.end, limit)
    walk.texts -= len(raw)
    if len(raw) == limit and not part.level:
        walk.fault = walk.fault or "too large"
    if not part.type.startswith("multipart/"):
        raw = unwrapped(raw, part.headers.get("content-transfer-encoding"))
    return decoded(raw, part.parameters.get("charset", ""))
