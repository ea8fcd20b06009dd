"""What readers ask for by a word and a token, as our own links write it: unsubscribe, confirm, renew."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from newsletter.replies.letters.ownwords import own_words
from newsletter.replies.marks import form_of
from newsletter.replies.structure import Message
from newsletter.tokens import PURPOSES

Word = Literal["unsubscribe", "confirm", "renew"]

_WORDS: tuple[Word, ...] = ("unsubscribe", "confirm", "renew")
_TO_STOP = re.compile(form_of(PURPOSES["unsubscribe"]))
# What stands between the word and the token once mail programs have been at it.
_COMMANDS: dict[Word, re.Pattern[str]] = {
    word: re.compile(rf"(?<!\w){word}(?![^\W_])[\s:=+_.<>\"'-]{{0,9}}({form_of(PURPOSES[word])})", re.I)
    for word in _WORDS
}
# The word alone, behind whatever mail programs put before a subject: 'Re:', 'AW[2]:', '[EXTERNAL]'.
_WORD_ALONE = re.compile(
    r"(?:\s*(?:\[[^\]]{0,30}\]|[^\s:\[\]]{1,12}(?:\[\d{1,3}\])?\s?[::]))*\s*unsubscribe\s*[.!]*\s*", re.I
)
_TO = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class Command:
    """A word and the token that it is about, in small letters, unverified; the token is '' where none was sent."""

    word: Word
    token: str


def command_of(subject: str) -> Command | None:
    """What the subject of a message asks for: a word of ours and a token made for it, whatever else stands round them."""
    for text in (subject[:_LIMIT], unquote(subject[:_LIMIT])):
        for word, pattern in _COMMANDS.items():
            if found := pattern.search(text):
                return Command(word, found[1].lower())
    return None


def opt_out_in(message: Message) -> Command | None:
    """The opt-out that a message is, by its subject, its address, or a line of its own words; None for all else.

    Quoted words and words of a message that came back do not count: every message of ours has such a link.
    """
    subject = message.headers.get("subject")
    command = command_of(subject)
    if command:
        return command if command.word == "unsubscribe" else None
    token = _token_of(value for name in _TO for value in message.headers.every(name))
    if token:
        return Command("unsubscribe", token)
    alone = bool(_WORD_ALONE.fullmatch(subject[:200]))
    said = own_words(message)[:_LIMIT]
    for line in said.split("\n"):
        if found := _COMMANDS["unsubscribe"].fullmatch(line.strip()):
            return Command("unsubscribe", found[1].lower())
    return Command("unsubscribe", _token_of([said]) if alone else "") if alone else None


def _token_of(texts: Iterable[str]) -> str:
    found = (_TO_STOP.search(text[:_LIMIT]) for text in texts)
    return next((match[0].lower() for match in found if match), "")
