"""`newsletter status`: where each issue stands, and the next command to type."""

from dataclasses import asdict, dataclass
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


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an issue has come, in a word for scripts and in a sentence, and what to type next."""

    issue: str
    state: str
    told: str
    next: str


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
        standings = [standing_of(db, workspace, path) for path in issue_files(workspace)]
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
    from newsletter.outbox import mailing_of, report_of

    slug = path.stem
    if mailing := mailing_of(db, slug):
        found = report_of(db, slug)
        held = held_now(db, mailing, workspace, found)
        return _held(found, held) if held else _mailed(slug, found, at_work=_at_work(db, found, mailing))
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


def _at_work(db: "Database", report: "Report", mailing: "Mailing") -> bool:
    """Whether a run is at it now, as far as can be told from here."""
    from newsletter.outbox import someone_sends

    return mailing.state == "running" and report.waiting + report.in_doubt > 0 and someone_sends(db)


def _held(report: "Report", held: NewsletterError) -> Standing:
    """A mailing that the operator or its time holds back."""
    from newsletter.outbox import Cancelled, Paused, TooEarly

    slug, told = report.issue, f"{_counts(report)}; {held.message.removeprefix(report.issue + ' ')}"
    if isinstance(held, Cancelled):
        command = "resolve" if report.in_doubt else "report"
        return Standing(slug, "cancelled", told, f"newsletter {command} {slug}")
    if isinstance(held, Paused):
        return Standing(slug, "paused", told, f"newsletter resume {slug}")
    state = "scheduled" if isinstance(held, TooEarly) else "late"
    return Standing(slug, state, told, f"newsletter send {slug}")


def _mailed(slug: str, report: "Report", *, at_work: bool) -> Standing:
    told = _counts(report)
    if at_work:
        return Standing(slug, "sending", f"being sent now: {told}", f"newsletter report {slug}")
    if report.waiting:
        return Standing(slug, "waiting", told, f"newsletter send {slug}")
    if report.in_doubt:
        return Standing(
            slug, "in-doubt", f"{told}, {report.in_doubt} may have arrived", f"newsletter resolve {slug}"
        )
    return Standing(slug, "sent", told, f"newsletter report {slug}")


def _counts(report: "Report") -> str:
    told = f"sent to {report.sent} of {report.candidates}, {sum(report.skipped.values())} skipped"
    if report.refused:
        told += f", {report.refused} refused"
    return f"{told}, {report.waiting} still waiting" if report.waiting else told


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
