"""Greetings encoded: what is everybody's in them once, and a reader's name put in its place."""

import functools
import re
from collections.abc import Callable
from typing import NamedTuple

from newsletter.outbox.compiled import prove
from newsletter.outbox.quoted import SOFT_BREAK, WIDTH, quoted

# What stands for itself wherever it stands but first in a line, in quoted-printable and in HTML.
_PLAIN = re.compile(r"[A-Za-z0-9-]+(?: [A-Za-z0-9-]+)*")
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
        if len(called) <= self._room and _PLAIN.fullmatch(called):
            before, after, in_text, text_ends, in_html, html_ends = self._frame
            return Greeting(
                f"{before}{called}{after}", f"{in_text}{called}{text_ends}", f"{in_html}{called}{html_ends}"
            )
        return _encoded(self._greet(name, given_name))


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
