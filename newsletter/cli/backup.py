"""`newsletter backup`: the workspace in one encrypted file."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import json_option, now, print_json, takes_workspace
from newsletter.cli.passphrase import ask_passphrase, passphrase_option

if TYPE_CHECKING:
    from newsletter.config import Workspace


@click.command()
@click.argument("target", required=False, type=click.Path(dir_okay=False, path_type=Path))
@passphrase_option
@json_option
@takes_workspace
def backup(
    *, workspace: "Workspace", target: Path | None, passphrase_file: Path | None, as_json: bool
) -> None:
    """Save database, key, settings, issues, templates and wordings in one encrypted file.

    The file is in the age format: keep the passphrase apart from it, since nobody can open it without.

    \b
    Example:
      newsletter backup
      newsletter backup ~/safe/study.newsletter-backup --passphrase-file ~/.study-passphrase
    """
    from newsletter.database import write_backup

    path = (
        target
        or workspace.root / f"{workspace.root.resolve().name}-{now():%Y-%m-%d-%H%M%S}.newsletter-backup"
    )
    size = write_backup(workspace, path, ask_passphrase(passphrase_file, confirm=True))
    if as_json:
        print_json({"file": str(path), "bytes": size})
        return
    click.echo(f"Saved {workspace.shown(path)} ({size:,} bytes), readable by you alone and encrypted.")
    click.echo("Bring it back with: newsletter restore FILE --into FOLDER")
