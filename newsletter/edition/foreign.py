"""Fixed words that stand in for a language that lacks them: marked as English, and kept apart from what is round them."""

from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

from newsletter.edition.words import EDITION, direction, lacking, words_for

# LEFT-TO-RIGHT ISOLATE and POP DIRECTIONAL ISOLATE (Unicode annex 9): full stops and brackets stay in place.
_OPEN, _CLOSE = "\u2066", "\u2069"
#: What says each personal value; the reason has several words, of which this one is the usual.
_SAID_BY = {"greeting": "dear", "reason": "reason_consent"}


def words_in_html(language: str, templates: Path | None, catalogue: str = EDITION) -> Mapping[str, str]:
    """The words as a page in `language` has them: those in English say so to a screen reader."""
    missing = lacking(language, templates, catalogue)
    words = words_for(language, templates, catalogue)
    return words if not missing else {**words, **{key: _marked(words[key], language) for key in missing}}


def words_in_text(language: str, templates: Path | None, catalogue: str = EDITION) -> Mapping[str, str]:
    """The words as plain text in `language` has them: in a text from right to left, English stands isolated."""
    missing = lacking(language, templates, catalogue) if direction(language) == "rtl" else ()
    words = words_for(language, templates, catalogue)
    return words if not missing else {**words, **{key: _OPEN + words[key] + _CLOSE for key in missing}}


def slots_in_html(slots: Mapping[str, str], language: str, templates: Path | None) -> dict[str, str]:
    """The words that stand for personal values, marked as those above."""
    missing = lacking(language, templates)
    return {
        name: _marked(word, language) if _SAID_BY.get(name) in missing else word
        for name, word in slots.items()
    }


def slots_in_text(slots: Mapping[str, str], language: str, templates: Path | None) -> dict[str, str]:
    """The words that stand for personal values, isolated as those above."""
    missing = lacking(language, templates) if direction(language) == "rtl" else ()
    return {
        name: _OPEN + word + _CLOSE if _SAID_BY.get(name) in missing else word for name, word in slots.items()
    }


def _marked(word: str, language: str) -> Markup:
    way = Markup(' dir="ltr"') if direction(language) == "rtl" else Markup()
    return Markup('<span lang="en"{}>{}</span>').format(way, word)
