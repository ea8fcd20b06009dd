"""`newsletter keys`: carry the key that belongs to contacts.db to another machine."""

from typing import IO, TYPE_CHECKING

import click

from newsletter.cli.console import takes_workspace

if TYPE_CHECKING:
    from newsletter.config import Workspace

_WARNING = (
    "Keep this where you keep passwords: with it and contacts.db anybody can write as you, "
    "and without it suppressions and unsubscribe links are lost."
)


@click.group()
def keys() -> None:
    """The key on which suppressions, unsubscribe links and the ledger's seals hang.

    \b
    Example:
      newsletter keys export > key.txt
      newsletter keys import key.txt
    """


@keys.command()
@takes_workspace
def export(workspace: "Workspace") -> None:
    """Print the key on stdout.

    \b
    Example:
      newsletter keys export
    """
    from newsletter.database import export_key

    key = export_key(workspace.database)
    click.echo(_WARNING, err=True)
    click.echo(key)


@keys.command("import")
@click.argument("file", type=click.File(encoding="utf-8"), default="-")
@takes_workspace
def import_(workspace: "Workspace", file: IO[str]) -> None:
    """Take the key from a file, or from stdin; never from the command line, where others can see it.

    \b
    Example:
      newsletter keys import key.txt
    """
    from newsletter.database import import_key
    from newsletter.errors import KeyProblem

    try:
        text = file.read(4096)
    except UnicodeDecodeError:
        raise KeyProblem("this file holds no key: it is not text") from None
    where = import_key(workspace.database, text)
    click.echo(f"The key is the right one; it is kept in {where}.")
