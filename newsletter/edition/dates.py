"""Says when something is: months, days, times and spans, in the words of a language."""

import datetime as dt
from collections.abc import Mapping

from newsletter.edition.words import day_text, locale_of, spells_dates_itself, words_for
from newsletter.issue import When


def when_text(when: When, language: str = "en", words: Mapping[str, str] | None = None) -> str:
    """'June 2022', '15 June 2022' or '15 June 2022, 14:00', as much as is known."""
    return _timed(when, day_text(_day(when), language, "day" if when.day else "month"), language, words)


def span_text(
    start: When, end: When | None, language: str = "en", words: Mapping[str, str] | None = None
) -> str:
    """Start and end without saying anything twice: '15 June 2022, 14:00 to 16:00', '30 June to 2 July 2022'.

    A single day is told with its weekday, since people look for it first.
    """
    words = words or words_for(language)
    if end is None or end == start:
        return _with_weekday(start, language, words)
    if _same_day(start, end) and end.hour is not None and start.hour is not None:
        return words["to"].format(start=_with_weekday(start, language, words), end=clock_text(end))
    first = when_text(start, language, words)
    if spells_dates_itself(language) and start.year == end.year and start.hour is None:
        first = (
            day_text(_day(start), language, "short") if start.day else first.removesuffix(f" {start.year}")
        )
        if start.month == end.month and start.day and end.day:
            first = str(start.day)
    return words["to"].format(start=first, end=when_text(end, language, words))


def clock_text(when: When) -> str:
    """'14:00'; an hour without minutes is the full hour."""
    return f"{when.hour or 0:02d}:{when.minute or 0:02d}"


def tile_text(when: When, language: str = "en") -> tuple[str, str]:
    """What stands small and large on a calendar leaf: ('Jun', '15'), or ('June', '2022') for a month."""
    months = locale_of(language).months["format"]
    if when.day:
        return str(months["abbreviated"][when.month]), str(when.day)
    return str(months["wide"][when.month]), str(when.year)


def _day(when: When) -> dt.date:
    return dt.date(when.year, when.month, when.day or 1)


def _timed(when: When, day: str, language: str, words: Mapping[str, str] | None) -> str:
    if when.hour is None:
        return day
    return (words or words_for(language))["day_and_time"].format(day=day, time=clock_text(when))


def _with_weekday(when: When, language: str, words: Mapping[str, str]) -> str:
    if when.day is None:
        return when_text(when, language, words)
    return _timed(when, day_text(_day(when), language, "weekday"), language, words)


def _same_day(start: When, end: When) -> bool:
    return (start.year, start.month, start.day) == (end.year, end.month, end.day)
