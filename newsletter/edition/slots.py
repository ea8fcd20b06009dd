"""The words that stand for personal values: made from the content, split once, filled for one reader."""

import hashlib
import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from newsletter.config import Config
from newsletter.edition.model import ASKING_SLOTS, PUBLIC_SLOTS, SLOTS, Edition, Personal
from newsletter.edition.reasons import reason_line
from newsletter.edition.words import words_for

#: Reserved by RFC 2606: it leads nowhere, whoever follows it.
INERT_STOP = "https://example.invalid/stop-these-emails"
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one personal value; `name` is one of SLOTS, or a letter and one of them."""

    name: str


def make_marker(content: bytes) -> str:
    """'NL' and 12 small letters that hang on the whole content, so that no part of it can hold them.

    Letters alone come unchanged through MJML, URL escaping and quoted-printable, and no mail
    program takes them for a number to ring.
    """
    return "NL" + hashlib.sha256(content).hexdigest()[:12].translate(_LETTERS)


def slot_words(marker: str, turn: int = 0) -> dict[str, str]:
    """The word of each slot by its name in small letters, as templates use them.

    `turn` counts the languages of an edition from 0. How to stop is the same in all.
    """
    letter = chr(ord("A") + turn) if turn else ""
    return {name.lower(): marker + (letter if name != "STOP" else "") + name for name in SLOTS}


def asking_words(marker: str) -> dict[str, str]:
    """As `slot_words`, for a message that asks for consent: with the answer and the day too."""
    return slot_words(marker) | {name.lower(): marker + name for name in ASKING_SLOTS}


def public_words(marker: str) -> dict[str, str]:
    """Further words for a study that has public pages; a template need not use them."""
    return {name.lower(): marker + name for name in PUBLIC_SLOTS}


def split_slots(text: str, marker: str) -> list[str | Slot]:
    """`text` in pieces, with a Slot where a personal value stands; what is filled in is never read again."""
    alone = "|".join((*ASKING_SLOTS, *PUBLIC_SLOTS))
    pieces = re.split(f"{re.escape(marker)}([B-Z]?(?:{'|'.join(SLOTS)})|{alone})", text)
    return [Slot(piece) if index % 2 else piece for index, piece in enumerate(pieces)]


def fill_html(edition: Edition, personal: Personal) -> str:
    """The HTML for one reader; values are escaped for text and for attributes alike."""
    return _fill(edition.html, edition.marker, lambda slot: html.escape(personal.of(slot)))


def fill_text(edition: Edition, personal: Personal) -> str:
    """The text part for one reader."""
    return _fill(edition.text, edition.marker, personal.of)


def personal_in(languages: Sequence[str], said: Callable[[str], tuple[str, str]], stop: str) -> Personal:
    """The values for an edition in these languages; `said` gives greeting and reason in one of them."""
    (greeting, reason), *further = map(said, languages)
    return Personal(greeting, reason, stop, tuple(further))


def sample_personal(config: Config | None = None, language: str = "en", *further: str) -> Personal:
    """Values for builds, previews and tests: nobody's name, and a link that leads nowhere."""
    lists = list(config.lists.values()) if config else []
    templates = config.templates if config else None

    def said(tag: str) -> tuple[str, str]:
        words = words_for(tag, templates)
        name = lists[0].name_in(tag) if lists else words["sample_list"]
        reason = reason_line(name, "2022-06-14", "consent", tag, templates=templates)
        return words["dear"].format(name=words["sample_name"]), reason

    return personal_in((language, *further), said, INERT_STOP)


def sample_asking(language: str = "en") -> Personal:
    """As `sample_personal`, for a message that asks for consent: an answer that leads nowhere, and no real day."""
    words = words_for(language)
    greeting = words["dear"].format(name=words["sample_name"])
    return Personal(greeting, "(…)", INERT_STOP, (), "https://example.invalid/yes", "(…)")


def _fill(text: str, marker: str, value: Callable[[str], str]) -> str:
    return "".join(
        value(piece.name) if isinstance(piece, Slot) else piece for piece in split_slots(text, marker)
    )
