"""Moments as people type them: '09:00', 'tomorrow 09:00', '2026-12-01 09:00'; hours that are skipped or come twice."""

import datetime as dt
import re

from newsletter.errors import InputError

_TYPED = re.compile(
    r"(?:(?P<day>\d{4}-\d{2}-\d{2}|today|tomorrow)[ T]+)?(?P<time>\d{1,2}:\d{2}(?::\d{2})?)\s*(?P<offset>Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?",
    re.IGNORECASE,
)
_FURTHEST = dt.timedelta(days=365_250)  # beyond it a day has no time zone any more
_WANTED = 'write "2026-12-01 09:00", "tomorrow 09:00" or "09:00"'


def read_moment(
    text: str, option: str, zone: dt.tzinfo, now: dt.datetime, *, after: dt.datetime
) -> dt.datetime:
    """The moment that `text` means in `zone`, in UTC; a time without a day is the first such time after `after`.

    Raises InputError for what is no moment, for one that is over or a thousand years away, and for a time of day that does not
    exist or comes twice, since the clocks are changed: with an offset ('01:30+01:00') that is plain again.
    """
    typed = _TYPED.fullmatch(text.strip())
    if typed is None:
        raise InputError(f"{option}: {text!r} is not understood; {_WANTED}")
    try:
        moment = _meant(typed, option, zone, now, after)
    except (ValueError, OverflowError) as error:
        raise InputError(f"{option}: {text!r} is no such day or time ({error}); {_WANTED}") from None
    if moment <= now:
        raise InputError(f"{option}: {_said(moment, zone)} is over; nothing was changed")
    if moment - now > _FURTHEST:
        raise InputError(f"{option}: {text!r} is more than a thousand years away; {_WANTED}")
    return moment


def _meant(
    typed: re.Match[str], option: str, zone: dt.tzinfo, now: dt.datetime, after: dt.datetime
) -> dt.datetime:
    hour = dt.time.fromisoformat(typed["time"].zfill(5) if len(typed["time"]) < 6 else typed["time"].zfill(8))
    offset = typed["offset"]
    where = dt.datetime.fromisoformat(f"2000-01-01T00:00{offset.upper()}").tzinfo if offset else None
    day = (typed["day"] or "").lower()
    if day in ("", "today", "tomorrow"):
        start = (after if not day else now).astimezone(zone).date()
        found = _at(start + dt.timedelta(days=day == "tomorrow"), hour, option, where or zone)
        if not day and found <= after:
            found = _at(start + dt.timedelta(days=1), hour, option, where or zone)
        return found
    return _at(dt.date.fromisoformat(day), hour, option, where or zone)


def _at(day: dt.date, hour: dt.time, option: str, zone: dt.tzinfo) -> dt.datetime:
    """This time of this day. Raises InputError where the clocks are changed over it."""
    first = dt.datetime.combine(day, hour, zone)
    second = first.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(dt.UTC)
    # Where a time is skipped, the earlier reading lies behind the later one.
    if first.astimezone(dt.UTC) > second.astimezone(dt.UTC):
        before, behind = second.astimezone(dt.UTC).astimezone(zone), first.astimezone(dt.UTC).astimezone(zone)
        raise InputError(
            f"{option}: {first:%Y-%m-%d %H:%M} does not exist in {zone}: the clocks go forward then",
            remedy=f"Write {before:%H:%M} or {behind:%H:%M}.",
        )
    raise InputError(
        f"{option}: {first:%Y-%m-%d %H:%M} comes twice in {zone}: the clocks go back then",
        remedy=f'Say which: "{first:%Y-%m-%d %H:%M}{_offset(first)}" is the first, '
        f'"{first:%Y-%m-%d %H:%M}{_offset(second)}" the second.',
    )


def _offset(moment: dt.datetime) -> str:
    text = f"{moment:%z}"
    return f"{text[:3]}:{text[3:5]}"


def _said(moment: dt.datetime, zone: dt.tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} ({zone})"
