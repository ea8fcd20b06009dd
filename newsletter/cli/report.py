"""`newsletter report`: what became of each message of an issue."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.completing import issue_names
from newsletter.cli.console import (
    json_option,
    opened,
    print_table,
    printable,
    printable_json,
    takes_workspace,
)
from newsletter.errors import TryAgain

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.errors import NewsletterError
    from newsletter.outbox import Recipient, Report, Unwelcome

#: How many people a table shows, and for how many a dry run writes the message, before it says how many more there are.
SHOWN = 5_000


@click.command()
@click.argument("issue", required=False, shell_complete=issue_names)
@click.option("--by", type=click.Choice(["list", "organisation", "domain"]), help="Broken down by these.")
@click.option("--share", is_flag=True, help="Fit to be shared: names nobody, hides and rounds small numbers.")
@click.option(
    "--svg",
    "pictures",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Draw the issues and each list into this folder.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV and nothing else.")
@json_option
@takes_workspace
def report(issue: str | None, workspace: "Workspace", **shape: Any) -> int:
    """What became of an issue, or of all that was sent.

    Every candidate is sent, skipped for a reason, refused, waiting or in doubt, and the numbers
    add up. Of what was sent it says what came back, who marked it as junk and who left by it; the
    rest arrived as far as is known, which is no proof. It also says whether the issue is paused,
    cancelled, came too late or waits for its time, and which domains are left in peace. The exit
    code is 75 while some wait, 1 where some were refused or are in doubt, else 0.

    Without an issue: a line for each mailing, how each list grew and shrank in the last twelve
    months, and what should worry you; the exit code is 0.

    \b
    Example:
      newsletter report
      newsletter report 2022-10
      newsletter report 2022-10 --by domain
      newsletter report --by list --share --csv > for-the-funder.csv
      newsletter report --svg pictures --share
    """
    from newsletter.cli.reporting import Shape, report_all, report_one

    wanted = Shape(**shape)
    if wanted.as_csv and wanted.as_json:
        raise click.UsageError("--csv and --json: choose one of them")
    if wanted.pictures and (issue or wanted.by):
        raise click.UsageError("--svg draws all mailings and lists: leave out ISSUE and --by")
    with opened(workspace) as db:
        return (
            report_one(db, workspace, slug_of(issue), wanted) if issue else report_all(db, workspace, wanted)
        )


class Interrupted(TryAgain):
    """You stopped it."""


def ended_with(found: "Report") -> int:
    """The exit code of a run. Raises what stopped it, but for the operator, who was told with the report."""
    if found.stopped and not isinstance(found.stopped, Interrupted):
        raise found.stopped
    return found.exit_code


def slug_of(issue: str) -> str:
    """The slug of an issue named by slug or by path; its file need not be there any more."""
    return Path(issue).stem if issue.endswith((".yaml", ".yml")) else issue


def print_report_json(
    found: "Report", recipients: "Iterable[Recipient]", more: Mapping[str, object] | None = None
) -> None:
    """The shape that scripts rely on, and `more` keys, written as it comes: a large list takes no memory."""
    head = json.dumps(found.as_dict() | dict(more or {}), ensure_ascii=False, indent=2).removesuffix("\n}")
    click.echo(printable_json(f'{head},\n  "recipients": ['), nl=False)
    left, between = iter(recipients), ""
    while some := [*islice(left, SHOWN)]:
        click.echo(between + printable_json(",".join(map(_recipient_json, some))), nl=False)
        between = ","
    click.echo("\n  ]\n}" if between else "]\n}")


def _recipient_json(one: "Recipient") -> str:
    """As json.dumps would indent it, which does that in Python and takes five times as long."""
    pairs = (f'      "{name}": {_quoted(text)}' for name, text in one.as_dict().items())
    return "\n    {\n" + ",\n".join(pairs) + "\n    }"


_quoted = json.JSONEncoder(ensure_ascii=False).encode


def print_report(
    found: "Report",
    again: str = "",
    *,
    held: "NewsletterError | None" = None,
    resting: "Iterable[Unwelcome]" = (),
    zone: dt.tzinfo = dt.UTC,
) -> None:
    """The equation, the reasons in plain words, and the next command to type (`again`, or `send`).

    `held` is why it may not go on, `resting` are domains that are left in peace; what stopped a run is left to
    whoever ends with it.
    """
    print_equation(found)
    if held or isinstance(found.stopped, Interrupted):
        click.echo(printable(str(held or found.stopped)))
    elif found.waiting and found.stopped:
        click.echo(f"{found.waiting} waiting.")
    elif found.waiting:
        click.echo(
            f"{found.waiting} waiting. Go on with `newsletter {again or f'send {found.issue}'}`{_due(found, zone)}."
        )
    for one in resting:
        click.echo(printable(_unwelcome(one, zone)))
    if found.in_doubt:
        click.echo(
            f"{found.in_doubt} in doubt: may have arrived. Decide with `newsletter resolve {found.issue}`."
        )


def _unwelcome(one: "Unwelcome", zone: dt.tzinfo) -> str:
    """What is said of a domain that is left in peace."""
    from newsletter.outbox import said_moment

    return (
        f"{one.domain} wants nothing of this for now ({one.reply}) and is left in peace: {one.waiting:,} wait there, "
        f"and whoever was refused is tried again from {said_moment(_whole(one.until), zone)} on. If it goes on so, "
        "ask whoever runs the email there."
    )


def _due(found: "Report", zone: dt.tzinfo) -> str:
    """', from … on' where all that wait were put off."""
    from newsletter.outbox import said_moment

    if not found.next_due:
        return ""
    return f", from {said_moment(_whole(found.next_due), zone)} on"


def _whole(due: str) -> dt.datetime:
    """The minute at which it is true that something is due."""
    at = dt.datetime.fromisoformat(due)
    return at if not at.second else at + dt.timedelta(seconds=60 - at.second)


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
