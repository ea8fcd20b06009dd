"""Says when something is: months, days, times and spans, in the words of a language."""

import datetime as dt

from newsletter.edition.words import words_for
from newsletter.issue import When


def when_text(when: When, language: str = "en") -> str:
    """'June 2022', '15 June 2022' or '15 June 2022, 14:00', as much as is known."""
    month = words_for(language)["months"].split()[when.month - 1]
    day = f"{when.day} {month} {when.year}" if when.day else f"{month} {when.year}"
    return f"{day}, {clock_text(when)}" if when.hour is not None else day


def span_text(start: When, end: When | None, language: str = "en") -> str:
    """Start and end without saying anything twice: '15 June 2022, 14:00 to 16:00', '30 June to 2 July 2022'.

    A single day is told with its weekday, since people look for it first.
    """
    words = words_for(language)
    if end is None or end == start:
        return _with_weekday(start, language)
    if _same_day(start, end) and end.hour is not None and start.hour is not None:
        return words["to"].format(start=_with_weekday(start, language), end=clock_text(end))
    first = when_text(start, language)
    if start.year == end.year and start.hour is None:
        first = first.removesuffix(f" {start.year}")
        if start.month == end.month and start.day and end.day:
            first = str(start.day)
    return words["to"].format(start=first, end=when_text(end, language))


def clock_text(when: When) -> str:
    """'14:00'; an hour without minutes is the full hour."""
    return f"{when.hour or 0:02d}:{when.minute or 0:02d}"


def tile_text(when: When, language: str = "en") -> tuple[str, str]:
    """What stands small and large on a calendar leaf: ('Jun', '15'), or ('June', '2022') for a month."""
    words = words_for(language)
    if when.day:
        return words["months_short"].split()[when.month - 1], str(when.day)
    return words["months"].split()[when.month - 1], str(when.year)


def _with_weekday(when: When, language: str) -> str:
    if when.day is None:
        return when_text(when, language)
    weekday = dt.date(when.year, when.month, when.day).weekday()
    return f"{words_for(language)['weekdays'].split()[weekday]} {when_text(when, language)}"


def _same_day(start: When, end: When) -> bool:
    return (start.year, start.month, start.day) == (end.year, end.month, end.day)
