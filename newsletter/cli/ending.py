"""How a `send` ends that something broke off: what is known is printed, and whoever was to be told is told by mail."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import opened
from newsletter.cli.report import print_report, print_report_json
from newsletter.cli.running import tell_by_mail
from newsletter.errors import ConfigError, InputError, NewsletterError

if TYPE_CHECKING:
    from newsletter.cli.owed import Job
    from newsletter.config import Workspace
    from newsletter.database import Database
    from newsletter.outbox import Report

#: Wrong usage, a refusal at a question, a second Ctrl-C: whoever did that is there, and all is said.
_ANSWERED = (click.ClickException, click.Abort, click.exceptions.Exit, KeyboardInterrupt)


@dataclass(slots=True)
class Course:
    """How far a `send` has come. `asked`: somebody is there to answer; `waited`: it went on by itself since.

    `begun`: messages may have left.
    """

    asked: bool
    waited: bool = False
    begun: bool = False

    @property
    def alone(self) -> bool:
        """Whether nobody may be there to read how it ends."""
        return self.begun or self.waited or not self.asked


@contextmanager
def opened_to_send(workspace: "Workspace", slug: str, *, alone: bool) -> Iterator["Database"]:
    """As `opened`; where it cannot be opened, as without a keyring for its key, that is told by mail if `alone`."""
    from newsletter.outbox import Report

    with ExitStack() as left:
        try:
            db = left.enter_context(opened(workspace))
        except Exception as error:  # raised again
            if alone:
                tell_by_mail(workspace, Report(slug, 0, stopped=_told(error)))
            raise
        yield db


@contextmanager
def told_at_the_end(job: "Job", course: Course) -> Iterator[None]:
    """While this lasts, an error is told by mail where nobody may be there, and the report printed where some left.

    The error goes its way all the same. Bad input is not told, unless it came while nobody was there.
    """
    try:
        yield
    except BaseException as error:  # raised again
        typed = isinstance(error, InputError) and not (course.begun or course.waited)
        found = replace(_known(job, error), stopped=_told(error))
        if course.alone and not typed and not isinstance(error, _ANSWERED):
            tell_by_mail(job.workspace, found)
        if course.begun and (found.sent or found.in_doubt) and not isinstance(error, click.exceptions.Exit):
            _print(job, found)
        raise


def _known(job: "Job", error: BaseException) -> "Report":
    """What is known of the mailing; no numbers where there are none, or where they are another sender's just now."""
    from newsletter.outbox import AnotherSender, Report, report_of

    if not isinstance(error, AnotherSender):
        with suppress(NewsletterError, sqlite3.Error):  # never queued, or the database is what broke
            return report_of(job.db, job.slug)
    return Report(job.slug, 0)


def _print(job: "Job", found: "Report") -> None:
    from newsletter.outbox import recipients_of

    with suppress(OSError, sqlite3.Error):  # what broke the run off is said instead
        if job.as_json:
            print_report_json(found, recipients_of(job.db, job.slug))
        else:
            print_report(found, zone=job.workspace.config.zone)


def _told(error: BaseException) -> NewsletterError:
    """An error as a notice says it; of what nobody foresaw the kind alone, for its words may have anything in them."""
    from newsletter.database import explain_error

    if isinstance(error, NewsletterError):
        return error
    if isinstance(error, sqlite3.Error):
        return explain_error(error, "contacts.db")
    again = "run the same command again."
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return ConfigError("there is no room left on the disk", remedy=f"Make room, then {again}")
        return NewsletterError(f"{error.filename or 'this computer'}: {error.strerror or error}")
    return NewsletterError(
        f"something went wrong that nobody foresaw ({type(error).__name__})",
        remedy=f"In a terminal, {again} Its last lines say more.",
    )
