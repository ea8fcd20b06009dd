"""The octets of a message before they are read: how many at most, and with line ends that are alike."""

import re

#: Octets of a message that are read; what a bounce says stands before what it returns.
SIZE_LIMIT = 2 * 1024 * 1024

_LINE_END = re.compile(rb"\r*\n|\r")


def same_line_ends(raw: bytes) -> bytes:
    """The message with every line ended by LF, whether it came with CR, LF or CRLF."""
    return _LINE_END.sub(b"\n", raw)
