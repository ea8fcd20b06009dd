"""Header fields as they were found, in any state: bounded, unfolded, encoded words read where they can be."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.replies.decoding import as_text, decoded

#: What is read of a block of header fields: octets in all, fields, and characters of one value.
BLOCK_LIMIT = 256_000
FIELDS_LIMIT = 1_000
VALUE_LIMIT = 8_000

# What ends a line: CRLF, and the bare CR and LF and the doubled CR that gateways leave.
_LINE = re.compile(rb"[^\r\n]*(\r{0,2}\n|\r|\Z)")
# RFC 5322 section 3.6.8, with the blanks before the colon that section 4.5 says are met.
_EMPTY_LINE = re.compile(rb"(?:\r\n|\r(?!\n)|\n)[ \t]*(?:\r\n|\r|\n)")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*([^\r\n]*)")
_ENVELOPE = re.compile(rb">?From [^\r\n]*")  # an mbox's first line, kept by whoever cut the message out
_BLANK = re.compile(rb"[ \t]*")
# RFC 2047 section 2, and the blanks inside of the text that mail programs put there all the same.
_ENCODED = re.compile(r"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"(\?=)[ \t]+(?==\?)")


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields in their order: names in small letters, values on one line, encoded words still encoded."""

    fields: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The first value of that name, encoded words read; '' where there is none."""
        return next((readable(value) for known, value in self.fields if known == name), "")

    def every(self, name: str) -> tuple[str, ...]:
        """All values of that name, encoded words read."""
        return tuple(readable(value) for known, value in self.fields if known == name)

    def __contains__(self, name: str) -> bool:
        return any(known == name for known, _ in self.fields)


def read_headers(raw: bytes, start: int = 0, end: int | None = None) -> tuple[Headers, int]:
    """The fields that begin at `start`, and where what follows them begins.

    They end at a line that is empty or no field. What is beyond the limits is left out, not looked at.
    """
    fields: list[tuple[str, bytearray]] = []
    position, first = start, True
    end = len(raw) if end is None else end
    for line, after in _lines(raw, start, end):
        if _BLANK.fullmatch(line):
            return _headers(fields), after
        field = _FIELD.match(line)
        if fields and line[:1] in b" \t":
            _lengthen(fields[-1][1], line)
        elif field and not (first and _ENVELOPE.fullmatch(line)):
            if len(fields) < FIELDS_LIMIT:
                fields.append((field[1].decode("ascii").lower(), bytearray(field[2][:VALUE_LIMIT])))
        elif not (first and _ENVELOPE.fullmatch(line)):
            return _headers(fields), position
        position, first = after, False
    return _headers(fields), _past(raw, position, end)


def blocks(text: str) -> tuple[Headers, ...]:
    """The blocks of fields in a text, parted by empty lines, as in a delivery status (RFC 3464 section 2.1)."""
    raw = text.encode("utf-8", "replace")[:BLOCK_LIMIT]
    found = (read_headers(block.strip(b"\n"))[0] for block in re.split(rb"\n[ \t]*\n", raw))
    return tuple(headers for headers in found if headers.fields)


def readable(value: str) -> str:
    """The value with its encoded words read (RFC 2047); those that cannot be stay as they are."""
    if "=?" not in value:
        return value
    return _ENCODED.sub(_word, _BETWEEN.sub(r"\1", value))


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """Of a Content-Type or its like: the word in small letters, and the parameters, continued ones joined (RFC 2231)."""
    head, _, rest = value.partition(";")
    found: dict[str, str] = {}
    for name, quoted, bare in _PARAMETER.findall(rest[:VALUE_LIMIT]):
        plain = name.lower().partition("*")[0]
        text = _UNQUOTE.sub(r"\1", quoted) if quoted else bare
        found[plain] = found.get(plain, "") + text if "*" in name else found.get(plain, text)
    return "".join(head.split()).lower(), found


_PARAMETER = re.compile(r'([A-Za-z0-9_.*-]{1,60})\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^\s;"]+))')
_UNQUOTE = re.compile(r"\\(.)")


def _lines(raw: bytes, start: int, end: int) -> Iterator[tuple[bytes, int]]:
    """The lines from `start`, and where each ends, until BLOCK_LIMIT octets were given, their ends counted as one."""
    given = 0
    while start < end and given < BLOCK_LIMIT:
        found = _LINE.match(raw, start, min(end, start + BLOCK_LIMIT + 2))
        if found is None:  # cannot be: the expression matches nothing too
            return
        line = raw[start : found.start(1)]
        given, start = given + len(line) + 1, found.end()
        yield line, start


def _past(raw: bytes, start: int, end: int) -> int:
    """Where the first empty line from `start` on has ended: after a flood of fields."""
    found = _EMPTY_LINE.search(raw, start, end)
    return found.end() if found else end


def _lengthen(value: bytearray, line: bytes) -> None:
    if len(value) < VALUE_LIMIT:
        value += b" " + line.strip()[: VALUE_LIMIT - len(value)]


def _headers(fields: list[tuple[str, bytearray]]) -> Headers:
    return Headers(tuple((name, as_text(bytes(value)).strip()) for name, value in fields))


def _word(found: re.Match[str]) -> str:
    charset, way, text = found.groups()
    try:
        if way in "bB":
            raw = binascii.a2b_base64(text.encode("ascii") + b"==")
        else:
            raw = binascii.a2b_qp(text.encode("ascii"), header=True)
    except (ValueError, UnicodeError):
        return found[0]
    return " ".join(decoded(raw, charset).split("\n"))
