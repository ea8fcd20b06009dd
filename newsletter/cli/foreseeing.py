"""What `send` says beforehand: when the last message will leave, where a rate holds messages back."""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import now

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.database import Database
    from newsletter.outbox import Addressed, Mailing, Reach

_WORTH_SAYING = dt.timedelta(minutes=1)


def say_when(
    db: "Database", going: "Mailing | Reach | Iterable[Addressed]", config: "Config", limit: int | None
) -> None:
    """On the error stream, where it takes a minute or longer: how fast, and until when."""
    from newsletter.outbox import foretell, said_moment

    begins = now()
    found = foretell(db, going, config.smtp, begins, limit=limit)
    if found is None or found.ends - begins < _WORTH_SAYING:
        return
    until = said_moment(found.ends, config.zone)
    click.echo(f"At {found.rates}, the last of {found.messages:,} messages leaves on {until}.", err=True)
