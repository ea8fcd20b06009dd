"""`newsletter restore`: bring a backup back."""

from pathlib import Path

import click

from newsletter.cli.console import json_option, print_json
from newsletter.cli.passphrase import ask_passphrase, passphrase_option


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--into",
    "--workspace",
    "-w",
    "into",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to restore into; it must not hold a workspace yet.",
)
@passphrase_option
@json_option
def restore(*, file: Path, into: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Bring a backup back into a folder.

    The restored database does not send until it is adopted: it may not know who left since. Where the
    newer file can still be read, `adopt` brings over what that one knows.

    \b
    Example:
      newsletter restore study-2022-09-30.newsletter-backup --into study
    """
    from newsletter.database import restore_backup

    where = restore_backup(file, into, ask_passphrase(passphrase_file, confirm=False))
    if as_json:
        print_json({"workspace": str(into), "key": where})
        return
    click.echo(f"Restored into {into}. Its key is kept in {where}.")
    click.echo(
        "It may not know the latest mailings and withdrawals. If you still have the newer contacts.db:"
    )
    click.echo(f"  newsletter --workspace {into} adopt --newer PATH-OF-THE-NEWER/contacts.db")
    click.echo("Else look them up, then type")
    click.echo(f"  newsletter --workspace {into} adopt")
