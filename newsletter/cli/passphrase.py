"""The passphrase of a backup: from a file, from the environment, or typed; never from the command line."""

import os
from pathlib import Path

import click

from newsletter.errors import InputError

VARIABLE = "NEWSLETTER_BACKUP_PASSPHRASE"

passphrase_option = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"Read the passphrase from this file; else {VARIABLE} is used, else you are asked.",
)


def ask_passphrase(file: Path | None, *, confirm: bool) -> str:
    """The passphrase. Raises InputError where it is empty."""
    if file:
        passphrase = file.read_text(encoding="utf-8").strip("\r\n")
    else:
        passphrase = os.environ.get(VARIABLE) or click.prompt(
            "Passphrase", hide_input=True, confirmation_prompt=confirm, err=True
        )
    if not passphrase:
        raise InputError("the passphrase is empty")
    return passphrase
