"""Waiting in a terminal or a script: for the time of a mailing, and for what was put off."""

import datetime as dt
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import now, printable
from newsletter.cli.progress import stoppable
from newsletter.cli.report import Interrupted
from newsletter.cli.score import span_in_words
from newsletter.errors import ServerUnavailable, TryAgain

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.database import Database
    from newsletter.errors import NewsletterError
    from newsletter.outbox import Mailing, Report

_GLANCE = 0.5  # seconds between two looks at the clock
_LOOK = 4  # glances between two looks at whether somebody has paused, cancelled or moved it
#: How long a server is left in peace that was away, or with which everything went wrong.
_PEACE = dt.timedelta(minutes=5)
#: A timer may be a little early; so little is waited for even where nobody watches.
_SOON = dt.timedelta(minutes=2)
#: So many of those who will not get it are named.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of an attempt. `moment` is when to try again, None for not at all; `held` why it may not go yet.

    `last`: at that moment its last time has gone by, and the next attempt only says so.
    """

    mailing: "Mailing"
    found: "Report"
    ran: bool = False
    held: "NewsletterError | None" = None
    moment: dt.datetime | None = None
    last: bool = False

    @property
    def early(self) -> bool:
        """Whether its time has not come."""
        return self.held is not None


def waiting_for_its_time(
    mailing: "Mailing", found: "Report", held: "NewsletterError", *, wait: bool | None
) -> Attempt:
    """Too early: to be tried at its time, where somebody watches or has asked for it."""
    moment = dt.datetime.fromisoformat(mailing.not_before)
    wanted = (sys.stderr.isatty() or moment - now() < _SOON) if wait is None else wait
    return Attempt(mailing, found, held=held, moment=moment if wanted else None)


def after_a_run(mailing: "Mailing", found: "Report", *, wait: bool | None) -> Attempt:
    """A run is over: to be tried again, with --wait, when what was put off is due or the server was left in peace."""
    if not wait or not found.waiting or isinstance(found.stopped, Interrupted):
        return Attempt(mailing, found, ran=True)
    soon = now() + dt.timedelta(seconds=1)
    if isinstance(found.stopped, (TryAgain, ServerUnavailable)):
        soon = now() + _PEACE
    elif found.stopped:
        return Attempt(mailing, found, ran=True)
    due = dt.datetime.fromisoformat(found.next_due) if found.next_due else soon
    return _at_the_latest(Attempt(mailing, found, ran=True, moment=max(due, soon)))


def _at_the_latest(tried: Attempt) -> Attempt:
    """The same, with no wait beyond the last time of its mailing: nothing leaves after that."""
    after = tried.mailing.not_after
    if not after or not tried.moment:
        return tried
    over = dt.datetime.fromisoformat(after) + dt.timedelta(seconds=1)
    return replace(tried, moment=over, last=True) if tried.moment >= over else replace(tried, last=False)


def put_off(before: Attempt, error: "NewsletterError") -> Attempt:
    """An attempt that came to nothing for the time being: to be made again in a while, as the one before it."""
    found = replace(before.found, stopped=error)
    return _at_the_latest(replace(before, found=found, moment=now() + _PEACE))


def wait_until(db: "Database", tried: Attempt, workspace: "Workspace", *, quiet: bool) -> bool:
    """Wait for the moment of the next attempt; False where the operator stops waiting, which changes nothing.

    A machine that slept wakes up late, so the clock is looked at, not counted down. Ends at once
    where somebody has paused, cancelled or moved the mailing meanwhile: the next attempt says so.
    """
    moment, glances = tried.moment or now(), 0
    what = f"{tried.mailing.issue} {_what_comes(tried)}"
    if not quiet:
        _say_wait(db, tried, moment, what, workspace.config.zone)
    as_it_was = _terms(db, tried.mailing)
    with stoppable("Not waiting any more.") as halt, _countdown(what, moment, quiet=quiet):
        while (left := _seconds_to(moment)) > 0:
            # Not by the event, which a signal could not set while it is being waited for: it would hang for ever.
            time.sleep(min(left, _GLANCE))
            if halt.is_set():
                return False
            glances += 1
            if glances % _LOOK == 0 and _terms(db, tried.mailing) != as_it_was:
                break
    return True


def _what_comes(tried: Attempt) -> str:
    """What happens at the moment that is waited for."""
    if tried.last:
        return "ends"
    return "goes" if tried.early else "is tried again"


def _say_wait(db: "Database", tried: Attempt, moment: dt.datetime, what: str, zone: dt.tzinfo) -> None:
    """Why it waits, for whom that is too late, and until when."""
    from newsletter.outbox import said_moment

    if tried.found.stopped:
        click.echo(printable(f"{tried.found.stopped.message}."), err=True)
    number, names = _too_late(db, tried)
    if (tried.last or not tried.early) and number:
        # Not where a timer has it read by a log, which is kept.
        named = f": {', '.join(names)}" if sys.stderr.isatty() else ""
        more = f" and {number - _NAMED:,} more" if named and number > _NAMED else ""
        told = (
            f"{number:,} of those who wait would be tried again only after "
            f"{said_moment(tried.mailing.not_after, zone)}, when nothing leaves any more, and so will not get it"
            f"{named}{more}. A later time gives them time, from another window: "
            f'`newsletter send {tried.mailing.issue} --not-after "tomorrow 18:00"`.'
        )
        click.secho(printable(told), fg="yellow", err=True)
    told = f"{what} on {said_moment(moment, zone)}, in {span_in_words(_seconds_to(moment))}."
    click.echo(f"{told} Ctrl-C ends the waiting and changes nothing.", err=True)


def _too_late(db: "Database", tried: Attempt) -> tuple[int, list[str]]:
    """How many the next attempts reach only after the last time, and the first few of them.

    Where no attempt is left before it, everybody who waits.
    """
    if not (after := tried.mailing.not_after):
        return 0, []
    late = "FROM deliveries WHERE mailing_id = ? AND state = 'waiting' AND (? OR due_at > ?)"
    asked = (tried.mailing.id, tried.last, after)
    few = db.conn.execute(f"SELECT email {late} ORDER BY id LIMIT ?", (*asked, _NAMED))
    return db.conn.execute(f"SELECT count(*) {late}", asked).fetchone()[0], [row[0] for row in few]


def _seconds_to(moment: dt.datetime) -> float:
    return (moment - now()).total_seconds()


def _terms(db: "Database", mailing: "Mailing") -> tuple[object, ...]:
    row = db.one("SELECT state, not_before, not_after FROM mailings WHERE id = ?", mailing.id)
    return tuple(row) if row else ()


@contextmanager
def _countdown(what: str, moment: dt.datetime, *, quiet: bool) -> Iterator[None]:
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(
        get_renderable=lambda: Text(f"{what} in {span_in_words(_seconds_to(moment))}"),
        console=Console(stderr=True),
        refresh_per_second=2,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ):
        yield
