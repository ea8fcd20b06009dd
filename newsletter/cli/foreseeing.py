"""What `send` says beforehand: until when a rate holds messages back, and whom that is too late for."""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import now, printable

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.database import Database
    from newsletter.outbox import Addressed, Mailing, Reach

_WORTH_SAYING = dt.timedelta(minutes=1)


def say_times(before: str, after: str, zone: dt.tzinfo) -> None:
    """On the error stream, between which stamps it would leave; nothing where '' stands for both."""
    from newsletter.outbox import said_moment

    told = [f"not before {said_moment(before, zone)}"] if before else []
    told += [f"not after {said_moment(after, zone)}"] if after else []
    if told:
        click.echo(f"It would leave {' and '.join(told)}.", err=True)


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
    found = foretell(db, going, config.smtp, begins, limit=limit, until=after)
    if found is None:
        return
    if found.ends - begins >= _WORTH_SAYING:
        until = said_moment(found.ends, config.zone)
        click.echo(f"At {found.rates}, the last of {found.messages:,} messages leaves on {until}.", err=True)
    if after and found.late:
        click.secho(
            f"At this rate {found.late:,} of {found.messages:,} will not get it before "
            f"{said_moment(after, config.zone)}, after which nothing leaves. A later `--not-after` gives them time.",
            fg="yellow",
            err=True,
        )


def _say_cancelled(db: "Database", mailing: "Mailing", config: "Config") -> None:
    from newsletter.outbox import hindrance

    if held := hindrance(db, mailing.id, now(), config.zone):
        click.secho(
            f"{printable(held.message)}. Approved or not, nothing of it is sent any more.",
            fg="yellow",
            err=True,
        )
