"""`newsletter resume`: let an issue that was paused go on."""

from typing import TYPE_CHECKING

import click

from newsletter.cli.completing import issue_names
from newsletter.cli.console import json_option, now, opened, takes_workspace
from newsletter.cli.holding import tell_stopped
from newsletter.cli.report import slug_of

if TYPE_CHECKING:
    from newsletter.config import Workspace


@click.command()
@click.argument("issue", shell_complete=issue_names)
@json_option
@takes_workspace
def resume(issue: str, as_json: bool, workspace: "Workspace") -> None:
    """Let an issue that was paused go on. Nothing is sent by this alone: `newsletter send` does it.

    \b
    Example:
      newsletter resume 2022-10
      newsletter send 2022-10
    """
    from newsletter.outbox import hindrance, resume_mailing, tally_of, the_mailing

    with opened(workspace) as db:
        mailing = the_mailing(db, slug_of(issue))
        zone = workspace.config.zone
        resume_mailing(db, mailing, now(), zone=zone)
        tally = tally_of(db, mailing.id)
        told = f"{mailing.issue} is not paused any more: {tally.waiting:,} waiting."
        if held := hindrance(db, mailing.id, now(), zone):
            told += f"\n{held}"
        else:
            told += f"\nNext: newsletter send {mailing.issue}"
        tell_stopped(mailing, tally, "resumed", told, as_json=as_json)
