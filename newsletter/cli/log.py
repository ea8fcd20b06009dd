"""`newsletter contacts log`: what was done to people, when and by whom."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import counted, json_option, print_json, print_table, takes_workspace
from newsletter.cli.people import people_of

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.contacts import Told

_VIA = {"command": "", "browser": "in the browser", "mailbox": "by mail", "pages": "on the public pages"}
#: What a table or column is called when it is told that it changed.
FIELDS = {
    "given_name": "given name",
    "postal_address": "postal address",
    "paused_until": "pause",
    "contact_organisations": "organisations",
    "contact_roles": "roles",
    "contact_tags": "tags",
    "contact_fields": "own fields",
    "list_members": "lists",
    "contact_aliases": "merged",
    "engagement_contacts": "engagements",
    "suppressed": "whether written to",
}


@click.command()
@click.argument("who", metavar="[ADDRESS-OR-ID]", required=False, default="")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many at most."
)
@json_option
@takes_workspace
def log(workspace: "Workspace", who: str, limit: int, as_json: bool) -> None:
    """Show who changed what, newest first; of one person, or of all.

    \b
    Example:
      newsletter contacts log
      newsletter contacts log ada@example.org
    """
    from newsletter.contacts import said, tell_operations, the_contact

    with people_of(workspace) as db:
        told = tell_operations(db, limit, the_contact(db, who) if who else None)
    if as_json:
        print_json([one.as_dict() for one in told])
    elif told:
        print_table(
            ["change", "when", "who", "what", "people", "changed", "consent"],
            (_row(one, said(one.done.at)) for one in told),
        )
    else:
        click.echo("Nothing is on record.", err=True)


def fields_in_words(names: tuple[str, ...]) -> str:
    """'name, tags'."""
    return ", ".join(FIELDS.get(name, name) for name in names)


def _row(one: "Told", day: str) -> tuple[str, ...]:
    done = one.done
    via = f"{done.command} {_VIA[done.via]}".strip()
    undoes = f" (of {done.undoes})" if done.undoes else ""
    undone = f", undone by {done.undone_by}" if done.undone_by else ""
    when = f"{day} {done.at[11:16]}"
    people = ", ".join(_people(one)) or "-"
    entries = counted(one.entries, "entry", "entries") if one.entries else ""
    return (
        str(done.number),
        when,
        done.operator,
        via + undoes + undone,
        people,
        fields_in_words(one.fields),
        entries,
    )


def _people(one: "Told") -> Iterator[str]:
    for change, count in one.people.items():
        yield f"{count:,} {change}"
