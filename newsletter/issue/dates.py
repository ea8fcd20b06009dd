"""Dates as people write them: British, ISO, with a weekday, a month alone, with a time."""

import calendar
import datetime as dt
import re

from newsletter.issue.wording import refuse

#: Month and weekday names by language; a language is added by adding its row.
MONTHS: dict[str, tuple[str, ...]] = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July",
        "August", "September", "October", "November", "December",
    ),
}  # fmt: skip
WEEKDAYS: dict[str, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
}

DAY_WANTED = "write a day such as 30 September 2022 or 2022-09-30"
WHEN_WANTED = (
    "write a day such as 15 June 2022, a day and a time such as 15 June 2022, 2pm or "
    "2022-06-15 14:00, or a month such as June 2022"
)
_EARLIEST, _LATEST = 1900, 2199
_DAY_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?",
        r"(?P<day>\d{1,2})[/.](?P<month>\d{1,2})[/.](?P<year>\d{4})",
        r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?: of)? (?P<month>[^\W\d]+)\.?,? (?P<year>\d{4})",
        r"(?P<month>[^\W\d]+)\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})",
        r"(?P<month>[^\W\d]+)\.?,? (?P<year>\d{4})",
    )
)
_CLOCK = (
    r"(?:(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?::00)?)? ?(?P<half>[ap]\.?m\.?)?|(?P<noon>noon|midday))"
)
_TIME = re.compile(_CLOCK, re.IGNORECASE)
_WITH_TIME = re.compile(
    rf"(?P<date>.*?\d{{4}}(?:-\d{{1,2}}-\d{{1,2}})?)(?:,? at |, ?| |T){_CLOCK}", re.IGNORECASE
)
_WEEKDAY = re.compile(r"(?P<name>[^\W\d]+),? (?=\d|[^\W\d]+ \d)")


def month_name(month: int, language: str = "en") -> str:
    """The month's name, from Unicode's tables of languages; an empty text where they lack `language`."""
    names = MONTHS.get(language.partition("-")[0].lower())
    if names:
        return names[month - 1]
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(language.partition("-")[0].lower()).months["format"]["wide"][month])
    except (UnknownLocaleError, ValueError):
        return ""


def parse_day(text: str) -> dt.date:
    """The day that `text` names. Raises PydanticCustomError with what was found and what is wanted."""
    year, month, day = _parse_date(text, DAY_WANTED)
    if day is None:
        raise refuse(f"{text!r} is a month", DAY_WANTED)
    return dt.date(year, month, day)


def parse_when(text: str) -> dict[str, int | None]:
    """Year and month, with day, hour and minute where `text` names them; refuses as `parse_day`."""
    tidy = _tidied(text)
    if re.search(r"\d ?(?:z|[+-]\d{2}:?\d{2}|utc|gmt|bst)$", tidy, re.IGNORECASE) and ":" in tidy:
        raise refuse(
            f"{text!r} names a time zone",
            "leave it out: times are meant in the time zone of newsletter.toml",
        )
    timed = _WITH_TIME.fullmatch(tidy)
    if not timed:
        year, month, day = _parse_date(text, WHEN_WANTED)
        return {"year": year, "month": month, "day": day, "hour": None, "minute": None}
    year, month, day = _parse_date(timed["date"], WHEN_WANTED)
    if day is None:
        raise refuse(f"{text!r} has a time but no day", WHEN_WANTED)
    hour, minute = _clock(timed, text)
    return {"year": year, "month": month, "day": day, "hour": hour, "minute": minute}


def parse_time(text: str) -> tuple[int, int] | None:
    """Hour and minute where `text` is a time of day and nothing else (`4pm`, `16:30`), else None."""
    match = _TIME.fullmatch(_tidied(text))
    if not match or not (match["noon"] or match["half"] or match["minute"]):
        return None
    return _clock(match, text)


def _tidied(text: str) -> str:
    return " ".join(text.split())


def _parse_date(text: str, wanted: str) -> tuple[int, int, int | None]:
    tidy, weekday = _tidied(text), ""
    if (head := _WEEKDAY.match(tidy)) and _index(head["name"], WEEKDAYS) is not None:
        tidy, weekday = tidy[head.end() :], head["name"]
    for form in _DAY_FORMS:
        if match := form.fullmatch(tidy):
            break
    else:
        raise refuse(f"{text!r} is not understood as a date", wanted)
    parts = match.groupdict()
    year, month = int(parts["year"]), _month(parts["month"], text, wanted)
    if not _EARLIEST <= year <= _LATEST:
        raise refuse(f"the year {parts['year']} looks mistyped", f"write one from {_EARLIEST} to {_LATEST}")
    day = int(parts["day"]) if parts.get("day") else None
    if day is not None:
        _require_day(dt.date(year, month, 1), day, weekday)
    return year, month, day


def _month(text: str, whole: str, wanted: str) -> int:
    if text.isdigit():
        if not 1 <= int(text) <= 12:
            hint = "; the day comes first, as in 30/09/2022" if "/" in whole else ""
            raise refuse(f"{whole!r}: there is no month {int(text)}", wanted + hint)
        return int(text)
    index = _index(text, MONTHS)
    if index is None:
        raise refuse(f"{whole!r}: no month is called {text!r}", wanted)
    return index + 1


def _index(word: str, table: dict[str, tuple[str, ...]]) -> int | None:
    """Where `word` stands in a row of names; three letters or more of a name will do."""
    low = word.lower()
    for names in table.values():
        for index, name in enumerate(names):
            if len(low) >= 3 and name.lower().startswith(low):
                return index
    return None


def _require_day(first: dt.date, day: int, weekday: str) -> None:
    days = calendar.monthrange(first.year, first.month)[1]
    month = f"{month_name(first.month)} {first.year}"
    if not 1 <= day <= days:
        raise refuse(f"there is no {day} {month}", f"that month has {days} days")
    right = WEEKDAYS["en"][first.replace(day=day).weekday()]
    if weekday and _index(weekday, WEEKDAYS) != WEEKDAYS["en"].index(right):
        raise refuse(f"{day} {month} is not a {weekday}", f"it is a {right}: correct the day or the weekday")


def _clock(match: re.Match[str], text: str) -> tuple[int, int]:
    if match["noon"]:
        return 12, 0
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    half = (match["half"] or "").lower()[:1]
    if (half and not 1 <= hour <= 12) or hour > 23 or minute > 59:
        raise refuse(f"{text!r}: there is no such time", "write a time such as 14:00 or 2pm")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, minute
