"""Before anything is sent: whoever left by the public pages or by mail is heard first."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import counted, now
from newsletter.errors import NotAllowed, ServerUnavailable

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.database import Database

#: So long ago at most opt-outs by mail may have been read when something is sent.
_UNREAD = dt.timedelta(hours=24)


without_reading_option = click.option(
    "--without-reading",
    is_flag=True,
    help="Do not read the public pages and the mailbox first; who left there meanwhile still gets it.",
)


@dataclass(frozen=True, slots=True)
class Channels:
    """By which ways readers can leave that have to be looked at; a workspace may have none."""

    pages: bool
    mailbox: bool

    def __bool__(self) -> bool:
        return self.pages or self.mailbox

    def __str__(self) -> str:
        return " and ".join(
            word for word, there in (("the public pages", self.pages), ("the mailbox", self.mailbox)) if there
        )


class Unread(NotAllowed):
    """Opt-outs that came by mail have not been read for 24 hours."""


class Unheard(ServerUnavailable):
    """It is not known who has left meanwhile."""


def channels(workspace: "Workspace") -> Channels:
    """What `send` reads first. Nothing is imported or opened for this: most workspaces have neither."""
    config = workspace.config
    pages = bool(config.public.url) or workspace.inbox.exists()
    return Channels(pages, config.mailbox.is_read)


def hear_readers(workspace: "Workspace", db: "Database", *, without: bool, quiet: bool) -> None:
    """Take over what came in by the public pages and by mail; `without` leaves that out.

    Raises Unheard where pages or mailbox cannot be reached, and Unread where nobody has read the
    mailbox to its end for 24 hours, which `without` does not change.
    """
    found = channels(workspace)
    if not found:
        return
    if not without:
        _hear(workspace, db, found, quiet=quiet)
    if found.mailbox:
        _require_read(workspace, db)
    if without:
        click.echo(f"Not read before sending, as you said: {found}.", err=True)


def foretell_hearing(workspace: "Workspace") -> None:
    """What a run would read first; nothing is read for a dry run."""
    if found := channels(workspace):
        click.echo(f"Before it goes {found} would be read, and who has left meanwhile left out.", err=True)


def _hear(workspace: "Workspace", db: "Database", found: Channels, *, quiet: bool) -> None:
    try:
        if found.pages:
            _hear_pages(workspace, db, quiet=quiet)
        if found.mailbox:
            _hear_mail(workspace, db, quiet=quiet)
    except ServerUnavailable as error:
        raise Unheard(
            f"nothing was sent, since it is not known who has left: {error.message}",
            remedy="Try again when it can be reached. To send all the same: --without-reading.",
        ) from None


def _hear_pages(workspace: "Workspace", db: "Database", *, quiet: bool) -> None:
    from newsletter.cli.coming import send_confirmations, take_over_from, tell_aside, tell_asked, tell_taken

    taken = take_over_from(workspace, db)
    asked = send_confirmations(workspace, db)
    if taken.total and not quiet:
        click.echo(f"{counted(taken.total, 'arrival')} taken over from the public pages:", err=True)
        tell_taken(taken, err=True)
    tell_aside(taken)
    if not quiet:
        tell_asked(asked)


def _hear_mail(workspace: "Workspace", db: "Database", *, quiet: bool) -> None:
    from newsletter.replies import chosen_source, take_in

    with chosen_source(workspace.config, db) as (source, name):
        read = take_in(db, source, workspace.config, clock=now, name=name)
    if read.messages and not quiet:
        gone = read.outcomes["withdrawn"]
        left = f", {counted(gone, 'opt-out')}" if gone else ""
        click.echo(f"{counted(read.messages, 'message')} read from the mailbox{left}.", err=True)


def _require_read(workspace: "Workspace", db: "Database") -> None:
    from newsletter.outbox import said_moment
    from newsletter.replies import read_to_end_at

    last = read_to_end_at(db, workspace.config)
    if last and now() - last <= _UNREAD:
        return
    since = f"since {said_moment(last, workspace.config.zone)}" if last else "ever"
    raise Unread(
        f"opt-outs that came by mail have not been read {since}, so somebody may have left whom nobody has heard",
        remedy="Read them with `newsletter mailbox read`, then send.",
    )
