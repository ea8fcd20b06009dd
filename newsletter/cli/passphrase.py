"""The passphrase of a backup: from a file, from the environment, or typed; never from the command line."""

import os
import sys
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
    """The passphrase. Raises InputError where it is empty, or where there is nobody to ask."""
    passphrase = _read(file) if file else os.environ.get(VARIABLE, "")
    if not (file or passphrase):
        if not sys.stdin.isatty():
            raise InputError(
                "the passphrase is missing, and there is no terminal to ask at",
                remedy=f"Give it in a file with --passphrase-file, or in {VARIABLE}.",
            )
        passphrase = click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)
    if not passphrase:
        raise InputError("the passphrase is empty")
    return passphrase


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip("\r\n")
    except UnicodeDecodeError:
        raise InputError(f"{file}: this file holds no passphrase: it is not text") from None
