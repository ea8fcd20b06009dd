"""`newsletter send`: send an issue to those who consented; again: go on where it stopped."""

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import click

from newsletter.cli.check import Checked, read_and_check
from newsletter.cli.console import (
    ask_to_type,
    issue_path,
    json_option,
    now,
    opened,
    operator,
    print_json,
    print_problems,
    print_table,
    takes_workspace,
    yes_option,
)
from newsletter.cli.foreseeing import say_when
from newsletter.cli.progress import watched
from newsletter.cli.reaching import foretell_wider, offer_wider, outside
from newsletter.cli.report import (
    SHOWN,
    ended_with,
    print_equation,
    print_report,
    print_report_json,
    who,
)
from newsletter.errors import ChecksFailed, NotAllowed, TryAgain

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.contacts import Criteria
    from newsletter.database import Database
    from newsletter.outbox import Mailing, Rehearsal, Report


@dataclass(frozen=True, slots=True)
class Job:
    """What the operator asked for, and what it is about."""

    workspace: "Workspace"
    db: "Database"
    checked: Checked
    limit: int | None
    add_new: bool
    yes: bool
    as_json: bool
    segments: "dict[str, Criteria]"
    everybody: bool
    all_messages: bool = False

    @property
    def slug(self) -> str:
        return self.checked.issue.slug


@click.command()
@click.argument("issue")
@click.option(
    "--dry-run", is_flag=True, help="Show who gets it and why not, write the messages, send nothing."
)
@click.option(
    "--all", "all_messages", is_flag=True, help="With --dry-run: show everybody and write every message."
)
@click.option("--test", metavar="ADDRESS", help="Send one message, marked as a test, to this address alone.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Send at most N messages now.")
@click.option(
    "--segment",
    "segments",
    multiple=True,
    metavar="NAME",
    help="Only to those who are in this segment (again: or in this one); later ones are added.",
)
@click.option("--everybody", is_flag=True, help="Also to those outside the segments to which it went so far.")
@click.option("--add-new", is_flag=True, help="Also to those who joined since the issue was queued.")
@yes_option
@json_option
@takes_workspace
def send(
    issue: str,
    dry_run: bool,
    all_messages: bool,
    test: str | None,
    limit: int | None,
    segments: tuple[str, ...],
    everybody: bool,
    add_new: bool,
    yes: bool,
    as_json: bool,
    workspace: "Workspace",
) -> int:
    """Send an issue to those who consented; again: go on where it stopped.

    Nobody gets a second copy, whatever happens: what may have arrived is listed, and never sent
    again without your word (`newsletter resolve`). Ctrl-C finishes what is on its way.

    \b
    Example:
      newsletter send 2022-10 --dry-run
      newsletter send 2022-10 --test me@example.org
      newsletter send 2022-10
      newsletter send 2022-10 --segment north
    """
    from newsletter.contacts import find_segment

    if dry_run and test:
        raise click.UsageError("--dry-run and --test do not go together")
    if everybody and segments:
        raise click.UsageError("--everybody and --segment do not go together")
    if all_messages and not dry_run:
        raise click.UsageError("--all goes with --dry-run")
    checked = read_and_check(workspace, issue_path(workspace, issue))
    with opened(workspace) as db:
        asked = {name: find_segment(db, name).criteria for name in segments}
        job = Job(workspace, db, checked, limit, add_new, yes, as_json, asked, everybody, all_messages)
        if dry_run:
            return _rehearse(job)
        return _test(job, test) if test else _send(job)


def _rehearse(job: Job) -> int:
    from newsletter.approval import ApprovalNeeded, NotPermitted, require_approval, require_permissions
    from newsletter.outbox import mailing_of, rehearse, write_messages

    print_problems(job.checked.errors)
    config, folder = job.workspace.config, job.workspace.build / job.slug / "dry-run"
    found = rehearse(job.db, job.checked.issue, job.checked.editions, config, now(), segments=job.segments)
    most, messages = None if job.all_messages else SHOWN, found.messages
    written = write_messages(islice(messages, most), folder)
    if job.as_json:
        print_report_json(found.report, found.recipients)
    else:
        click.echo(f"Dry run of {job.slug}{outside(job.db, job.slug, job.segments)}: nothing is sent.\n")
        _print_rehearsal(found, most)
        print_equation(found.report)
        number = f"The first {written:,}" if next(messages, None) else str(written)
        click.echo(f"\n{number} messages, exactly as they would go: {job.workspace.shown(folder)}/")
    mailing = mailing_of(job.db, job.slug)
    waiting = (one for one in found.recipients if one.state == "waiting")
    say_when(job.db, mailing or waiting, config, job.limit)
    if mailing:
        foretell_wider(job.db, mailing, job.segments)
    else:
        try:
            require_permissions(job.db, job.checked.issue, now())
            require_approval(job.db, job.slug, job.checked.editions)
        except (ApprovalNeeded, NotPermitted) as missing:
            click.echo(f"Before it can be sent: {missing}", err=True)
    return int(bool(job.checked.errors))


def _print_rehearsal(found: "Rehearsal", most: int | None) -> None:
    """Everybody: first those who will get it, with the edition and what allows it; then the others.

    At most so many of either, and how many more there are.
    """
    from newsletter.outbox import REASONS, STATES

    getting, others, more = list[tuple[str, ...]](), list[tuple[str, ...]](), 0
    for one, audience, why in found.owed:
        rows = getting if audience else others
        if most is not None and len(rows) >= most:
            more += 1
        elif audience:
            rows.append((who(one), f"gets {audience}", why, f"{one.contact_id}.eml"))
        else:
            rows.append((who(one), STATES[one.state], REASONS.get(one.reason) or one.reply, ""))
    print_table(("who", "what", "why", "message"), [*getting, *others])
    if more:
        click.echo(f"… and {more:,} more: `--all` shows everybody, and writes every message.")
    click.echo()


def _test(job: Job, address: str) -> int:
    from newsletter.edition import audience_name
    from newsletter.outbox import read_secret, require_test_address, send_test

    issue, config = job.checked.issue, job.workspace.config
    print_problems(job.checked.errors)
    require_test_address(job.db, address, issue.lists, now())
    edition = job.checked.editions[audience_name(issue.lists)]
    receipt = send_test(
        edition, config, address, secret=read_secret(config), unique=secrets.token_hex(16), now=now()
    )
    if job.as_json:
        print_json({"issue": job.slug, "address": address, "reply": str(receipt)})
    else:
        click.echo(f"A test of {job.slug} went to {address}; the server said: {receipt}")
    return 0


def _send(job: Job) -> int:
    from newsletter.contacts import sync_lists
    from newsletter.outbox import mailing_of, only_sender, queue_mailing, recipients_of, report_of

    config = job.workspace.config
    with only_sender(job.db):
        sync_lists(job.db, config, now())
        _note_ends(job)
        mailing = mailing_of(job.db, job.slug)
        owed = _owed_at_first(job) if mailing is None else _owed_still(job, mailing)
        if owed:
            secret = _ready_to_send(job, owed)
            issue, editions = job.checked.issue, job.checked.editions
            mailing = queue_mailing(job.db, issue, editions, config, now(), segments=job.segments)
            _require_no_more(job, owed)
            found = _run(job, mailing, secret, owed)
        else:
            found = report_of(job.db, job.slug)
            click.echo(f"Nothing of {job.slug} is left to send.", err=True)
    if job.as_json:
        print_report_json(found, recipients_of(job.db, job.slug))
    else:
        print_report(found)
    return ended_with(found)


def _note_ends(job: Job) -> None:
    """Put into the ledger which consents have ended, as `newsletter consent expire` does."""
    from newsletter.contacts import Actor, operation, record_ends

    days = job.workspace.config.consent.confirm_within
    with operation(job.db, Actor(operator()), "consent expire", now()):
        record_ends(job.db, now(), recorder=operator(), confirm_days=days)


def _owed_at_first(job: Job) -> int:
    """How many would get an issue that was never queued. Raises ChecksFailed and NotAllowed."""
    from newsletter.approval import require_approval, require_permissions
    from newsletter.outbox import in_segments, plan_mailing, reach_of

    checked = job.checked
    if checked.errors:
        remedy = f"Mend them, then look again with `newsletter check {job.slug}`."
        raise ChecksFailed(problems=checked.errors, remedy=remedy)
    require_permissions(job.db, checked.issue, now())
    require_approval(job.db, job.slug, checked.editions)
    owed = plan_mailing(job.db, reach_of(checked.issue, job.segments), now()).to_send
    if not owed:
        raise NotAllowed(
            f"nobody on {' or '.join(checked.issue.lists)}{in_segments(job.segments)} may be written to",
            remedy=f"See why with `newsletter send {job.slug} --dry-run`.",
        )
    return owed


def _owed_still(job: Job, mailing: "Mailing") -> int:
    """How many wait for an issue that goes on, newcomers included if they are wanted."""
    from newsletter.approval import require_approval, require_kept_permissions
    from newsletter.edition import issue_digest
    from newsletter.outbox import report_of

    mailing = offer_wider(job.db, mailing, job.segments, everybody=job.everybody, ask=not job.yes)
    _offer_newcomers(job, mailing)
    owed = report_of(job.db, job.slug).waiting
    if owed:
        require_kept_permissions(job.db, job.slug, now())
    if issue_digest(job.checked.editions) == mailing.issue_digest:
        return owed
    if not owed:
        # Nothing is left to go on with, so what is asked for is the changed issue: is that approved?
        require_approval(job.db, job.slug, job.checked.editions)
    what = "it goes on as approved then" if owed else "it was sent as approved then, and is not sent again"
    click.echo(f"The issue has changed since it was queued on {mailing.queued_at[:10]}; {what}.", err=True)
    return owed


def _offer_newcomers(job: Job, mailing: "Mailing") -> None:
    """Add those who joined since, if the operator says so; else say how many there are."""
    from newsletter.outbox import add_newcomers, count_newcomers

    number = count_newcomers(job.db, mailing, now())
    if not number:
        return
    told = f"{number} {'person has' if number == 1 else 'people have'} joined since {job.slug} was queued"
    wanted = job.add_new or (not job.yes and click.confirm(f"{told}. Add them?", err=True))
    if wanted:
        add_newcomers(job.db, mailing, now())
        click.echo(f"{told}; added.", err=True)
    else:
        click.echo(f"{told}; `newsletter send {job.slug} --add-new` adds them.", err=True)


def _ready_to_send(job: Job, owed: int) -> Callable[[], str]:
    """The last questions before anything leaves; what gives the mail server's password or token."""
    from newsletter.outbox import mailing_of, reach_of, read_secret, require_server

    config, lists = job.workspace.config, job.checked.issue.lists
    if owed > config.max_recipients:
        raise NotAllowed(
            f"{owed} people would get {job.slug}, and newsletter.toml allows {config.max_recipients}",
            remedy="If that many are meant, raise max_recipients there.",
        )
    require_server(config)
    secret = read_secret(config)
    going = mailing_of(job.db, job.slug) or reach_of(job.checked.issue, job.segments)
    say_when(job.db, going, config, job.limit)
    number = min(owed, job.limit or owed)
    names = " and ".join(config.lists[name].name for name in lists)
    how_many = f"{number} of {owed}" if number < owed else str(number)
    names += outside(job.db, job.slug, job.segments)
    ask_to_type(f"{job.slug} goes to {how_many} people: {names}.", str(number), yes=job.yes)
    return secret


def _require_no_more(job: Job, agreed: int) -> None:
    """Raises TryAgain where more people wait than were agreed to: an import may have ended while we asked."""
    from newsletter.outbox import report_of

    waiting = report_of(job.db, job.slug).waiting
    if waiting > agreed:
        raise TryAgain(
            f"{waiting} people would get {job.slug} by now, and not {agreed} as you were asked; nothing was sent",
            remedy=f"If that is right, type `newsletter send {job.slug}` again.",
        )


def _run(job: Job, mailing: "Mailing", secret: Callable[[], str], owed: int) -> "Report":
    from newsletter.outbox import send_due

    total = min(owed, job.limit or owed)
    with watched(total, quiet=job.as_json) as watching:
        return send_due(
            job.db,
            mailing,
            job.workspace.config,
            secret=secret,
            clock=now,
            jitter=random.random,
            limit=job.limit,
            halt=watching.halt,
            watch=watching.watch,
        )
