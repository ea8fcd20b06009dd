"""Dates, issues and languages as people say them."""

import datetime as dt
import re
import zoneinfo

from markupsafe import Markup

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:\d{2})?")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NO_END = "9999-12-31"
_LANGUAGES = {
    "ar": "Arabic",
    "bn": "Bengali",
    "cy": "Welsh",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "ga": "Irish",
    "gd": "Scottish Gaelic",
    "gu": "Gujarati",
    "hi": "Hindi",
    "it": "Italian",
    "pa": "Punjabi",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "so": "Somali",
    "ta": "Tamil",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "zh": "Chinese",
}


def in_words(text: str, zone: zoneinfo.ZoneInfo) -> str | None:
    """A stored day or time (ISO 8601, UTC unless it says otherwise) in words, or None for other text."""
    if text == _NO_END:
        return "no end"
    try:
        if _DAY.fullmatch(text):
            return day(dt.date.fromisoformat(text))
        if _TIME.fullmatch(text):
            return moment(dt.datetime.fromisoformat(text), zone)
    except ValueError:  # 30 February and the like: shown as it stands
        return None
    return None


def dated(text: str, zone: zoneinfo.ZoneInfo) -> str:
    """Text that ends with a day or time, as in `by 2022-09-30`, with it in words."""
    head, blank, last = text.rpartition(" ")
    return f"{head}{blank}{in_words(last, zone) or last}"


def day(date: dt.date) -> str:
    """`30 September 2022`."""
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def full_day(date: dt.date) -> str:
    """`Friday 30 September 2022`."""
    return f"{_WEEKDAYS[date.weekday()]} {day(date)}"


def moment(time: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """`30 September 2022, 10:04`, as a clock on the wall in `zone` showed it."""
    local = (time if time.tzinfo else time.replace(tzinfo=dt.UTC)).astimezone(zone)
    return f"{day(local)}, {local:%H:%M}"


def issue_name(slug: str) -> str:
    """`September 2022` for `2022-09`, `Confirmation 3` for what asks somebody to confirm; any other slug as it stands."""
    match = _MONTH.fullmatch(slug)
    if match and 1 <= int(match[2]) <= 12:
        return f"{_MONTHS[int(match[2]) - 1]} {match[1]}"
    # No slug has a colon: such a mailing asks for consent, and is named after what it asks about.
    kind, *about = slug.split(":")
    if kind == "confirmation" and about:
        return " ".join(["Confirmation", about[0], *(f"({turn})" for turn in about[1:])])
    if kind == "renewal" and len(about) > 1:
        return " ".join(
            [
                f"Renewal of {about[0]}, {in_words(about[1], zoneinfo.ZoneInfo('UTC')) or about[1]}",
                *(f"({turn})" for turn in about[2:]),
            ]
        )
    return slug


def language_name(code: str) -> str:
    """`English` for `en` or `en-GB`; a code that is not known as it stands; `Welsh, then English` for `cy+en`."""
    codes = code.split("+")
    return ", then ".join(_LANGUAGES.get(one.partition("-")[0].lower(), one) for one in codes)


def number(count: int | None) -> str:
    """`1,204`; a count that took too long to make is said to be many."""
    return "many" if count is None else f"{count:,}"


def counted(count: int | None, one: str, several: str) -> str:
    """`1 person`, `388 people`."""
    return f"{number(count)} {one if count == 1 else several}"


def with_commands(text: str) -> Markup:
    """Text in which what stands between backticks is shown as something to type."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )
