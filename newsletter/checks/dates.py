"""Dates: weekdays that fit, events that are still to come, and hours that a clock change moves."""

import datetime as dt
import re
from collections.abc import Iterator

from newsletter.checks.fields import Text
from newsletter.checks.markdown import read_markdown
from newsletter.checks.rules import Rule, Spot, Subject, finding
from newsletter.errors import Problem
from newsletter.issue import CallToAction, Event, When

WEEKDAY = Rule(
    "dates.weekday", "warning", "Readers come on one of the two days, and half of them on the wrong one."
)
PAST = Rule(
    "dates.past-event", "note", "An invitation to a day that has gone is the first thing readers write about."
)
DEADLINE = Rule("dates.deadline-past", "warning", "Readers are asked for what they can no longer do.")
CLOCK = Rule(
    "dates.clock-change", "warning", "That night an hour is left out or comes twice, and calendars guess."
)
ZONE = Rule(
    "dates.zone-word",
    "warning",
    "GMT and BST are an hour apart; calendars and readers abroad take it at its word.",
)

RULES = (WEEKDAY, PAST, DEADLINE, CLOCK, ZONE)

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_NAMES = rf"(?P<weekday>{'|'.join(day[:3] for day in _WEEKDAYS)})[a-z]*\.?,?\s+(?:the\s+)?"
_MONTH = rf"(?P<month>{'|'.join(month[:3] for month in _MONTHS)})[a-z]*\.?"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?\b"
_YEAR = r"(?:,?\s+(?P<year>20\d\d)\b)?"
_DATED = tuple(
    re.compile(rf"\b{_NAMES}{form}{_YEAR}", re.IGNORECASE)
    for form in (rf"{_DAY}(?:\s+of)?\s+{_MONTH}", rf"{_MONTH}\s+{_DAY}")
)
_ANNOUNCED = re.compile(
    r"\b(?:will (?:be|meet|take place|start|begin|run)|join us|come along|sign up|register|book (?:a|your)|rsvp"
    r"|hope to see you|we look forward to)\b",
    re.IGNORECASE,
)
_HOUR = r"(?:[0-2]?\d[:.][0-5]\d|\d{1,2})\s*(?:[ap]\.?m\.?)?\s*"
_ZONE_WORD = re.compile(rf"\b{_HOUR}\(?(?P<zone>GMT|BST)\b")


def check(subject: Subject) -> Iterator[Problem]:
    """Findings about the days in texts and about events; weekdays are known in English only."""
    if subject.issue.language.lower().startswith("en"):
        for text in subject.texts:
            if text.kind in {"markdown", "plain"}:
                yield from _weekdays(subject, text)
    for number, section in enumerate(subject.issue.sections):
        field = f"sections.{number}"
        if isinstance(section, Event):
            yield from _past(subject, field, section)
            yield from _zone(subject, field, section)
            for name, when in (("start", section.start), ("end", section.end)):
                yield from _clock(subject, f"{field}.{name}", when)
        elif isinstance(section, CallToAction):
            yield from _deadline(subject, field, section)


def _weekdays(subject: Subject, text: Text) -> Iterator[Problem]:
    words = read_markdown(text.value).words if text.kind == "markdown" else text.value
    for hit in (hit for form in _DATED for hit in form.finditer(words)):
        named = _index(_WEEKDAYS, hit["weekday"])
        day = _day(int(hit["day"]), _index(_MONTHS, hit["month"]) + 1, hit["year"], subject.issue.date)
        if day and day.weekday() != named and _is_whole(hit):
            said = " ".join(hit[0].split())
            message = f"'{said}' is a {_WEEKDAYS[day.weekday()].title()} in {day.year}"
            remedy = "correct the weekday or the day; write the year with it, if another is meant"
            yield finding(subject, WEEKDAY, Spot(text.field, hit[0]), message, remedy=remedy)


def _is_whole(hit: re.Match[str]) -> bool:
    """Whether the words are weekday and month, and none that only begin like them, such as 'Market'."""
    found = [word.lower().rstrip(".") for word in re.findall(r"[A-Za-z]+\.?", hit[0])]
    short = {name[:length] for name in (*_WEEKDAYS, *_MONTHS) for length in (3, 4, 5)}
    known = {*_WEEKDAYS, *_MONTHS, *short, "the", "of", "st", "nd", "rd", "th"}
    return set(found) <= known


def _index(names: tuple[str, ...], start: str) -> int:
    return next(number for number, name in enumerate(names) if name.startswith(start.lower()[:3]))


def _day(day: int, month: int, year: str | None, near: dt.date) -> dt.date | None:
    """The day in the year named, else in the year that brings it nearest to the issue; None where there is none."""
    years = [int(year)] if year else [near.year - 1, near.year, near.year + 1]
    days = [found for number in years if (found := _date(number, month, day))]
    return min(days, key=lambda found: abs(found - near), default=None)


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _past(subject: Subject, field: str, event: Event) -> Iterator[Problem]:
    """An event before the issue is a report, unless the text invites to it."""
    last = event.end or event.start
    words = " ".join(read_markdown(text).words for text in (event.intro, event.body) if text)
    invites = _ANNOUNCED.search(words)
    if invites and _is_before(last, subject.issue.date):
        message = f"the event is over when the issue comes out, and the text says '{invites[0]}'"
        remedy = "look at the day; of what has been, tell how it was"
        yield finding(subject, PAST, f"{field}.start", message, remedy=remedy)


def _deadline(subject: Subject, field: str, section: CallToAction) -> Iterator[Problem]:
    if section.deadline and _is_before(section.deadline, subject.issue.date):
        message = "the deadline is over when the issue comes out"
        remedy = "correct the day, or take the section out"
        yield finding(subject, DEADLINE, f"{field}.deadline", message, remedy=remedy)


def _is_before(when: When, day: dt.date) -> bool:
    return when.date < day if when.date else (when.year, when.month) < (day.year, day.month)


def _clock(subject: Subject, field: str, when: When | None) -> Iterator[Problem]:
    moment = _local(subject, when)
    if moment is None:
        return
    back = moment.astimezone(dt.UTC).astimezone(subject.config.zone)
    other = moment.replace(fold=1).utcoffset()
    if back.replace(tzinfo=None) != moment.replace(tzinfo=None):
        message = (
            f"there is no {moment:%H:%M} on that day in {subject.config.timezone}: the clocks go forward"
        )
        yield finding(subject, CLOCK, field, message, remedy="choose another time")
    elif moment.utcoffset() != other:
        message = f"{moment:%H:%M} comes twice on that day in {subject.config.timezone}: the clocks go back"
        yield finding(subject, CLOCK, field, message, remedy="choose another time")


def _zone(subject: Subject, field: str, event: Event) -> Iterator[Problem]:
    moment = _local(subject, event.start)
    if moment is None or subject.config.timezone != "Europe/London":
        return
    right = moment.tzname()
    for name in ("place", "intro", "body", "title"):
        value = str(getattr(event, name))
        hit = next((hit for hit in _ZONE_WORD.finditer(value) if hit["zone"] != right), None)
        if hit:
            message = f"'{hit[0]}' is said, and on that day clocks in the United Kingdom show {right}"
            remedy = "write 'UK time', which is right all the year"
            yield finding(subject, ZONE, Spot(f"{field}.{name}", hit[0]), message, remedy=remedy)


def _local(subject: Subject, when: When | None) -> dt.datetime | None:
    if when is None or when.day is None or when.hour is None:
        return None
    zone = subject.config.zone
    return dt.datetime(when.year, when.month, when.day, when.hour, when.minute or 0, tzinfo=zone)
