"""Links that end with a token, encoded: what is everybody's in them once, and a reader's token put in its place."""

import functools
import html
from typing import NamedTuple

from newsletter.outbox.compiled import prove
from newsletter.outbox.dkim import prove_relaxed
from newsletter.outbox.quoted import SOFT_BREAK, joinable, quote
from newsletter.tokens import TOKEN_LENGTH

# Small letters and digits as every token is, none of which is ever encoded or means something first in a line.
_ANY = "a" * TOKEN_LENGTH


class Frame(NamedTuple):
    """An encoded link up to its token, and how that is cut by the ends of lines: so many letters in each."""

    before: bytes
    cuts: tuple[slice, ...]

    def around(self, token: bytes) -> bytes:
        """The link with this token, so ended that what follows begins at column 0."""
        return self.before + SOFT_BREAK.join([token[cut] for cut in self.cuts]) + SOFT_BREAK


def linked(text: str) -> tuple[bytes, bytes] | None:
    """A link as it stands in the text part and in the HTML, proven; None where it does not end with a token."""
    token = text[-TOKEN_LENGTH:]
    if len(token) < TOKEN_LENGTH or not (token.isascii() and token.isalnum() and token.islower()):
        return None
    in_text, in_html = frames(text[:-TOKEN_LENGTH])
    octets = token.encode("ascii")
    return in_text.around(octets), in_html.around(octets)


@functools.lru_cache(maxsize=64)
def frames(before: str) -> tuple[Frame, Frame]:
    """A link that begins so and ends with a token, in the text part and in the HTML, proven."""
    return _frame(before + _ANY), _frame(html.escape(before) + _ANY)


def _frame(link: str) -> Frame:
    """Taken from the link as it is encoded, line by line from its end."""
    piece = joinable(quote(link))
    prove(b"\r\n" + piece)
    prove_relaxed(piece)
    lines = piece.removesuffix(SOFT_BREAK).split(SOFT_BREAK)
    cuts: list[slice] = []
    end = TOKEN_LENGTH
    while True:
        line = lines.pop()
        start = max(end - len(line), 0)
        cuts.insert(0, slice(start, end))
        if not start:
            return Frame(SOFT_BREAK.join([*lines, line[: len(line) - end]]), tuple(cuts))
        end = start
