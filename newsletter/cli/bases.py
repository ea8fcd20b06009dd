"""`newsletter consent bases`: the lawful bases, what each stands on and for whom it serves."""

from dataclasses import asdict

import click

from newsletter.cli.console import json_option, print_json


@click.command()
@json_option
def bases(as_json: bool) -> None:
    """The lawful bases: what each stands on, what must be true, for whom it serves.

    \b
    Example:
      newsletter consent bases
    """
    from newsletter.contacts import all_bases

    if as_json:
        print_json([asdict(basis) for basis in all_bases()])
        return
    for basis in all_bases():
        click.secho(basis.name, bold=True)
        click.echo(f"  {basis.law}\n  {basis.means}\n  Serves: {basis.serves}.\n")
