"""`newsletter adopt`: say that this copy is the one that sends from now on."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import ask_to_type, now, operator, takes_workspace, yes_option

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.database import Database


@click.command()
@click.option(
    "--newer",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A newer contacts.db of this workspace (default: the one that was used last, if it is still there).",
)
@yes_option
@takes_workspace
def adopt(*, workspace: "Workspace", newer: Path | None, yes: bool) -> None:
    """Take a copied or restored database for the one that sends.

    A copy may not know who left, or what was sent, after it was made. Where the newer file can still be
    read, what it knows against writing is brought over first: suppressions, withdrawals, stops, erasures,
    and every message sent. Otherwise adopt a copy only when no other one sends, and when withdrawals made
    since have been recorded again. This cannot be undone.

    \b
    Example:
      newsletter adopt
      newsletter adopt --newer /media/old-disk/study/contacts.db
    """
    from newsletter.database import (
        adopt_database,
        newer_file,
        open_database,
        reason_not_here,
        reason_to_adopt,
    )

    db = open_database(workspace.database)
    with closing(db.conn):
        reason = reason_to_adopt(db)
        if reason is None:
            click.echo("This database is the one that sends already; nothing was changed.")
            return
        click.echo(f"Until now: {reason.partition(':')[0]}.")
        newer = newer or newer_file(db)
        ask_to_type(_what_is_at_stake(newer), "adopt", yes=yes)
        if newer:
            _bring(db, workspace, newer)
        adopt_database(db)
        place = reason_not_here(db.path)
    click.echo("Adopted: this database sends from now on.")
    if place:
        click.echo(f"But not from here: {place}. Move the workspace to a disk of this computer.", err=True)


def _what_is_at_stake(newer: Path | None) -> str:
    if newer is None:
        return "People who left since the copy was made would be written to again."
    return f"What {newer} knows against writing to people is brought over; that file is not changed."


def _bring(db: "Database", workspace: "Workspace", newer: Path) -> None:
    from newsletter.contacts import Actor, bring_over
    from newsletter.outbox import bring_deliveries
    from newsletter.privacy import erase_person, find_subject, scrub

    actor = Actor(operator())
    brought = bring_over(db, newer, actor, now())
    deliveries = bring_deliveries(db, newer)
    for contact_id in brought.erased:
        erase_person(db, find_subject(db, str(contact_id)), actor, now())
    left = scrub(db) if brought.erased else ()
    click.echo(f"Brought over from {workspace.shown(newer)}:")
    for count, what in (
        (brought.suppressions, "suppressed addresses"),
        (brought.withdrawals, "withdrawals"),
        (brought.stops, "people who are stopped or paused"),
        (len(brought.erased), "people erased again"),
        (deliveries, "messages and what became of them"),
    ):
        click.echo(f"  {count:>7,}  {what}")
    for words in left:
        click.echo(
            f"  Bytes of people erased again are left in {words}: close other programs, then erase once more.",
            err=True,
        )
    if brought.left_behind:
        click.echo(
            f"  {brought.left_behind:,} agreements that only that file has were left there: record them anew, "
            "with their evidence."
        )
