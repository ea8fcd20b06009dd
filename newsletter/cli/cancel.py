"""`newsletter cancel`: end a mailing for good."""

from typing import TYPE_CHECKING

import click

from newsletter.cli.completing import issue_names
from newsletter.cli.console import (
    ask_to_type,
    json_option,
    now,
    opened,
    operator,
    takes_workspace,
    yes_option,
)
from newsletter.cli.holding import tell_stopped
from newsletter.cli.report import slug_of

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.outbox import Tally


@click.command()
@click.argument("issue", shell_complete=issue_names)
@click.option("--reason", default="", metavar="TEXT", help="Why; whoever asks about the issue is told.")
@yes_option
@json_option
@takes_workspace
def cancel(issue: str, reason: str, yes: bool, as_json: bool, workspace: "Workspace") -> None:
    """End an issue for good: whoever has not got it never will.

    This cannot be undone (`newsletter pause` can). It works while the issue is being sent: what is on
    its way is finished. What may have arrived stays to be decided with `newsletter resolve`.

    \b
    Example:
      newsletter cancel 2022-10 --reason "sent the draft"
    """
    from newsletter.outbox import cancel_mailing, require_cancellable, tally_of, the_mailing

    with opened(workspace) as db:
        mailing = the_mailing(db, slug_of(issue))
        zone = workspace.config.zone
        # Before it is asked for: what cannot be done need not be typed.
        require_cancellable(db, mailing, now(), zone)
        ask_to_type(_question(tally_of(db, mailing.id), mailing.issue), mailing.issue, yes=yes)
        never = cancel_mailing(db, mailing, now(), by=operator(), why=reason, zone=zone)
        tally = tally_of(db, mailing.id)
        told = f"{mailing.issue} is cancelled: {never:,} will never get it, {tally.sent:,} got it."
        tell_stopped(mailing, tally, "cancelled", told, as_json=as_json)


def _question(tally: "Tally", issue: str) -> str:
    told = f"{tally.sent:,} got {issue}; {tally.waiting:,} who wait for it will never get it."
    if tally.sending:
        told += f" It is being sent: {tally.sending:,} more are on the way, and who is served before your answer stays served."
    if tally.in_doubt:
        told += f" {tally.in_doubt:,} may have got it, which stays to be decided."
    return f"{told}\nThis cannot be undone; `newsletter pause {issue}` can."
