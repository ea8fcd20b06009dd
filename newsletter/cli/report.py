"""`newsletter report`: what became of each message of an issue."""

import json
import textwrap
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import json_option, opened, print_table, takes_workspace

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.outbox import Recipient, Report

#: How many people a table shows, and for how many a dry run writes the message, before it says how many more there are.
SHOWN = 5_000


@click.command()
@click.argument("issue")
@json_option
@takes_workspace
def report(issue: str, as_json: bool, workspace: "Workspace") -> int:
    """What became of each message of an issue.

    Every candidate is sent, skipped for a reason, refused, waiting or in doubt, and the numbers
    add up. The exit code is 75 while some wait, 1 where some were refused or are in doubt, else 0.

    \b
    Example:
      newsletter report 2022-10
      newsletter report 2022-10 --json
    """
    from newsletter.outbox import recipients_of, report_of

    with opened(workspace) as db:
        slug = slug_of(issue)
        found = report_of(db, slug)
        if as_json:
            print_report_json(found, recipients_of(db, slug))
        else:
            print_people(one for one in recipients_of(db, slug) if one.state != "sent")
            print_report(found)
    return found.exit_code


def ended_with(found: "Report") -> int:
    """The exit code of a run. Raises what stopped it."""
    if found.stopped:
        raise found.stopped
    return found.exit_code


def slug_of(issue: str) -> str:
    """The slug of an issue named by slug or by path; its file need not be there any more."""
    return Path(issue).stem if issue.endswith((".yaml", ".yml")) else issue


def print_report_json(found: "Report", recipients: "Iterable[Recipient]") -> None:
    """The shape that scripts rely on, written as it comes: a large list takes no memory."""
    head = json.dumps(found.as_dict(), ensure_ascii=False, indent=2).removesuffix("\n}")
    click.echo(f'{head},\n  "recipients": [', nl=False)
    left, between = iter(recipients), ""
    while some := [*islice(left, SHOWN)]:
        objects = (json.dumps(one.as_dict(), ensure_ascii=False, indent=2) for one in some)
        click.echo(between + ",".join(textwrap.indent(f"\n{text}", "    ") for text in objects), nl=False)
        between = ","
    click.echo("\n  ]\n}" if between else "]\n}")


def print_report(found: "Report", again: str = "") -> None:
    """The equation, the reasons in plain words, and the next command to type (`again`, or `send`)."""
    print_equation(found)
    if found.waiting:
        when = f", from {found.next_due.replace('T', ' ').rstrip('Z')} UTC on" if found.next_due else ""
        click.echo(
            f"{found.waiting} waiting. Go on with `newsletter {again or f'send {found.issue}'}`{when}."
        )
    if found.in_doubt:
        click.echo(
            f"{found.in_doubt} in doubt: may have arrived. Decide with `newsletter resolve {found.issue}`."
        )


def print_equation(found: "Report") -> None:
    """The equation, and each reason in it in plain words."""
    from newsletter.outbox import REASONS

    click.echo(found.equation())
    for reason, count in found.skipped.items():
        click.echo(f"  {count} {reason}: {REASONS.get(reason, reason)}")


def print_people(recipients: "Iterable[Recipient]") -> None:
    """A line for each of the first few thousand: what became of their message, and why; how many more there are."""
    from newsletter.outbox import REASONS, STATES

    left = iter(recipients)
    rows = [
        (who(one), STATES[one.state], REASONS.get(one.reason) or one.reply) for one in islice(left, SHOWN)
    ]
    print_table(("who", "what became of it", "why"), rows)
    if more := sum(1 for _ in left):
        click.echo(f"… and {more:,} more: `--json` names everybody.")
    click.echo()


def who(recipient: "Recipient") -> str:
    """How a recipient is shown to the operator."""
    return recipient.email or f"contact {recipient.contact_id}"
