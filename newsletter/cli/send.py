"""`newsletter send`: send an issue to those who consented; again: go on where it stopped."""

import secrets
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.beforehand import Unheard, hear_readers, without_reading_option
from newsletter.cli.check import Checked, read_and_check
from newsletter.cli.completing import issue_names
from newsletter.cli.console import (
    issue_path,
    json_option,
    now,
    print_json,
    print_problems,
    printable,
    takes_workspace,
    yes_option,
)
from newsletter.cli.ending import Course, opened_to_send, told_at_the_end
from newsletter.cli.owed import (
    Job,
    as_queued,
    note_ends,
    owed_at_first,
    owed_still,
    ready_to_send,
    require_no_more,
)
from newsletter.cli.reaching import criteria_of, segment_option
from newsletter.cli.rehearsing import rehearse_issue
from newsletter.cli.report import (
    ended_with,
    print_report,
    print_report_json,
    slug_of,
)
from newsletter.cli.running import run_mailing, tell_by_mail
from newsletter.cli.scheduling import Times, print_how, read_times
from newsletter.cli.waiting import Attempt, after_a_run, put_off, wait_until, waiting_for_its_time
from newsletter.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from newsletter.config import Workspace
    from newsletter.outbox import Mailing


@click.command()
@click.argument("issue", shell_complete=issue_names)
@click.option(
    "--dry-run", is_flag=True, help="Show who gets it and why not, write the messages, send nothing."
)
@click.option(
    "--all", "all_messages", is_flag=True, help="With --dry-run: show everybody and write every message."
)
@click.option("--test", metavar="ADDRESS", help="Send one message, marked as a test, to this address alone.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Send at most N messages now.")
@segment_option("Only to those who are in this segment (again: or in this one); later ones are added.")
@click.option("--everybody", is_flag=True, help="Also to those outside the segments to which it went so far.")
@click.option("--at", metavar="TIME", help='When: "2026-12-01 09:00", "tomorrow 09:00", "09:00"; or "now".')
@click.option(
    "--not-after", metavar="TIME", help="Who has not got it by then does not get it (12 hours after --at)."
)
@click.option(
    "--wait/--no-wait",
    default=None,
    help="Stay until nothing waits any more, or never; by default it waits for its time in a terminal.",
)
@without_reading_option
@click.option("--add-new", is_flag=True, help="Also to those who joined since the issue was queued.")
@yes_option
@json_option
@takes_workspace
def send(
    issue: str,
    dry_run: bool,
    test: str | None,
    segments: tuple[str, ...],
    at: str | None,
    not_after: str | None,
    workspace: "Workspace",
    **wishes: Any,
) -> int:
    """Send an issue to those who consented; again: go on where it stopped.

    Nobody gets a second copy, whatever happens: what may have arrived is listed, and never sent
    again without your word (`newsletter resolve`). Ctrl-C finishes what is on its way;
    `newsletter pause` does so from another window. With --at everything is agreed now and leaves then.

    What came in on the public pages and by mail is taken over first, also by a run that waited. Where
    that fails nothing is sent (69).

    \b
    Example:
      newsletter send 2022-10 --dry-run
      newsletter send 2022-10 --test me@example.org
      newsletter send 2022-10
      newsletter send 2022-10 --segment north
      newsletter send 2022-10 --at "2026-12-01 09:00" --not-after "2026-12-01 18:00"
    """
    _refuse_contradictions(click.get_current_context().params)
    times = read_times(at, not_after, workspace.config.zone)
    real = not dry_run and test is None
    found = _read(workspace, issue, strictly=not real)
    alone = real and bool(wishes["yes"]) and not isinstance(found, InputError)
    with opened_to_send(workspace, slug_of(issue), alone=alone) as db:
        job = Job(
            workspace,
            db,
            as_queued(db, slug_of(issue), found) if isinstance(found, InputError) else found,
            segments=criteria_of(db, segments),
            times=times,
            **wishes,
        )
        if dry_run:
            return rehearse_issue(job)
        return _send(job) if test is None else _test(job, test)


def _refuse_contradictions(said: "Mapping[str, object]") -> None:
    """Raises UsageError for options that do not go together; `said` has them by the names of the parameters."""
    testing = said["test"] is not None
    if said["dry_run"] and testing:
        raise click.UsageError("--dry-run and --test do not go together")
    if said["everybody"] and said["segments"]:
        raise click.UsageError("--everybody and --segment do not go together")
    if said["all_messages"] and not said["dry_run"]:
        raise click.UsageError("--all goes with --dry-run")
    if (said["at"] or said["not_after"]) and testing:
        raise click.UsageError("--at and --not-after do not go with --test, which leaves at once")
    if said["wait"] and said["limit"]:
        raise click.UsageError("--wait stays until nothing waits any more, which --limit forbids")


def _read(workspace: "Workspace", issue: str, *, strictly: bool) -> Checked | InputError:
    """The issue as it is now; unless `strictly`, why its file cannot be read, since what was queued can go on."""
    try:
        return read_and_check(workspace, issue_path(workspace, issue))
    except InputError as error:
        if strictly:
            raise
        return error


def _test(job: Job, address: str) -> int:
    from newsletter.addresses import BadAddress
    from newsletter.edition import audience_name
    from newsletter.outbox import read_secret, require_test_address, send_test

    issue, config = job.checked.issue, job.workspace.config
    print_problems(job.checked.errors)
    try:
        require_test_address(job.db, address, issue.lists, now())
    except BadAddress as error:
        raise InputError(f"--test: {error.message}") from None
    edition = job.checked.editions[audience_name(issue.lists)]
    receipt = send_test(
        edition, config, address, secret=read_secret(config), unique=secrets.token_hex(16), now=now()
    )
    if job.as_json:
        print_json({"issue": job.slug, "address": address, "reply": str(receipt)})
    else:
        click.echo(printable(f"A test of {job.slug} went to {address}; the server said: {receipt}"))
    return 0


def _send(job: Job) -> int:
    """Attempt, wait where that is wanted, attempt again; then the report, the notice, the exit code."""
    from newsletter.outbox import recipients_of, resting_domains

    course = Course(asked=not job.yes)
    with told_at_the_end(job, course):
        tried = _attempt(job, course)
        while tried.moment and wait_until(job.db, tried, job.workspace, quiet=job.as_json):
            course.waited = True
            # What was agreed to holds; times that were named are in the database by now.
            again = replace(job, yes=True, add_new=False, everybody=False, times=Times())
            tried = _attempt_again(again, course, tried)
    found = tried.found
    if tried.ran:
        tell_by_mail(job.workspace, found)
    elif tried.early and _unseen(job, tried):
        tell_by_mail(job.workspace, replace(found, stopped=tried.held))
    if job.as_json:
        print_report_json(found, recipients_of(job.db, job.slug))
    else:
        resting = () if found.stopped else resting_domains(job.db, tried.mailing.id)
        print_report(found, held=tried.held, resting=resting, zone=job.workspace.config.zone)
        if tried.early:
            print_how(job.workspace, tried.mailing)
    return ended_with(found)


def _unseen(job: Job, tried: Attempt) -> bool:
    """Whether nobody may know that what was agreed to leaves only if somebody sees to it.

    A timer that comes before the time comes no second time; a wait ends by itself where the computer is shut down.
    """
    if tried.moment:
        return not sys.stderr.isatty()
    return job.yes and not job.times.named


def _attempt_again(job: Job, course: Course, before: Attempt) -> Attempt:
    """As `_attempt`; a run that waits goes on waiting where it cannot be heard just now who has left.

    So it does while somebody sends from another window. Raises what has come to hold the mailing
    meanwhile: it is too late, or was paused or cancelled.
    """
    from newsletter.outbox import AnotherSender, TooEarly, hindrance, mailing_of

    try:
        return _attempt(job, course)
    except (Unheard, AnotherSender) as error:
        held = hindrance(job.db, before.mailing.id, now(), job.workspace.config.zone)
        if held and not isinstance(held, TooEarly):
            raise held from None
        # Its times may be others by now.
        return put_off(replace(before, mailing=mailing_of(job.db, job.slug) or before.mailing), error)


def _attempt(job: Job, course: Course) -> Attempt:
    """Hear who has left, queue what was never queued, and send what may go now. Raises what forbids it."""
    from newsletter.contacts import sync_lists
    from newsletter.outbox import TooEarly, hindrance, mailing_of, mend, only_sender, report_of

    config = job.workspace.config
    hear_readers(job.workspace, job.db, without=job.without_reading, quiet=job.as_json)
    with only_sender(job.db):
        sync_lists(job.db, config, now())
        note_ends(job)
        mend(job.db, now())
        mailing = mailing_of(job.db, job.slug)
        owed = owed_at_first(job) if mailing is None else _owed_by(job, mailing)
        if mailing and not owed:
            click.echo(f"Nothing of {job.slug} is left to send.", err=True)
            return Attempt(mailing, report_of(job.db, job.slug))
        secret = ready_to_send(job, owed, mailing)
        mailing = _queue(job)
        require_no_more(job, owed)
        held = hindrance(job.db, mailing.id, now(), config.zone)
        if isinstance(held, TooEarly):
            return waiting_for_its_time(mailing, report_of(job.db, job.slug), held, wait=job.wait)
        total, course.begun = min(owed, job.limit or owed), True
        found = run_mailing(
            job.db, mailing, job.workspace, secret=secret, total=total, limit=job.limit, quiet=job.as_json
        )
    return after_a_run(mailing, found, wait=job.wait)


def _owed_by(job: Job, mailing: "Mailing") -> int:
    """How many are owed an issue that was queued. Raises what holds it, unless the times named now mend that."""
    from newsletter.outbox import TooEarly, TooLate, count_late, hindrance

    held = hindrance(job.db, mailing.id, now(), job.workspace.config.zone)
    if isinstance(held, TooLate) and not job.times.named:
        if count_late(job.db, mailing.id):
            raise held
        return 0
    if held and not isinstance(held, (TooEarly, TooLate)):
        raise held
    return owed_still(job, mailing)


def _queue(job: Job) -> "Mailing":
    """The mailing, queued and with the times that were named, all at once."""
    from newsletter.database import transaction_without_references
    from newsletter.outbox import bring_back_late, queue_mailing, schedule_mailing

    issue, editions, config = job.checked.issue, job.checked.editions, job.workspace.config
    with transaction_without_references(job.db):
        mailing = queue_mailing(job.db, issue, editions, config, now(), segments=job.segments)
        if job.times.named:
            bring_back_late(job.db, mailing.id, now())
            mailing = schedule_mailing(job.db, mailing, *job.times.for_mailing(mailing))
    return mailing
