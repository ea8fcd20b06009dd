"""`newsletter consent void`, `expire` and `expiring`: entries struck out, ends that passed, ends to come."""

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.completing import list_names
from newsletter.cli.console import (
    ask_to_type,
    json_option,
    now,
    operator,
    print_json,
    print_table,
    printable,
    takes_workspace,
    yes_option,
)
from newsletter.cli.people import people_of, state_in_words, who_in_words

if TYPE_CHECKING:
    from newsletter.config import Workspace


@click.command()
@click.argument("entry", type=click.IntRange(min=1))
@click.option("--why", required=True, help="Why it should never have been made; kept with it.")
@yes_option
@takes_workspace
def void(workspace: "Workspace", entry: int, why: str, yes: bool) -> None:
    """Strike out an entry that should never have been made.

    Nothing is deleted: a new entry says that it does not count, and why. For somebody who changed
    their mind use `withdraw` or `record`. Where it would let somebody be written to who may not be
    now, that must be typed. ENTRY is a number that `newsletter consent history` tells.

    \b
    Example:
      newsletter consent void 17 --why "the call was about somebody else of that name"
    """
    from newsletter.contacts import Actor, foresee_voiding, operation, void_entry

    with people_of(workspace) as db:
        found = foresee_voiding(db, entry, now())
        name = printable(who_in_words(db, found.person))
        if found.revives:
            question = (
                f"{name} may not be written to on {found.entry.list} now, and may be without entry {entry}."
            )
            ask_to_type(question, "revive", yes=yes)
        with operation(db, Actor(operator()), "consent void", now()):
            found = void_entry(db, entry, why, recorder=operator(), now=now())
    words = state_in_words(found.after.state, found.after.basis, found.after.since, "")
    click.echo(f"Entry {entry} is struck out. {name} and {found.entry.list}: {words}.")


@click.command()
@click.option("--dry-run", is_flag=True, help="Say how many, and write nothing.")
@json_option
@takes_workspace
def expire(workspace: "Workspace", dry_run: bool, as_json: bool) -> None:
    """Note in the ledger which consents have ended, and which requests nobody confirmed in time.

    Nobody is written to after the last day, whether or not this has been run; `newsletter send`
    runs it too. The entry is what an auditor sees.

    \b
    Example:
      newsletter consent expire --dry-run
      newsletter consent expire
    """
    from newsletter.contacts import Actor, count_ended, operation, record_ends

    days = workspace.config.consent.confirm_within
    with people_of(workspace) as db:
        if dry_run:
            ended = count_ended(db, now(), days)
        else:
            with operation(db, Actor(operator()), "consent expire", now()):
                ended = record_ends(db, now(), recorder=operator(), confirm_days=days)
    if as_json:
        print_json(asdict(ended))
        return
    verb = "would be noted" if dry_run else "noted"
    click.echo(
        f"{ended.passed} ended by their date and {ended.unanswered} never confirmed: {verb} as expired."
    )


@click.command()
@click.option("--within", default="90d", show_default=True, help="How far ahead: 90d, 6w, 3m.")
@click.option("--list", "list_name", default="", shell_complete=list_names, help="Of this list alone.")
@json_option
@takes_workspace
def expiring(workspace: "Workspace", within: str, list_name: str, as_json: bool) -> None:
    """Whose consent ends soon, soonest first; only what is still in force.

    \b
    Example:
      newsletter consent expiring --within 90d
      newsletter consent expiring --within 6w --list partners --json
    """
    from newsletter.contacts import expiring, parse_span, require_list, said

    days = parse_span(within, "--within")
    with people_of(workspace) as db:
        if list_name:
            require_list(db, list_name)
        found = [*expiring(db, now(), days, list_name)]
    if as_json:
        print_json([one.as_dict() for one in found])
        return
    print_table(
        ("ends after", "list", "who", "basis", "since"),
        [
            (said(o.expires_at), o.list, o.email or o.name or o.contact_id, o.basis, said(o.since))
            for o in found
        ],
    )
    counts = ", ".join(
        f"{number} on {name}" for name, number in sorted(Counter(o.list for o in found).items())
    )
    click.echo(f"\n{len(found)} within {days} days{': ' if counts else ''}{counts}.")
