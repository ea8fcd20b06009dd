"""`newsletter approve`: who agreed to an issue, in which role, when, and to which content."""

from typing import TYPE_CHECKING

import click

from newsletter.cli.check import Checked, print_findings, read_and_check
from newsletter.cli.completing import issue_names
from newsletter.cli.console import (
    ask_to_type,
    issue_path,
    json_option,
    now,
    opened,
    print_json,
    print_table,
    printable,
    takes_workspace,
    yes_option,
)
from newsletter.errors import ChecksFailed, NotAllowed

if TYPE_CHECKING:
    from newsletter.approval import Approval
    from newsletter.config import Workspace
    from newsletter.database import Database


@click.command()
@click.argument("issue", shell_complete=issue_names)
@click.option("--as", "name", metavar="NAME", help="Who approves.")
@click.option("--role", metavar="ROLE", help="In which role, such as 'study lead'.")
@click.option("--show", is_flag=True, help="List the approvals of the issue.")
@click.option("--revoke", is_flag=True, help="Withdraw the approvals of the issue; then it is not sent.")
@yes_option
@json_option
@takes_workspace
def approve(
    issue: str,
    name: str | None,
    role: str | None,
    show: bool,
    revoke: bool,
    yes: bool,
    as_json: bool,
    workspace: "Workspace",
) -> None:
    """Record who agreed to an issue; from then on nothing else is sent.

    An approval holds for the content as it is now, known by its fingerprint. Several people may
    approve the same content, and all are recorded. If the issue changes, it must be approved
    again; `newsletter send` shows what has changed. An issue with errors cannot be approved.

    \b
    Example:
      newsletter approve 2022-10 --as "Ada Example" --role "study lead"
      newsletter approve 2022-10 --show
    """
    if show and revoke:
        raise click.UsageError("--show and --revoke do not go together")
    if show:
        _show(workspace, issue, as_json=as_json)
    elif revoke:
        _revoke(workspace, issue, yes=yes, as_json=as_json)
    elif not name or not role:
        raise click.UsageError('say who approves and in which role: --as "NAME" --role "ROLE"')
    else:
        _approve(workspace, issue, name=name, role=role, yes=yes, as_json=as_json)


def _approve(workspace: "Workspace", issue: str, *, name: str, role: str, yes: bool, as_json: bool) -> None:
    from newsletter.approval import approve as record
    from newsletter.approval import keep_permissions, require_permissions
    from newsletter.edition import issue_digest
    from newsletter.outbox import hindrance, mailing_of

    checked = read_and_check(workspace, issue_path(workspace, issue))
    slug, digest = checked.issue.slug, issue_digest(checked.editions)
    if checked.errors:
        raise ChecksFailed(
            problems=checked.errors, remedy=f"Mend them, then look again with `newsletter check {slug}`."
        )
    with opened(workspace) as db:
        queued = mailing_of(db, slug)
        if (
            queued
            and queued.state == "cancelled"
            and (held := hindrance(db, queued.id, now(), workspace.config.zone))
        ):
            raise held
        require_permissions(db, checked.issue, now())
        if not as_json:
            _describe(db, checked, digest)
        question = f"{printable(name)} ({printable(role)}) approves exactly this."
        ask_to_type(question, slug, yes=yes)
        keep_permissions(db, checked.issue, now(), queued=queued is not None)
        approval = record(db, slug, checked.editions, name, role, now())
    if as_json:
        print_json(_as_dict(approval))
        return
    click.echo(f"Recorded: {approval.approver} ({approval.role}) approves {slug}, fingerprint {digest[:12]}.")
    click.echo(f"Next: newsletter send {slug} --dry-run")


def _describe(db: "Database", checked: Checked, digest: str) -> None:
    """What is being approved, and what is new in it since it was approved before."""
    from newsletter.approval import approval_of, changes_since

    issue = checked.issue
    click.secho(printable(issue.subject), bold=True)
    click.echo(f"  issue        {issue.slug}, dated {issue.date.isoformat()}")
    click.echo(f"  lists        {', '.join(issue.lists)}")
    click.echo(f"  editions     {', '.join(checked.editions)}")
    click.echo(f"  fingerprint  {digest[:12]}")
    click.echo("  sections")
    for number, section in enumerate(issue.sections, 1):
        only = f"  (for {', '.join(section.audience)} only)" if section.audience else ""
        click.echo(f"    {number:2}  {printable(section.title) or section.type}{only}")
    click.echo()
    print_findings(checked.problems, [issue.place("").path])
    before = approval_of(db, issue.slug)
    if before and before.issue_digest != digest:
        click.echo(f"\nChanged since {before.approver} approved it on {before.approved_at[:10]}:")
        for line in changes_since(db, before, checked.editions):
            click.echo(f"  {printable(line)}")


def _show(workspace: "Workspace", issue: str, *, as_json: bool) -> None:
    from newsletter.approval import approval_of, approvals_of

    slug = issue_path(workspace, issue).stem
    with opened(workspace) as db:
        approvals, current = approvals_of(db, slug), approval_of(db, slug)
    standing = current.issue_digest if current else ""
    if as_json:
        print_json([{**_as_dict(approval), "state": _state(approval, standing)} for approval in approvals])
    elif not approvals:
        click.echo(f'Nobody has approved {slug}. Next: newsletter approve {slug} --as "NAME" --role "ROLE"')
    else:
        rows = [
            (a.approved_at, a.approver, a.role, a.issue_digest[:12], _state(a, standing)) for a in approvals
        ]
        print_table(("when (UTC)", "who", "role", "fingerprint", "state"), rows)


def _revoke(workspace: "Workspace", issue: str, *, yes: bool, as_json: bool) -> None:
    from newsletter.approval import approval_of, revoke_approvals

    slug = issue_path(workspace, issue).stem
    with opened(workspace) as db:
        if approval_of(db, slug) is None:
            raise NotAllowed(f"there is no approval of {slug} to withdraw")
        ask_to_type(
            f"The approvals of {slug} are withdrawn; it is not sent until approved again.", slug, yes=yes
        )
        number = revoke_approvals(db, slug, now())
    if as_json:
        print_json({"issue": slug, "revoked": number})
        return
    click.echo(f"Withdrawn: {number} approval{'s' if number > 1 else ''} of {slug}.")
    click.echo(f'Next: newsletter approve {slug} --as "NAME" --role "ROLE"')


def _state(approval: "Approval", standing: str) -> str:
    """In one word: stands, superseded (other content was approved later), or withdrawn."""
    if approval.revoked_at:
        return "withdrawn"
    return "stands" if approval.issue_digest == standing else "superseded"


def _as_dict(approval: "Approval") -> dict[str, object]:
    return {
        "issue": approval.issue,
        "approver": approval.approver,
        "role": approval.role,
        "approved_at": approval.approved_at,
        "revoked_at": approval.revoked_at,
        "issue_digest": approval.issue_digest,
        "parts": dict(approval.parts),
    }
