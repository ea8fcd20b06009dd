"""Octets that a stranger sent, as text: by the charset they claim where it can be, and never by an exception."""

import binascii
import codecs
import re

# Codecs of Python's that are no charsets of mail, or take long: each is a way to hurt with.
_REFUSED = frozenset(
    ["idna", "mbcs", "oem", "punycode", "raw_unicode_escape", "undefined", "unicode_escape", "utf_7"]
)
# What programs write that do not know what they write: most of it is UTF-8 or Windows' Western European.
_GUESSED = frozenset(["ascii", "utf-8", "iso8859-1", "cp1252"])
_LINE_ENDS = re.compile(r"\r{0,2}\n|\r")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_NO_CHARACTER = re.compile(r"[\0\ud800-\udfff]")


def clipped(raw: bytes, start: int, end: int, limit: int) -> bytes:
    """What stands from `start` to `end`, at most `limit` octets once every line ends with a bare LF.

    The same for CR, LF and CRLF; no more than twice the limit is copied.
    """
    piece = raw[start : min(end, start + 2 * limit)]
    return piece.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")[:limit]


def as_text(raw: bytes) -> str:
    """UTF-8 where it is that; else as Windows writes Western Europe, since most of what is undeclared comes from there."""
    try:
        return _clean(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        # The end of what was clipped may be half a character, and the rest still UTF-8.
        if error.reason == "unexpected end of data" and error.start:
            return _clean(raw[: error.start].decode("utf-8"))
        return _clean(raw.decode("cp1252", "replace"))


def decoded(raw: bytes, charset: str) -> str:
    """The text, lines ended by LF. A charset that is unknown, or that the octets do not follow, is not believed."""
    try:
        codec = codecs.lookup(charset.strip("\"' ").partition("*")[0] or "utf-8")
    except (LookupError, ValueError):
        return as_text(raw)
    if codec.name in _GUESSED or codec.name.replace("-", "_") in _REFUSED:
        return as_text(raw)
    try:
        return _clean(raw.decode(codec.name, "replace"))
    except (LookupError, ValueError):  # `hex`, `zip` and their like are no charsets
        return as_text(raw)


def unwrapped(raw: bytes, encoding: str) -> bytes:
    """The octets that were sent, by Content-Transfer-Encoding; as they are where it is unknown (RFC 2045 section 6)."""
    way = encoding.strip("\"' ").lower()
    if way == "quoted-printable":
        return binascii.a2b_qp(raw)
    if way != "base64":
        return raw
    bare = _NOT_BASE64.sub(b"", raw.partition(b"=")[0])
    return binascii.a2b_base64(bare[: len(bare) - (len(bare) % 4 == 1)] + b"==")


def _clean(text: str) -> str:
    """Without what no file or database takes: NUL, and halves of surrogate pairs."""
    return _NO_CHARACTER.sub("\ufffd", _LINE_ENDS.sub("\n", text))
