"""What `newsletter send` asks before anything leaves: who is owed an issue, and whether that is meant."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.check import Checked
from newsletter.cli.console import ask_to_type, counted, now, operator, printable
from newsletter.cli.foreseeing import say_when
from newsletter.cli.reaching import offer_wider, outside
from newsletter.cli.scheduling import Times, when_in_words
from newsletter.errors import ChecksFailed, NotAllowed, TryAgain

if TYPE_CHECKING:
    from newsletter.config import Config, Workspace
    from newsletter.contacts import Criteria
    from newsletter.database import Database
    from newsletter.errors import InputError
    from newsletter.outbox import Mailing, Reach


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
    times: Times
    wait: bool | None
    all_messages: bool = False
    without_reading: bool = False

    @property
    def slug(self) -> str:
        return self.checked.issue.slug


def as_queued(db: "Database", slug: str, unread: "InputError") -> Checked:
    """An issue whose file cannot be read now, as it was queued: what was agreed to and waits goes all the same.

    One that is finished too: it is told that nothing is left. Raises `unread` where it was never queued.
    """
    from newsletter.edition import REQUESTS, load_edition
    from newsletter.issue import Issue
    from newsletter.outbox import count_late, mailing_of, tally_of

    mailing = mailing_of(db, slug)
    if mailing is None:
        raise unread
    waits = tally_of(db, mailing.id).waiting + count_late(db, mailing.id)
    if mailing.kind in REQUESTS and not waits:
        raise unread
    editions = {audience: load_edition(db, digest) for audience, digest in mailing.editions.items()}
    told = "it has errors" if unread.problems else unread.message
    what = "it goes on as approved when it was queued" if waits else "what was sent stays as it was"
    click.echo(printable(f"The file of {slug} cannot be read now ({told}); {what}."), err=True)
    title, day = next(iter(editions.values())).subject, dt.date.fromisoformat(mailing.queued_at[:10])
    issue = Issue(title=title, date=day, subject=title, lists=mailing.lists, slug=slug, path=Path(slug))
    return Checked(issue, editions, ())


def note_ends(job: Job) -> None:
    """Put into the ledger which consents have ended, as `newsletter consent expire` does."""
    from newsletter.contacts import Actor, operation, record_ends

    days = job.workspace.config.consent.confirm_within
    with operation(job.db, Actor(operator()), "consent expire", now()):
        record_ends(job.db, now(), recorder=operator(), confirm_days=days)


def owed_at_first(job: Job) -> int:
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


def owed_still(job: Job, mailing: "Mailing") -> int:
    """How many wait for an issue that goes on, newcomers included if they are wanted.

    Those for whom it was too late are owed it too: who comes so far has named a later time.
    """
    from newsletter.approval import require_kept_permissions
    from newsletter.edition import issue_digest
    from newsletter.outbox import count_late, report_of

    late = count_late(job.db, mailing.id)
    if not late:
        mailing = offer_wider(job.db, mailing, job.segments, everybody=job.everybody, ask=not job.yes)
        _offer_newcomers(job, mailing)
    owed = report_of(job.db, job.slug).waiting + late
    if owed:
        require_kept_permissions(job.db, job.slug, now())
    if issue_digest(job.checked.editions) != mailing.issue_digest:
        what = "it goes on as approved then" if owed else "what was sent stays as it was"
        click.echo(f"The file has changed since it was queued on {mailing.queued_at[:10]}; {what}.", err=True)
    return owed


def _offer_newcomers(job: Job, mailing: "Mailing") -> None:
    """Add those who joined since, if the operator says so; else say how many there are."""
    from newsletter.outbox import add_newcomers, count_newcomers

    number = count_newcomers(job.db, mailing, now())
    if not number:
        return
    told = f"{counted(number, 'person has', 'people have')} joined since {job.slug} was queued"
    wanted = job.add_new or (not job.yes and click.confirm(f"{told}. Add them?", err=True))
    if wanted:
        add_newcomers(job.db, mailing, now())
        click.echo(f"{told}; added.", err=True)
    else:
        click.echo(f"{told}; `newsletter send {job.slug} --add-new` adds them.", err=True)


def ready_to_send(job: Job, owed: int, mailing: "Mailing | None") -> Callable[[], str]:
    """The last questions before anything leaves; what gives the mail server's password or token."""
    from newsletter.outbox import read_secret, require_server

    config = job.workspace.config
    require_no_crowd(config, owed, f"would get {job.slug}")
    require_server(config)
    secret = read_secret(config)
    times = job.times.for_mailing(mailing)
    _say_when(job, owed, mailing, times)
    number = min(owed, job.limit or owed)
    names = _names_of(job.db, mailing.lists if mailing else job.checked.issue.lists)
    how_many = f"{number} of {owed}" if number < owed else str(number)
    names += outside(job.db, job.slug, job.segments)
    when = when_in_words(times, config.zone)
    ask_to_type(f"{job.slug} goes to {how_many} people: {names}{when}.", str(number), yes=job.yes)
    return secret


def _say_when(job: Job, owed: int, mailing: "Mailing | None", times: tuple[str, str]) -> None:
    """Until when the issue will be going, between these times."""
    from newsletter.outbox import count_late, reach_of

    going: Mailing | Reach
    limit = job.limit
    if mailing is None:
        going = reach_of(job.checked.issue, job.segments)
    elif count_late(job.db, mailing.id):
        # They wait again only once this is agreed to: until then as many others on its lists stand for them.
        going, limit = mailing.reach, min(owed, limit or owed)
    else:
        going = replace(mailing, not_before=times[0], not_after=times[1])
    say_when(job.db, going, job.workspace.config, limit, times=times)


def _names_of(db: "Database", lists: Iterable[str]) -> str:
    """What the lists are called, by the database: newsletter.toml may not have one any more that a mailing is for."""
    names = dict(map(tuple, db.conn.execute("SELECT list, name FROM lists")))
    return " and ".join(names.get(name, name) for name in lists)


def require_no_crowd(config: "Config", number: int, what: str) -> None:
    """Raises NotAllowed where more people than newsletter.toml allows `what`: 'would get 2022-10'."""
    if number > config.max_recipients:
        raise NotAllowed(
            f"{number} people {what}, and newsletter.toml allows {config.max_recipients}",
            remedy="If that many are meant, raise max_recipients there.",
        )


def require_no_more(job: Job, agreed: int) -> None:
    """Raises TryAgain where more people wait than were agreed to: an import may have ended while we asked."""
    from newsletter.outbox import report_of

    waiting = report_of(job.db, job.slug).waiting
    if waiting > agreed:
        raise TryAgain(
            f"{waiting} people would get {job.slug} by now, and not {agreed} as you were asked; nothing was sent",
            remedy=f"If that is right, type `newsletter send {job.slug}` again.",
        )
