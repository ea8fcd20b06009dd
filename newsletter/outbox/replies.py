"""A mail server's replies, cut out of what comes over the line; none may be endless (RFC 5321 section 4.2)."""

import re

_LONGEST_LINE = 8192  # octets; RFC 5321 section 4.5.3.1.5 asks for 512
# A reply of one line, as nearly all are; any other is taken apart line by line.
_SIMPLE = re.compile(rb"([2-5][0-9]{2}) ([^\r\n]{0,8000})\r\n")
_LONGEST = 64 * 1024  # of one reply with all its lines; the longest in use have some hundreds


class NoReply(Exception):
    """What came over the line is no SMTP reply."""


class Replies:
    """Takes octets as they come, and gives whole replies."""

    def __init__(self) -> None:
        self._heard = b""

    @property
    def begun(self) -> bool:
        """Whether something has come that is no whole reply yet."""
        return bool(self._heard)

    def hear(self, data: bytes) -> None:
        """These octets have come."""
        self._heard += data

    def next(self) -> tuple[int, bytes] | None:
        """The next whole reply: its code, and its text with the lines parted by LF. Raises NoReply."""
        heard, start = self._heard, 0
        if simple := _SIMPLE.match(heard):
            self._heard = heard[simple.end() :]
            return int(simple[1]), simple[2].strip()
        texts: list[bytes] = []
        while (end := heard.find(b"\n", start)) >= 0:
            line = heard[start:end].rstrip(b"\r")
            start = end + 1
            code = line[:3]
            if (
                len(line) > _LONGEST_LINE
                or len(code) != 3
                or not code.isdigit()
                or not b"200" <= code < b"600"
            ):
                raise NoReply("the server answered something that is no SMTP reply")
            texts.append(line[4:].strip())
            if line[3:4] != b"-":
                self._heard = heard[start:]
                return int(code), texts[0] if len(texts) == 1 else b"\n".join(texts)
            if start > _LONGEST:
                break
        if len(heard) > _LONGEST or len(heard) - start > _LONGEST_LINE:
            raise NoReply("its reply has no end")
        return None
