"""Why a reader gets something, in a sentence for each lawful basis: with every list that allows it, and its day."""

import datetime as dt
import functools
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from babel.lists import format_list

from newsletter.edition.words import day_text, lacking, locale_of, one_line, words_for

_ENGLISH = "en"
#: Languages whose way of joining is ours: Unicode has 'A, B, and C' for English and leaves 'a(c)' open for Welsh.
_JOINED_HERE = ("en", "cy")


class Ground(NamedTuple):
    """One list that allows a message, by its name for the reader; `since` is an ISO day or time, or none."""

    list_name: str
    since: str
    basis: str


def reason_line(
    list_name: str, since: str, basis: str, language: str = "en", *, templates: Path | None = None
) -> str:
    """Why a reader of one list gets this, in a sentence or two that is true for the lawful `basis`.

    `since` is an ISO day or time; where it is empty or is none, no date is told.
    """
    return reason_writer(language, templates)([Ground(list_name, since, basis)])


def reason_writer(language: str, templates: Path | None = None) -> Callable[[Sequence[Ground]], str]:
    """What says in `language` why somebody gets this, for many: its words are looked up once.

    Lists on the same basis share a sentence, in which each has its day; a basis has a sentence of its own. Where
    `language` has no words for several lists, each of them has its sentence.
    """
    words, strange = words_for(language, templates), frozenset(lacking(language, templates))

    def tongue(key: str) -> str:
        # In a sentence that stands in English the date does too.
        return _ENGLISH if key in strange else language

    def of_one(ground: Ground, key: str) -> str:
        called = one_line(ground.list_name)
        if (day := _day(ground.since)) is None:
            return words["reason_undated"].format(list=called)
        return words[f"reason_{key}"].format(list=called, date=_told(day, tongue(f"reason_{key}")))

    def write(grounds: Sequence[Ground]) -> str:
        said = []
        for key, alike in _by_basis(grounds, words).items():
            together = f"reasons_{key}"
            if len(alike) == 1 or together not in words:
                said += [of_one(ground, key) for ground in alike]
            else:
                said.append(words[together].format(lists=_named(alike, words, tongue(together))))
        return " ".join(said)

    return write


def joined(names: Sequence[str], language: str) -> str:
    """One or more names joined in the way of a language: 'A, B and C'."""
    *others, last = names
    if not others:
        return last
    locale = locale_of(language)
    if locale.language not in _JOINED_HERE:
        return format_list(names, locale=locale)
    word = "and" if locale.language == _ENGLISH else _welsh_and(last)
    return f"{', '.join(others)} {word} {last}"


def _welsh_and(following: str) -> str:
    """'ac' before a vowel, whatever quotes or accents it has; else 'a'."""
    plain = unicodedata.normalize("NFD", following).casefold()
    first = next((char for char in plain if char.isalnum()), "")
    return "ac" if first and first in "aeiouwy" else "a"


def _by_basis(grounds: Sequence[Ground], words: Mapping[str, str]) -> dict[str, list[Ground]]:
    """Those that are told in the same words, in the order of the first of each."""
    alike: dict[str, list[Ground]] = {}
    for ground in grounds:
        key = ground.basis.strip().lower().replace("_", "-").replace(" ", "-")
        alike.setdefault(key if f"reason_{key}" in words else "other", []).append(ground)
    return alike


def _named(grounds: Sequence[Ground], words: Mapping[str, str], language: str) -> str:
    """Their names with the day of each; a day that is the same for all stands once, behind them.

    Where that of any is not known none is told: one behind the last name would be taken for that of all.
    """
    names = [words["reasons_list"].format(list=one_line(ground.list_name)) for ground in grounds]
    days = [_day(ground.since) for ground in grounds]
    if None in days or len(set(days)) == 1:
        shared = None if None in days else days[0]
        return _dated(joined(names, language), shared, words, language)
    each = [_dated(name, day, words, language) for name, day in zip(names, days, strict=True)]
    return joined(each, language)


def _dated(names: str, day: dt.date | None, words: Mapping[str, str], language: str) -> str:
    return words["reasons_dated"].format(lists=names, date=_told(day, language)) if day else names


@functools.lru_cache(maxsize=4096)
def _told(day: dt.date, language: str) -> str:
    """As `day_text`: few days, and very many pairs of them."""
    return day_text(day, language)


def _day(since: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(since[:10])
    except ValueError:
        return None
