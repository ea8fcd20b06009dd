"""A run as the operator sees it: shown, logged, stopped by Ctrl-C, and told by mail when it is over."""

import random
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import now, printable
from newsletter.cli.progress import Several, shown, stoppable
from newsletter.cli.report import Interrupted
from newsletter.cli.score import Score

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.database import Database
    from newsletter.outbox import Mailing, Report

_PATIENCE = 15.0  # seconds for each answer while a notice is mailed: the run is over, and somebody waits
_STOPPING = "Stopping: what is on its way is being finished … (a second time: it is left in doubt)"


def run_mailing(
    db: "Database",
    mailing: "Mailing",
    workspace: "Workspace",
    *,
    secret: Callable[[], str],
    total: int,
    limit: int | None = None,
    quiet: bool = False,
    again: str = "",
) -> "Report":
    """Send what is due of a mailing, watched; the report. Raises as `send_due`.

    `again` is the command that goes on, where it is not `send`.
    """
    from newsletter.outbox import RunLog, send_due

    config, found, broken = workspace.config, None, None
    log = RunLog(log_file(workspace, mailing.issue), mailing.issue, now)
    score = Score(total, time.monotonic, config.smtp.per_second)
    with stoppable(_STOPPING) as halt, shown(mailing.issue, score, quiet=quiet) as view:
        log.begin(total)
        try:
            found = send_due(
                db,
                mailing,
                config,
                secret=secret,
                clock=now,
                jitter=random.random,
                limit=limit,
                halt=halt,
                watch=Several(log, view),
            )
        except BaseException as error:
            broken = error
            if isinstance(error, KeyboardInterrupt):
                _say_at_once(again or f"send {mailing.issue}")
                raise click.exceptions.Exit(130) from None  # all is said
            raise
        finally:
            log.end(found, broken or (found.stopped if found else None))
    if log.failed:
        click.echo(
            f"The log could not be kept: {printable(str(log.failed))}. What was sent is in contacts.db all the same.",
            err=True,
        )
    return _by_the_operator(found, again) if halt.is_set() else found


def _say_at_once(again: str) -> None:
    """What a second Ctrl-C has left behind."""
    told = "Stopped at once: what was on its way may have arrived, or not, and is not sent again by itself."
    with suppress(OSError):  # the terminal may have gone
        click.echo(f"\n{told} Go on with `newsletter {again}`, which says what is to be decided.", err=True)


def _by_the_operator(found: "Report", again: str) -> "Report":
    """The report of a run that Ctrl-C may have ended before its time."""
    if found.stopped or not found.waiting:
        return found
    told = f"You stopped it: {found.sent:,} of {found.candidates:,} sent, {found.waiting:,} waiting"
    stopped = Interrupted(
        told, remedy=f"Nothing is lost. Go on with `newsletter {again or f'send {found.issue}'}`."
    )
    return replace(found, stopped=stopped)


def log_file(workspace: "Workspace", name: str) -> Path:
    """Where the log of a mailing lies; those that ask to confirm, or to renew, have one for all of their kind."""
    return workspace.build / name.partition(":")[0] / "send.log.jsonl"


def tell_by_mail(workspace: "Workspace", found: "Report") -> None:
    """Send the notice that newsletter.toml asks for; a failure is said and changes nothing."""
    notice = workspace.config.notice
    if not notice.email:
        return
    try:
        told = _mailed(workspace, found)
    except Exception as error:  # whatever it is: how the run has ended comes first
        told = f"The notice to {notice.email} could not be mailed: {error}"
    with suppress(OSError):  # the terminal may have gone
        click.echo(printable(told), err=True)


def _mailed(workspace: "Workspace", found: "Report") -> str:
    """Send it; what to say of that."""
    from newsletter.outbox import notice_relay, read_secret, send_notice

    config, notice = workspace.config, workspace.config.notice
    relay = notice_relay(config, found)
    if relay is None:
        named = "the server under [smtp], which may be what failed, is the only one named for it"
        why = named if notice.smtp.host else "[notice.smtp] names no server"
        return f"No notice was mailed to {notice.email}: {why}."
    patient = relay.model_copy(update={"timeout": min(relay.timeout, _PATIENCE)})
    secret = read_secret(config.model_copy(update={"smtp": relay}))
    send_notice(found, config, relay=patient, secret=secret, unique=secrets.token_hex(16), now=now())
    return f"A notice was mailed to {notice.email}."
