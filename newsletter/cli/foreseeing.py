"""What `send` says beforehand: until when a rate holds messages back, and whom that is too late for."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import now

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.database import Database
    from newsletter.outbox import Addressed, Mailing, Reach

_WORTH_SAYING = dt.timedelta(minutes=1)
_GUESSES = 12  # after so many it is about right


def say_when(
    db: "Database",
    going: "Mailing | Reach | Iterable[Addressed]",
    config: "Config",
    limit: int | None,
    *,
    times: tuple[str, str] = ("", ""),
) -> None:
    """On the error stream, where it takes a minute or longer, how fast and until when; and how many come too late.

    `times` are the stamps before and after which nothing leaves; a mailing has its own. Of one that was
    cancelled it says that nothing leaves.
    """
    from newsletter.outbox import Mailing, foretell, said_moment

    if isinstance(going, Mailing):
        if going.state == "cancelled":
            _say_cancelled(db, going, config)
            return
        times = going.not_before, going.not_after
    before, after = (dt.datetime.fromisoformat(text) if text else None for text in times)
    begins = max(now(), before) if before else now()
    found = foretell(db, going, config.smtp, begins, limit=limit)
    if found is None:
        return
    if found.ends - begins >= _WORTH_SAYING:
        until = said_moment(found.ends, config.zone)
        click.echo(f"At {found.rates}, the last of {found.messages:,} messages leaves on {until}.", err=True)
    if not after or found.ends <= after:
        return

    def ends(number: int) -> dt.datetime:
        part = foretell(db, going, config.smtp, begins, limit=number)
        return part.ends if part else begins

    late = "some"
    # Whoever is held back by a rate of their domain, or was put off, need not come last.
    if not (config.smtp.domains or config.smtp.rates_to("") or ends(0) > after):
        late = f"about {found.messages - _in_time(ends, found.messages, (begins, found.ends), after):,}"
    click.secho(
        f"At this rate {late} of {found.messages:,} will not get it before {said_moment(after, config.zone)}, "
        "after which nothing leaves. A later `--not-after` gives them time.",
        fg="yellow",
        err=True,
    )


def _in_time(
    ends: Callable[[int], dt.datetime], number: int, span: tuple[dt.datetime, dt.datetime], after: dt.datetime
) -> int:
    """How many of `number` messages leave by `after`, about: `ends` is when the last of so many does.

    `span` is when the first and the last of all leave. Guessed by the pace, and every other time halved,
    should the pace be uneven: each guess costs playing all of them through.
    """
    low, high, (at_low, at_high) = 0, number, span
    for turn in range(_GUESSES):
        if high - low < 2:
            break
        share = 0.5 if turn % 2 else (after - at_low) / (at_high - at_low)
        guess = min(max(low + int((high - low) * share), low + 1), high - 1)
        at = ends(guess)
        if at <= after:
            low, at_low = guess, at
        else:
            high, at_high = guess, at
    return low


def _say_cancelled(db: "Database", mailing: "Mailing", config: "Config") -> None:
    from newsletter.outbox import hindrance

    if held := hindrance(db, mailing.id, now(), config.zone):
        click.secho(
            f"{held.message}. Approved or not, nothing of it is sent any more.", fg="yellow", err=True
        )
