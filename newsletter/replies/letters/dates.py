"""The day until which somebody is away, as they write it in any of the languages known here."""

import datetime as dt
import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.replies.letters.phrases import Sort, folded, phrases

_LANGUAGES = ("en", "cy", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb")
_SHORTENED = ("en", "de", "fr", "es", "nl")  # elsewhere short forms are other words too ('out', 'set', 'gen')
#: A day without a year is the next of that name; one that is gone since longer is next year's.
_GONE = dt.timedelta(days=31)
_FURTHEST = dt.timedelta(days=800)
_BETWEEN = 30  # characters between 'until' and the day, such as 'and including Monday'
_LIMIT = 5_000
# What stands before the last day of '1 to 15 August'.
_FROM_DAY = re.compile(
    r"\d{1,2}(?:st|nd|rd|th|er|\.|eg|ain)?\s*(?:-|to|bis|au|al|a|ate|tot|t/m|til|till|do|tan|hyd)\s*(?:the |den |zum |le |el )?$"
)


@dataclass(frozen=True, slots=True)
class _Found:
    """A day that stands in a text, and where."""

    begin: int
    end: int
    day: dt.date


def away_until(text: str, written: dt.date | None) -> str:
    """The day until which the text says that somebody is away (ISO 8601); '' where it says none.

    `written` is the day of the message; without it a day that has no year is not known.
    """
    bare = folded(text[:_LIMIT]).replace("\n", " ")
    found = [*_days(bare, written)]
    ranged = [one for one in found if _FROM_DAY.search(bare, max(0, one.begin - 25), one.begin)]
    pairs = [two for one, two in itertools.pairwise(found) if two.begin - one.end <= _BETWEEN]
    for days in (_after("until", bare, found), ranged, pairs, _after("since", bare, found)):
        if days:
            return days[0].day.isoformat()
    return _weekday(bare, written)


def _after(sort: Sort, text: str, found: list[_Found]) -> list[_Found]:
    """The days that stand just behind a word of that sort, the nearest to the first word first."""
    ends = [word.end() for word in phrases(sort, whole=True).finditer(text)]
    return [one for end in ends for one in found if 0 <= one.begin - end <= _BETWEEN]


def _days(text: str, written: dt.date | None) -> Iterator[_Found]:
    for match in _pattern().finditer(text):
        part = match.groupdict()
        day, month, year = (
            next((found for name, found in part.items() if found and name[0] == what), "") for what in "dmy"
        )
        if known := _day(int(day), _months().get(month) or int(month), year, written):
            yield _Found(match.start(), match.end(), known)


def _day(day: int, month: int, year: str, written: dt.date | None) -> dt.date | None:
    """The date, or None where there is none such, or none that a message of that day can mean."""
    if month > 12 >= day:  # as in America
        day, month = month, day
    years = [int(year) + (2000 if len(year) == 2 else 0)] if year else []
    if not years and written:
        years = [written.year, written.year + 1]
    for one in years:
        try:
            found = dt.date(one, month, day)
        except ValueError:
            continue
        if written is None or written - _GONE <= found <= written + _FURTHEST:
            return found
    return None


def _weekday(text: str, written: dt.date | None) -> str:
    """The next day of the name that stands just behind 'until'."""
    for word in phrases("until", whole=True).finditer(text) if written else ():
        named = _weekday_pattern().match(text, word.end())
        if named and written:
            ahead = (_weekdays()[named[1]] - written.weekday() - 1) % 7 + 1
            return (written + dt.timedelta(days=ahead)).isoformat()
    return ""


@functools.cache
def _pattern() -> re.Pattern[str]:
    month = "|".join(sorted(_months(), key=len, reverse=True))
    year = r"(?:,? ?(?:de |del )?(?P<{}>20\d\d))?"
    return re.compile(
        rf"(?<![\d.,:/])(?:(?P<y4>20\d\d)-(?P<m4>\d\d)-(?P<d4>\d\d)"
        rf"|(?P<d1>\d{{1,2}})(?:st|nd|rd|th|er|\.|º|°|o|eg|ain|fed|af)? ?(?:of |de |d'|o )?(?P<m1>{month})(?!\w)\.?{year.format('y1')}"
        rf"|(?P<m2>{month})\.? ?(?:the )?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:]){year.format('y2')}"
        rf"|(?P<d3>\d{{1,2}})(?P<s>[./-]) ?(?P<m3>\d{{1,2}})(?P=s) ?(?P<y3>20\d\d|\d\d)(?!\d)"
        rf"|(?P<d6>\d{{1,2}})[./] ?(?P<m6>\d{{1,2}})(?:\.|(?![\d.,/:]))(?!\d)"
        rf"|(?:(?P<y5>20\d\d)年)?(?P<m5>\d{{1,2}})月 ?(?P<d5>\d{{1,2}})日)"
    )


@functools.cache
def _months() -> dict[str, int]:
    from babel import Locale

    names: dict[str, int] = {}
    for language in _LANGUAGES:
        for form in Locale(language).months.values():
            for width in ("wide", "abbreviated") if language in _SHORTENED else ("wide",):
                for number, name in form[width].items():
                    names.setdefault(folded(name).strip("."), number)
    return names | {"sept": 9}


@functools.cache
def _weekdays() -> dict[str, int]:
    from babel import Locale

    names: dict[str, int] = {}
    for language in _LANGUAGES:
        for number, name in Locale(language).days["format"]["wide"].items():
            names.setdefault(folded(name), number)
    return names


@functools.cache
def _weekday_pattern() -> re.Pattern[str]:
    names = "|".join(sorted(map(re.escape, _weekdays()), key=len, reverse=True))
    return re.compile(rf" (?:(?:on|am|el|le|il|op|den|the|next|diesen|nachsten) )?({names})(?!\w)")
