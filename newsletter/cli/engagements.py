"""How the commands about engagement say one in words, and read a span of days."""

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import datetime as dt

    from newsletter.contacts import Engagement

_DAYS = re.compile(r"(\d{1,4}) ?(d|days?|w|weeks?)?", re.IGNORECASE)


def with_whom(one: "Engagement") -> str:
    """The names of all who took part."""
    return ", ".join(party.name for party in (*one.people, *one.organisations))


def what_follows(one: "Engagement") -> str:
    """What is to be done, by when, and whether it was done; '' for nothing."""
    from newsletter.contacts import said

    when = f" by {said(one.due_on)}" if one.due_on else ""
    ended = f" (done {said(one.done_on)})" if one.done_on else ""
    return f"{one.follow_up}{when}{ended}"


def in_a_line(one: "Engagement") -> str:
    """The whole of it without what was said."""
    from newsletter.contacts import said

    follows = f"; {what_follows(one)}" if what_follows(one) else ""
    return f"{one.kind} on {said(one.happened_on)} with {with_whom(one)}: {one.title}{follows}"


def since_day(text: str, today: "dt.date") -> "dt.date":
    """The day that `text` names, or the day so many days ago."""
    import datetime as dt

    from newsletter.contacts import past_day

    if _DAYS.fullmatch(text.strip()):
        return today - dt.timedelta(days=days_in(text, "--since"))
    return past_day(text, today, "--since")


def days_in(text: str, option: str) -> int:
    """A number of days, or of weeks: '14d', '180', '4w'."""
    match = _DAYS.fullmatch(text.strip())
    if not match:
        raise click.UsageError(f"{option}: {text!r} is not a number of days; write it as 14d or 4w")
    return int(match[1]) * (7 if (match[2] or "d").casefold().startswith("w") else 1)
