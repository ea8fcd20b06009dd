"""`newsletter organisations`: add, list and show organisations."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import json_option, now, print_json, print_table, printable, takes_workspace
from newsletter.cli.people import changing, people_of
from newsletter.cli.relating import as_dicts, in_words, relate, unrelate
from newsletter.cli.reorganising import edit, merge, remove
from newsletter.cli.stances import grid, stance

if TYPE_CHECKING:
    from newsletter.config import Workspace


@click.group()
def organisations() -> None:
    """Organisations, known by their name; people join one by `contacts add` and `contacts edit`.

    \b
    Example:
      newsletter organisations list
    """


organisations.add_command(stance)
organisations.add_command(grid)


@organisations.command()
@click.argument("name")
@click.option("--kind", default="", help="charity, NHS trust, council, university …")
@click.option("--website", default="", help="Its web address.")
@click.option("--notes", default="", help="Anything else.")
@takes_workspace
def add(workspace: "Workspace", name: str, kind: str, website: str, notes: str) -> None:
    """Add an organisation.

    \b
    Example:
      newsletter organisations add "Exampleton Museum" --kind museum
    """
    from newsletter.contacts import add_organisation

    with changing(workspace, "organisations add") as db:
        add_organisation(db, name, now(), kind=kind, website=website, notes=notes)
    click.echo(printable(f"Added {name}."))


@organisations.command("list")
@json_option
@takes_workspace
def list_(workspace: "Workspace", as_json: bool) -> None:
    """List all organisations, with how many people belong to each.

    \b
    Example:
      newsletter organisations list --json
    """
    from newsletter.contacts import all_organisations

    with people_of(workspace) as db:
        found = all_organisations(db)
    if as_json:
        print_json([asdict(organisation) for organisation in found])
    else:
        print_table(["name", "kind", "people"], ([o.name, o.kind, o.people] for o in found))


@organisations.command()
@click.argument("name")
@json_option
@takes_workspace
def show(workspace: "Workspace", name: str, as_json: bool) -> None:
    """Show an organisation and its people.

    \b
    Example:
      newsletter organisations show "Exampleton Museum"
    """
    from newsletter.contacts import End, colleagues, find_organisation, relationships_of

    with people_of(workspace) as db:
        organisation = find_organisation(db, name)
        people = colleagues(db, organisation.id)
        inverses = workspace.config.relationships
        related = relationships_of(db, End(organisation_id=organisation.id), inverses)
    if as_json:
        about = {"people": [asdict(person) for person in people], "relationships": as_dicts(related)}
        print_json(asdict(organisation) | about)
        return
    click.secho(printable(organisation.name), bold=True)
    for text in (organisation.kind, organisation.website, organisation.notes):
        if text:
            click.echo(f"  {printable(text)}")
    for line in in_words(related):
        click.echo(f"  {printable(line)}")
    print_table(
        ["id", "name", "email", "position"], ([p.contact_id, p.name, p.email, p.position] for p in people)
    )


for command in (edit, merge, remove, relate, unrelate):
    organisations.add_command(command)
