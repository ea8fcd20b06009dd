"""Whether a mailing is held, and how far it has come, as the operator reads it."""

from typing import TYPE_CHECKING

import click

from newsletter.cli.console import counted, now, print_json, printable

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.database import Database
    from newsletter.errors import NewsletterError
    from newsletter.outbox import Mailing, Report, Tally


def held_now(
    db: "Database", mailing: "Mailing", workspace: "Workspace", found: "Report"
) -> "NewsletterError | None":
    """Why what is left of a mailing may not go now; None where it may, or where nothing is left.

    Whoever did not get it since it was too late is left too: a later time brings them back.
    """
    from newsletter.outbox import Cancelled, TooLate, count_late, hindrance

    held = hindrance(db, mailing.id, now(), workspace.config.zone)
    if found.waiting or isinstance(held, Cancelled):
        return held
    return held if isinstance(held, TooLate) and count_late(db, mailing.id) else None


def tell_stopped(mailing: "Mailing", tally: "Tally", state: str, told: str, *, as_json: bool) -> None:
    """Say what was done to a mailing, and how far it has come; `state` is the word for scripts."""
    if as_json:
        print_json(
            {
                "issue": mailing.issue,
                "state": state,
                "sent": tally.sent,
                "waiting": tally.waiting,
                "in_doubt": tally.in_doubt + tally.sending,
            }
        )
        return
    click.echo(printable(told))
    if tally.sending:
        click.echo(
            f"{counted(tally.sending, 'message')} on the way at this moment; the answers are still taken."
        )
    if tally.in_doubt:
        click.echo(
            f"{counted(tally.in_doubt, 'message')} may have arrived. Decide with `newsletter resolve {mailing.issue}`."
        )
