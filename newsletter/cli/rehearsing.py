"""`newsletter send --dry-run`: who would get it and who not, when, and what `send` would refuse."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import click

from newsletter.cli.beforehand import foretell_hearing
from newsletter.cli.console import now, print_problems, print_table, printable
from newsletter.cli.foreseeing import say_times, say_when
from newsletter.cli.holding import held_now
from newsletter.cli.owed import Job, require_no_crowd
from newsletter.cli.reaching import foretell_wider, outside
from newsletter.cli.report import SHOWN, print_equation, print_report_json, who
from newsletter.errors import NewsletterError

if TYPE_CHECKING:
    from newsletter.outbox import Mailing, Rehearsal

#: So many of those to whom a run is limited are named.
_NAMED = 5


def rehearse_issue(job: Job) -> int:
    """Show what `send` would do, write the messages, send nothing; the exit code."""
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
    _say_limit(job, found, mailing)
    _foretell(job, found, mailing)
    if mailing:
        foretell_wider(job.db, mailing, job.segments)
    for hindrance in _hindrances(job, found, mailing):
        click.echo(printable(f"Before it can be sent: {hindrance}"), err=True)
    foretell_hearing(job.workspace)
    return int(bool(job.checked.errors))


def _foretell(job: Job, found: "Rehearsal", mailing: "Mailing | None") -> None:
    """Between which times it would leave, and until when."""
    config, times = job.workspace.config, job.times.for_mailing(mailing)
    before, after = times
    if found.report.waiting:
        say_times(before, after, config.zone)
    waiting = (one for one in found.recipients if one.state == "waiting")
    going = replace(mailing, not_before=before, not_after=after) if mailing else waiting
    say_when(job.db, going, config, job.limit, times=times)


def _say_limit(job: Job, found: "Rehearsal", mailing: "Mailing | None") -> None:
    """To whom a run with --limit would write, where that is not everybody."""
    if job.limit is None or job.limit >= found.report.waiting:
        return
    put_off = _put_off(job, mailing) if mailing else frozenset[int]()
    going = (who(one) for one, audience, _ in found.owed if audience and one.contact_id not in put_off)
    names = [*islice(going, min(job.limit, _NAMED))]
    more = f" and {job.limit - _NAMED:,} more" if job.limit > _NAMED else ""
    click.echo(
        f"With --limit {job.limit} this run would write to the first {job.limit:,} of {found.report.waiting:,} "
        f"only: {', '.join(names)}{more}. The others wait for another.",
        err=True,
    )


def _put_off(job: Job, mailing: "Mailing") -> frozenset[int]:
    """Who waits and is not due yet, by contact."""
    from newsletter.contacts import stamp

    late = "SELECT contact_id FROM deliveries WHERE mailing_id = ? AND state = 'waiting' AND due_at > ?"
    return frozenset(row[0] for row in job.db.conn.execute(late, (mailing.id, stamp(now()))))


def _hindrances(job: Job, found: "Rehearsal", mailing: "Mailing | None") -> Iterator[NewsletterError]:
    """Each reason for which `send` would refuse as things are, but for what is said elsewhere."""
    from newsletter.approval import require_approval, require_permissions
    from newsletter.outbox import Paused, TooLate, count_late, require_server

    config, owed = job.workspace.config, found.report.waiting
    tests: list[Callable[[], object]] = []
    if mailing is None:
        tests += [
            lambda: require_permissions(job.db, job.checked.issue, now()),
            lambda: require_approval(job.db, job.slug, job.checked.editions),
        ]
    else:
        # A later time that is named brings them back.
        owed += count_late(job.db, mailing.id) if job.times.named else 0
        held = held_now(job.db, mailing, job.workspace, found.report)
        if isinstance(held, Paused) or (isinstance(held, TooLate) and not job.times.named):
            yield held
    if owed:
        tests += [
            lambda: require_no_crowd(config, owed, f"would get {job.slug}"),
            lambda: require_server(config),
        ]
    for test in tests:
        try:
            test()
        except NewsletterError as hindered:
            yield hindered


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
