"""Days and times as people write them, as the database keeps them, and as they are said."""

import calendar
import datetime as dt
import re

from newsletter.errors import InputError

_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_NUMBERS = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_WORDS = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ -]([A-Za-z]{3,9})\.?,?[ -](\d{4})")
_SPAN = re.compile(r"(\d{1,5})\s*(d|days?|w|weeks?|m|months?|y|years?|)")
_DAYS_OF = {"d": 1, "w": 7, "m": 30, "y": 365}
_LONGEST_SPAN = 36_500
_WANTED = "write it as 2022-06-14, 14 June 2022 or 14/06/2022 (day first)"


class BadDate(InputError):
    """This is not a date."""


def parse_day(text: str, field: str = "date") -> dt.date:
    """The day that `text` names; a time after an ISO day is passed over. Raises BadDate."""
    bare = text.strip()
    year, month, day = _parts(bare)
    if not year:
        raise BadDate(f"{field}: {bare[:60]!r} is not a date; {_WANTED}")
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise BadDate(f"{field}: there is no day {bare!r}; {_WANTED}") from None


def past_day(text: str, today: dt.date, field: str = "date") -> dt.date:
    """The day that `text` names. Raises BadDate also where it lies after `today`."""
    day = parse_day(text, field)
    if day > today:
        raise BadDate(f"{field}: {said(day.isoformat())} is in the future; it must be today or earlier")
    return day


def parse_span(text: str, field: str = "within") -> int:
    """How many days a span such as '90d', '6w', '3m' or '2 years' has, a month as 30 and a year as 365. Raises BadDate."""
    match = _SPAN.fullmatch(text.strip().casefold())
    days = int(match[1]) * _DAYS_OF[match[2][0] if match[2] else "d"] if match else 0
    if not 0 < days <= _LONGEST_SPAN:
        raise BadDate(f"{field}: {text[:60]!r} is not a span of time; write it as 90d, 6w, 3m or 2y")
    return days


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day so many months later; the last of the month where there is none such."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


def effective(day: dt.date, now: dt.datetime) -> str:
    """A day as an entry's effective time.

    East of Greenwich today may not have begun in UTC: then the time itself stands for it.
    """
    return day.isoformat() if day <= now.astimezone(dt.UTC).date() else stamp(now)


def stamp(now: dt.datetime) -> str:
    """A time as the database keeps it: ISO 8601 in UTC, to the second."""
    return now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def today_utc(now: dt.datetime) -> str:
    """The day of `now` in UTC, as the database keeps days."""
    return now.astimezone(dt.UTC).date().isoformat()


def said(text: str) -> str:
    """A kept day or time as it is said: '14 June 2022'; anything else as it stands."""
    match = _ISO.fullmatch(text)
    return f"{int(match[3])} {_MONTHS[int(match[2]) - 1]} {match[1]}" if match else text


def _parts(text: str) -> tuple[int, int, int]:
    """Year, month and day; a year of 0 where the text has none of the known shapes."""
    if match := _ISO.fullmatch(text):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _NUMBERS.fullmatch(text):
        return int(match[3]), int(match[2]), int(match[1])
    if match := _WORDS.fullmatch(text):
        return int(match[3]), _month(match[2]), int(match[1])
    return 0, 0, 0


def _month(word: str) -> int:
    """1 to 12 for a month's English name or the first letters of it; 0 for anything else."""
    wanted = word.casefold()
    wanted = "sep" if wanted == "sept" else wanted
    for number, month in enumerate(_MONTHS, 1):
        if wanted in (month.casefold(), month[:3].casefold()):
            return number
    return 0
