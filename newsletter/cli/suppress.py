"""`newsletter suppress`: addresses that must never be written to."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import (
    json_option,
    now,
    operator,
    print_json,
    print_table,
    printable,
    takes_workspace,
    yes_option,
)
from newsletter.cli.people import changing, people_of

if TYPE_CHECKING:
    from newsletter.config import Workspace


@click.group()
def suppress() -> None:
    """Addresses that must never be written to, known or not; kept in a form that nobody can read.

    \b
    Example:
      newsletter suppress add ben@example.org --source "letter of 3 May"
    """


@suppress.command()
@click.argument("address")
@click.option(
    "--reason",
    default="request",
    show_default=True,
    type=click.Choice(["request", "bounced", "complaint", "erased"]),
    help="Why.",
)
@click.option("--source", default="", help="How this is known: 'letter of 3 May'.")
@takes_workspace
def add(workspace: "Workspace", address: str, reason: str, source: str) -> None:
    """Never write to an address again, whoever it belongs to and whatever file it comes in.

    \b
    Example:
      newsletter suppress add ben@example.org
    """
    from newsletter.contacts import suppress_address

    with changing(workspace, "suppress add") as db:
        new = suppress_address(db, address, reason, operator(), now(), source)
    said = "will not be written to again" if new else "was suppressed already"
    click.echo(printable(f"{address} {said}."))


@suppress.command()
@click.argument("address")
@yes_option
@takes_workspace
def remove(workspace: "Workspace", address: str, yes: bool) -> None:
    """Allow an address again: only if its owner asked for it. Nobody is subscribed by this.

    \b
    Example:
      newsletter suppress remove ada@example.org
    """
    from newsletter.contacts import Actor, find_suppression, lift_suppression, operation, said

    with people_of(workspace) as db:
        standing = find_suppression(db, address)
        if standing is None:
            click.echo(printable(f"{address} is not suppressed."))
            return
        if not yes:
            since = f"suppressed ({standing.reason}) since {said(standing.recorded_at)}"
            question = f"{address} is {since}. Did its owner ask for mail again?"
            click.confirm(printable(question), abort=True, err=True)
        with operation(db, Actor(operator()), "suppress remove", now()):
            lift_suppression(db, address)
    click.echo(printable(f"{address} may be written to again, where a consent allows it."))


@suppress.command()
@click.argument("address", required=False, default="")
@json_option
@takes_workspace
def show(workspace: "Workspace", address: str, as_json: bool) -> None:
    """Say whether an address is suppressed and why; without one, how many are.

    \b
    Example:
      newsletter suppress show ben@example.org
    """
    from newsletter.contacts import count_suppressions, find_suppression, said

    with people_of(workspace) as db:
        standing = find_suppression(db, address) if address else None
        counts = count_suppressions(db)
    if as_json:
        found = {"suppressed": standing is not None} | (asdict(standing) if standing else {})
        print_json(found if address else counts)
    elif not address:
        print_table(["reason", "addresses"], counts.items())
    elif standing:
        source = f"; source: {standing.source}" if standing.source else ""
        since = f"since {said(standing.recorded_at)}, by {standing.recorder}{source}"
        click.echo(printable(f"{address} is never written to ({standing.reason}) {since}."))
    else:
        click.echo(printable(f"{address} is not suppressed."))
