"""What the words of mail servers mean, by the patterns of `meanings.txt`.

Addresses and links are taken out of the words first, since those say 'userunknown' and 'spam' too.
"""

import functools
import re
from importlib import resources
from typing import cast, get_args

from newsletter.replies.model import Reason
from newsletter.replies.status import ADDRESS

LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_LIMIT = 2_000  # characters of words that are looked at

Meanings = tuple[tuple[Reason, re.Pattern[str]], ...]


def bare_words(text: str) -> str:
    """The text on one line, with `addr` for its addresses and without links."""
    return " ".join(LINK.sub(" ", ADDRESS.sub("addr", text[: 3 * _LIMIT])).split())[:_LIMIT]


def reason_in(words: str, *, weakly: bool = False) -> Reason | None:
    """The reason that bare words give; None where they give none. `weakly`: by words that may mean anything."""
    return next((reason for reason, pattern in _meanings(weakly) if pattern.search(words)), None)


@functools.cache
def _meanings(weakly: bool) -> Meanings:
    text = resources.files("newsletter.replies.bounces").joinpath("meanings.txt").read_text(encoding="utf-8")
    sections = re.findall(r"^\[([\w-]+)(, weakly)?\]\n((?:[^\[\n].*\n)+)", text, re.MULTILINE)
    return tuple((_reason(name), _pattern(lines)) for name, weak, lines in sections if bool(weak) == weakly)


def _reason(name: str) -> Reason:
    if name not in get_args(Reason):
        raise ValueError(f"meanings.txt: [{name}] is no reason")
    return cast(Reason, name)


def _pattern(lines: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{line})" for line in lines.splitlines()), re.IGNORECASE)
