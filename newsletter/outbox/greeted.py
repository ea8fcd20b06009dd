"""Greetings encoded: what is everybody's in them once, and a reader's name put in its place."""

import functools
import re
from collections.abc import Callable
from typing import NamedTuple

from newsletter.outbox.compiled import prove
from newsletter.outbox.quoted import SOFT_BREAK, WIDTH, atoms, quoted

# Letters and digits of any script: each stands for itself in HTML, and in quoted-printable is written in the same
# way wherever it stands but first in a line. Joiners and accents that are characters of their own are not among them.
_PLAIN = re.compile(r"[\w-]+(?: [\w-]+)*")
_ANYBODY = "Xavierine"
_BREAK = SOFT_BREAK.decode("ascii")


class Greeting(NamedTuple):
    """A greeting as it is said, and as it stands in the text part and in the HTML, proven."""

    said: str
    in_text: str
    in_html: str


class Greeter:
    """Greets by `greet` in one language, which takes a name and a given name."""

    def __init__(self, greet: Callable[[str, str], str]) -> None:
        self._greet = greet
        self._room, self._frame = _frame(greet("", _ANYBODY))

    def say(self, name: str, given_name: str) -> str:
        """The greeting as it is said."""
        return self._greet(name, given_name)

    def greet(self, name: str, given_name: str) -> Greeting:
        """The greeting of one reader: put together where the name is plain and all is one line, else encoded."""
        called = given_name or name
        if not _PLAIN.fullmatch(called):
            return _encoded(self._greet(name, given_name))
        written = called if called.isascii() else atoms(called)
        if len(written) > self._room:
            return _encoded(self._greet(name, given_name))
        before, after, text_begins, text_ends, html_begins, html_ends = self._frame
        return Greeting(
            f"{before}{called}{after}",
            f"{text_begins}{written}{text_ends}",
            f"{html_begins}{written}{html_ends}",
        )


@functools.lru_cache(maxsize=1024)
def _encoded(greeting: str) -> Greeting:
    pieces = quoted(greeting)
    prove(b"\r\n" + b"\r\n".join(pieces))
    in_text, in_html = (piece.decode("ascii") for piece in pieces)
    return Greeting(greeting, in_text, in_html)


def _frame(sample: str) -> tuple[int, tuple[str, ...]]:
    """Letters for which a line has room, and what stands round the name in each form of a greeting.

    No room is where the name does not stand in it once, or what stands before it might mean something else
    together with a name.
    """
    halves = [form.split(_ANYBODY) for form in _encoded(sample)]
    if any(len(half) != 2 for half in halves) or sample.startswith((_ANYBODY, "F")):
        return 0, ()
    lines = [(before, after.removesuffix(_BREAK)) for before, after in halves[1:]]
    if any("\n" in before + after for before, after in lines):
        return 0, ()
    room = min(WIDTH - len(before) - len(after) for before, after in lines)
    return room, tuple(part for half in halves for part in half)
