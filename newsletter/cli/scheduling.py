"""When an issue goes: the times that the operator names, the wait for them, and what may run it then."""

import datetime as dt
import shlex
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import now
from newsletter.cli.moments import read_moment
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.outbox import Mailing

#: How long after its time a mailing may still go where nothing else is said.
_LATEST = dt.timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Times:
    """What was asked for: stamps before and after which nothing leaves; '' for none, None for 'as it was'."""

    not_before: str | None = None
    not_after: str | None = None

    @property
    def named(self) -> bool:
        """Whether any time was asked for."""
        return (self.not_before, self.not_after) != (None, None)

    def for_mailing(self, mailing: "Mailing | None") -> tuple[str, str]:
        """The times of a mailing once these are taken over. Raises InputError where nothing could go between them."""
        before, after = (mailing.not_before, mailing.not_after) if mailing else ("", "")
        before = before if self.not_before is None else self.not_before
        after = after if self.not_after is None else self.not_after
        if self.named and before and after and after <= before:
            raise InputError(
                "--not-after must lie behind the time that it is scheduled for; nothing was changed"
            )
        return before, after


def read_times(at: str | None, not_after: str | None, zone: dt.tzinfo) -> Times:
    """The times that were typed. Raises InputError where they cannot be meant."""
    from newsletter.contacts import stamp

    moment = now()
    start = None if at in (None, "now") else read_moment(str(at), "--at", zone, moment, after=moment)
    end = (
        read_moment(not_after, "--not-after", zone, moment, after=start or moment)
        if not_after is not None
        else None
    )
    if start and end and end <= start:
        raise InputError("--not-after must lie behind --at; nothing was changed")
    if at is None:
        return Times(None, stamp(end) if end else None)
    if start is None:
        return Times("", stamp(end) if end else "")
    return Times(stamp(start), stamp(end or start + _LATEST))


def when_in_words(times: tuple[str, str], zone: dt.tzinfo) -> str:
    """', on …, and not after …' behind a sentence that says who gets it; '' for at once and for ever."""
    from newsletter.outbox import said_moment

    before, after = times
    told = f", on {said_moment(before, zone)}" if before else ""
    return f"{told}, and not after {said_moment(after, zone)}" if after else told


def print_how(workspace: "Workspace", mailing: "Mailing") -> None:
    """What must run the mailing at its time, where nothing waits for it here."""
    from newsletter.outbox import said_moment

    moment = dt.datetime.fromisoformat(mailing.not_before)
    here = moment.astimezone()  # cron and its kind go by this computer's clock
    command = _command(workspace, mailing.issue)
    click.echo(f"\nScheduled for {said_moment(moment, workspace.config.zone)}.", err=True)
    click.echo("Nothing leaves by itself: this computer must be on then, and run", err=True)
    click.echo(f"  {command}", err=True)
    click.echo("With cron, as a line of `crontab -e`:", err=True)
    escaped = command.replace("%", r"\%")
    click.echo(f"  {here.minute} {here.hour} {here.day} {here.month} * {escaped}", err=True)
    click.echo("With systemd:", err=True)
    click.echo(f'  systemd-run --user --on-calendar="{moment:%Y-%m-%d %H:%M:%S} UTC" {command}', err=True)
    click.echo("With launchd on a Mac, or another way: docs/sending.md.", err=True)
    click.echo(f"Typed again, `newsletter send {mailing.issue}` waits for the time in this window.", err=True)


def _command(workspace: "Workspace", issue: str) -> str:
    found = shutil.which("newsletter")
    program = [found] if found else [sys.executable, "-m", "newsletter"]
    return shlex.join(
        [*program, "--workspace", str(workspace.root.resolve()), "send", issue, "--yes", "--wait"]
    )
