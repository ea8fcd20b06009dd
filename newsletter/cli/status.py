"""`newsletter status`: where each issue stands, and the next command to type."""

from collections.abc import Container
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import (
    counted,
    issue_files,
    json_option,
    opened,
    print_json,
    print_table,
    takes_workspace,
)
from newsletter.cli.deciding import waiting_in_words
from newsletter.cli.holding import held_now
from newsletter.cli.people import today
from newsletter.cli.requests import requests_in_words
from newsletter.errors import NewsletterError, NotAllowed

if TYPE_CHECKING:
    from newsletter.approval import Approval
    from newsletter.cli.check import Checked
    from newsletter.config import Workspace
    from newsletter.database import Database
    from newsletter.outbox import Mailing, Report

# The issues in the outbox that have something to send or to decide, whether or not they have a file.
_OPEN = """
    SELECT DISTINCT issue FROM mailings m WHERE kind IN ('issue', 'correction') AND EXISTS
        (SELECT 1 FROM deliveries d WHERE d.mailing_id = m.id AND d.state IN ('waiting', 'sending', 'in-doubt'))
    ORDER BY issue
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an issue has come, in a word for scripts and in a sentence, and what to type next.

    `waiting` and `in_doubt` are how many of its messages still wait and may have arrived; `file` is
    false for one that is in the outbox and no longer among the files.
    """

    issue: str
    state: str
    told: str
    next: str
    waiting: int = 0
    in_doubt: int = 0
    file: bool = True


@click.command()
@json_option
@takes_workspace
def status(*, workspace: "Workspace", as_json: bool) -> None:
    """For each issue what is done, and the next command to type.

    \b
    Example:
      newsletter status
      newsletter status --json
    """
    with opened(workspace) as db:
        paths = issue_files(workspace)
        standings = [standing_of(db, workspace, path) for path in paths]
        standings += _without_a_file(db, workspace, {path.stem for path in paths})
        warning = _warning(db)
        requests = requests_in_words(db, today(workspace))
        to_do = _to_do(db, workspace)
        came_back = waiting_in_words(db)
    if as_json:
        print_json([asdict(standing) for standing in standings])
        return
    if standings:
        print_table(("issue", "where it stands", "next"), [(s.issue, s.told, s.next) for s in standings])
    else:
        click.echo("There is no issue yet. Write one with `newsletter new SLUG`, such as 2022-10.")
    if to_do:
        click.echo(f"\n{to_do}")
    if warning:
        click.secho(f"\nSending is locked: {warning}.", fg="yellow")
    for line, bad in came_back:
        click.secho(line, fg="yellow" if bad else None)
    for line, late in requests:
        click.secho(line, fg="red" if late else None)


def standing_of(db: "Database", workspace: "Workspace", path: Path) -> Standing:
    """How far the issue at `path` has come. What has gone out counts, whatever the file says now."""
    from newsletter.cli.check import read_and_check
    from newsletter.outbox import mailing_of

    slug = path.stem
    if mailing := mailing_of(db, slug):
        return _in_the_outbox(db, workspace, mailing)
    try:
        checked = read_and_check(workspace, path)
    except NewsletterError as error:
        told = f"cannot be read: {counted(len(error.problems) or 1, 'problem')}"
        return Standing(slug, "unreadable", told, f"newsletter check {slug}")
    if checked.errors:
        return Standing(
            slug, "errors", counted(len(checked.errors), "error") + " to mend", f"newsletter check {slug}"
        )
    return _unsent(db, workspace, slug, checked)


def _without_a_file(db: "Database", workspace: "Workspace", known: Container[str]) -> list[Standing]:
    """Of the issues that are not `known`: those that still have something to send or to decide."""
    from newsletter.outbox import mailing_of

    slugs = (row[0] for row in db.conn.execute(_OPEN).fetchall())
    lost = (mailing_of(db, slug) for slug in slugs if slug not in known)
    found = (_in_the_outbox(db, workspace, mailing) for mailing in lost if mailing)
    where = f"its file is missing from {workspace.shown(workspace.issues)}"
    return [replace(one, told=f"{one.told}; {where}", file=False) for one in found]


def _in_the_outbox(db: "Database", workspace: "Workspace", mailing: "Mailing") -> Standing:
    """How far a mailing has come."""
    from newsletter.outbox import report_of, someone_sends, tally_of

    found = report_of(db, mailing.issue)
    # Only while a run is at it is something on its way; what a dead one left so may have arrived.
    busy = found.waiting + found.in_doubt > 0 and someone_sends(db)
    flying = min(tally_of(db, mailing.id).sending, found.in_doubt) if busy else 0
    told, doubts = _counts(found, flying), found.in_doubt - flying
    if held := held_now(db, mailing, workspace, found):
        standing = _held(mailing.issue, told, held, doubts)
    else:
        standing = _mailed(found, told, doubts, at_work=busy and mailing.state == "running")
    return replace(standing, waiting=found.waiting, in_doubt=doubts)


def _held(slug: str, counts: str, held: NewsletterError, doubts: int) -> Standing:
    """A mailing that the operator or its time holds back."""
    from newsletter.outbox import Cancelled, Paused, TooEarly

    told = f"{counts}; {held.message.removeprefix(slug + ' ')}"
    if isinstance(held, Cancelled):
        return Standing(slug, "cancelled", told, f"newsletter {'resolve' if doubts else 'report'} {slug}")
    if isinstance(held, Paused):
        return Standing(slug, "paused", told, f"newsletter resume {slug}")
    if isinstance(held, TooEarly):
        return Standing(slug, "scheduled", told, f"newsletter send {slug}")
    return Standing(slug, "late", told, f'newsletter send {slug} --not-after "tomorrow 18:00"')


def _mailed(report: "Report", told: str, doubts: int, *, at_work: bool) -> Standing:
    slug = report.issue
    if at_work:
        return Standing(slug, "sending", f"being sent now: {told}", f"newsletter report {slug}")
    if report.waiting:
        return Standing(slug, "waiting", told, f"newsletter send {slug}")
    if doubts:
        return Standing(slug, "in-doubt", told, f"newsletter resolve {slug}")
    return Standing(slug, "sent", told, f"newsletter report {slug}")


def _counts(report: "Report", flying: int) -> str:
    """All of the candidates, each once; `flying` of those that may have arrived are on their way this moment."""
    doubts = report.in_doubt - flying
    told = f"sent to {report.sent} of {report.candidates}, {sum(report.skipped.values())} skipped"
    more = {
        "refused": report.refused,
        "still waiting": report.waiting,
        "on the way": flying,
        f"in doubt (see `newsletter resolve {report.issue}`)": doubts,
    }
    return told + "".join(f", {number} {what}" for what, number in more.items() if number)


def _unsent(db: "Database", workspace: "Workspace", slug: str, checked: "Checked") -> Standing:
    from newsletter.approval import approval_of, require_approval

    approve = f"newsletter approve {slug} --as NAME --role ROLE"
    approval = approval_of(db, slug)
    if approval is None and not _built(workspace, checked.issue.path):
        return Standing(
            slug, "written", "checks passed; not built since it was last saved", f"newsletter build {slug}"
        )
    if approval is None:
        return Standing(slug, "built", "built; nobody has approved it yet", approve)
    try:
        require_approval(db, slug, checked.editions)
    except NotAllowed:
        return Standing(slug, "changed", f"changed since {_approved(approval)}", approve)
    return Standing(slug, "approved", _approved(approval), f"newsletter send {slug} --dry-run")


def _approved(approval: "Approval") -> str:
    return f"approved by {approval.approver} ({approval.role}) on {approval.approved_at[:10]}"


def _built(workspace: "Workspace", path: Path) -> bool:
    page = workspace.build / path.stem / "public" / "email.html"
    return page.is_file() and page.stat().st_mtime >= path.stat().st_mtime


def _to_do(db: "Database", workspace: "Workspace") -> str:
    """What follows from engagements within two weeks, in a sentence; '' where nothing does."""
    from newsletter.contacts import due_engagements

    day = today(workspace)
    due = due_engagements(db, day)
    if not due:
        return ""
    late = sum(one.due_on < day.isoformat() for one in due)
    overdue = click.style(f", {late} overdue", fg="red") if late else ""
    return f"To do within two weeks: {counted(len(due), 'thing')}{overdue}. See: newsletter engagement due"


def _warning(db: "Database") -> str | None:
    from newsletter.database import reason_not_to_send

    return reason_not_to_send(db)
