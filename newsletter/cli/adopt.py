"""`newsletter adopt`: say that this copy is the one that sends from now on."""

from typing import TYPE_CHECKING

import click

from newsletter.cli.console import ask_to_type, takes_workspace, yes_option

if TYPE_CHECKING:
    from newsletter.config import Workspace


@click.command()
@yes_option
@takes_workspace
def adopt(*, workspace: "Workspace", yes: bool) -> None:
    """Take a copied or restored database for the one that sends.

    A copy may not know who left, or what was sent, after it was made. Adopt it only when no other
    copy sends, and when withdrawals made since have been recorded again. This cannot be undone.

    \b
    Example:
      newsletter adopt
    """
    from contextlib import closing

    from newsletter.database import adopt_database, open_database, reason_not_to_send

    db = open_database(workspace.database)
    with closing(db.conn):
        reason = reason_not_to_send(db)
        if reason is None:
            click.echo("This database is the one that sends already; nothing was changed.")
            return
        click.echo(f"Until now: {reason.partition(':')[0]}.")
        ask_to_type("People who left since the copy was made would be written to again.", "adopt", yes=yes)
        adopt_database(db)
    click.echo("Adopted: this database sends from now on.")
