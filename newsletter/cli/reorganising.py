"""`newsletter organisations edit`, `merge` and `remove`."""

from typing import TYPE_CHECKING

import click

from newsletter.cli.console import printable, takes_workspace, yes_option
from newsletter.cli.people import changing, people_of

if TYPE_CHECKING:
    from newsletter.config import Workspace


@click.command()
@click.argument("name")
@click.option("--name", "new_name", help="Its new name.")
@click.option("--kind", help="charity, NHS trust, council, university …")
@click.option("--website", help="Its web address; '' for none.")
@click.option("--notes", help="Takes the place of the old notes.")
@takes_workspace
def edit(workspace: "Workspace", name: str, new_name: str | None, **options: str | None) -> None:
    """Rename an organisation, or change what is kept about it; what you do not name stays.

    \b
    Example:
      newsletter organisations edit "Exampleton Museum" --name "Museum of Exampleton"
    """
    from newsletter.contacts import edit_organisation

    values = {key: text for key, text in (("name", new_name), *options.items()) if text is not None}
    if not values:
        raise click.UsageError("nothing was named that should change; `newsletter organisations edit --help`")
    with changing(workspace, "organisations edit") as db:
        edit_organisation(db, name, values)
    click.echo(printable(f"Changed {new_name or name}."))


@click.command()
@click.argument("keep", metavar="KEEP")
@click.argument("others", metavar="OTHER...", nargs=-1, required=True)
@yes_option
@takes_workspace
def merge(workspace: "Workspace", keep: str, others: tuple[str, ...], yes: bool) -> None:
    """Make other organisations part of the one to keep, with their people; this cannot be undone.

    \b
    Example:
      newsletter organisations merge "Exampleton Museum" "The Museum"
    """
    from newsletter.contacts import find_organisation, merge_organisations

    with people_of(workspace) as db:
        kept, *gone = [find_organisation(db, name) for name in (keep, *others)]
    if not yes:
        names = ", ".join(f"{one.name} ({one.people} people)" for one in gone)
        click.confirm(
            printable(f"{names} becomes part of {kept.name}. This cannot be undone. Go on?"),
            abort=True,
            err=True,
        )
    with changing(workspace, "organisations merge") as db:
        people = merge_organisations(db, keep, others)
    click.echo(printable(f"{kept.name} stays; {people} people came along."))


@click.command()
@click.argument("name")
@yes_option
@takes_workspace
def remove(workspace: "Workspace", name: str, yes: bool) -> None:
    """Remove an organisation; its people stay. This cannot be undone.

    \b
    Example:
      newsletter organisations remove "The Museum"
    """
    from newsletter.contacts import find_organisation, remove_organisation

    with people_of(workspace) as db:
        found = find_organisation(db, name)
    if not yes:
        question = f"{found.name} has {found.people} people, who stay. This cannot be undone. Go on?"
        click.confirm(printable(question), abort=True, err=True)
    with changing(workspace, "organisations remove") as db:
        people = remove_organisation(db, name)
    click.echo(printable(f"Removed {found.name}; its {people} people stay."))
