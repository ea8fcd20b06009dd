"""`newsletter consent wordings`: the words people agreed to, version by version, and what was changed since."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import counted, json_option, print_json, print_table, takes_workspace
from newsletter.cli.people import people_of

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.contacts import Version


@click.command()
@json_option
@takes_workspace
def wordings(workspace: "Workspace", as_json: bool) -> int:
    """The words people agreed to: files and versions, how many agreed to each, and purposes by date.

    A file that was changed after people agreed in its words is told, and ends with exit code 1.
    What they agreed to is kept in contacts.db and stays what it was.

    \b
    Example:
      newsletter consent wordings
    """
    from newsletter.contacts import purposes, versions

    with people_of(workspace) as db:
        found, said = versions(db, workspace.consent), purposes(db)
    if as_json:
        print_json({"wordings": [asdict(one) for one in found], "purposes": [asdict(one) for one in said]})
    else:
        _print_versions(found)
        click.echo()
        print_table(
            ("list", "purpose", "told from"), [(one.list, one.purpose, one.since[:10]) for one in said]
        )
    changed = [one for one in found if one.state == "changed"]
    for one in changed:
        click.echo(_told(one), err=True)
    return int(bool(changed))


def _print_versions(found: "list[Version]") -> None:
    rows = [
        (
            one.name,
            one.version or "",
            one.state,
            one.agreed,
            one.in_force,
            one.first_used[:10],
            one.digest[:12],
        )
        for one in found
    ]
    headings = ("wording", "version", "state", "agreed in it", "rest on it now", "first used", "SHA-256")
    print_table(headings, rows)


def _told(one: "Version") -> str:
    people = f"{counted(one.agreed, 'person', 'people')} agreed in it"
    return (
        f"consent/{one.name} was changed after {people}. Put the old words back (contacts.db keeps them, by "
        f"{one.digest[:12]}), and write the new ones into a file of the next version."
    )
