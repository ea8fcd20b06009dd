"""`newsletter pause`: hold a mailing back, also while it is being sent."""

from typing import TYPE_CHECKING

import click

from newsletter.cli.completing import issue_names
from newsletter.cli.console import json_option, now, opened, operator, takes_workspace
from newsletter.cli.holding import tell_stopped
from newsletter.cli.report import slug_of

if TYPE_CHECKING:
    from newsletter.config import Workspace


@click.command()
@click.argument("issue", shell_complete=issue_names)
@click.option("--reason", default="", metavar="TEXT", help="Why; whoever asks about the issue is told.")
@json_option
@takes_workspace
def pause(issue: str, reason: str, as_json: bool, workspace: "Workspace") -> None:
    """Hold an issue back; also while it is being sent.

    A `newsletter send` that runs, in whichever window, finishes what is on its way and ends. Nobody
    is forgotten: `newsletter resume` lets it go on, `newsletter cancel` ends it for good.

    \b
    Example:
      newsletter pause 2022-10 --reason "the date of the meeting is wrong"
    """
    from newsletter.outbox import pause_mailing, tally_of, the_mailing

    with opened(workspace) as db:
        mailing = the_mailing(db, slug_of(issue))
        pause_mailing(db, mailing, now(), by=operator(), why=reason, zone=workspace.config.zone)
        tally = tally_of(db, mailing.id)
        told = (
            f"{mailing.issue} is paused: {tally.sent:,} sent, {tally.waiting:,} waiting.\n"
            f"Next: newsletter resume {mailing.issue}"
        )
        tell_stopped(mailing, tally, "paused", told, as_json=as_json)
