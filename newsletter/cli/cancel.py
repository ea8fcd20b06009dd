"""`newsletter cancel`: end a mailing for good."""

from typing import TYPE_CHECKING

import click

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
    from newsletter.database import Database
    from newsletter.outbox import Mailing


@click.command()
@click.argument("issue")
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
    from newsletter.outbox import Cancelled, cancel_mailing, hindrance, tally_of, the_mailing

    with opened(workspace) as db:
        mailing = the_mailing(db, slug_of(issue))
        if not isinstance(hindrance(db, mailing.id, now()), Cancelled):
            ask_to_type(_question(db, mailing), mailing.issue, yes=yes)
        never = cancel_mailing(db, mailing, now(), by=operator(), why=reason)
        sent = tally_of(db, mailing.id).sent
        told = f"{mailing.issue} is cancelled: {never:,} will never get it, {sent:,} got it."
        tell_stopped(db, mailing, "cancelled", told, as_json=as_json)


def _question(db: "Database", mailing: "Mailing") -> str:
    from newsletter.outbox import tally_of

    tally = tally_of(db, mailing.id)
    told = f"{tally.sent:,} got {mailing.issue}; {tally.waiting:,} who wait for it will never get it."
    if tally.sending:
        told += f" It is being sent: {tally.sending:,} more are on the way, and who is served before your answer stays served."
    if tally.in_doubt:
        told += f" {tally.in_doubt:,} may have got it, which stays to be decided."
    return f"{told}\nThis cannot be undone; `newsletter pause {mailing.issue}` can."
