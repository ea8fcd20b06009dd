"""`newsletter login`: keep the mail server's password where no file of the workspace has it."""

import sys
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import printable, takes_workspace
from newsletter.errors import ConfigError, InputError

if TYPE_CHECKING:
    from newsletter.config import Smtp, Workspace


@click.command()
@click.option("--check", is_flag=True, help="Also try the login; no message is sent.")
@takes_workspace
def login(check: bool, workspace: "Workspace") -> None:
    """Keep the mail server's password in the keyring.

    The password is asked for, or read from standard input in scripts, and never shown. Where no
    keyring can be used it goes to a file that you alone can read; you are told which. It never
    goes into newsletter.toml.

    \b
    Example:
      newsletter login --check
      newsletter login < password-from-your-vault
    """
    from newsletter import keychain
    from newsletter.outbox import password_name

    settings = workspace.config.smtp
    if not settings.host or not settings.user:
        raise ConfigError(
            "newsletter.toml: smtp.host and smtp.user are needed for a login",
            remedy="A server without a login needs no password: leave smtp.user empty and skip this.",
        )
    password = _ask(settings)
    where = keychain.write_secret(password_name(settings), password).where
    click.echo(
        f"The password of {printable(settings.user)} at {printable(settings.host)} is kept in {where}."
    )
    if check:
        _try(workspace, password)
    else:
        click.echo("Next: newsletter login --check tries it, newsletter send ISSUE --test ADDRESS uses it")


def _ask(settings: "Smtp") -> str:
    if sys.stdin.isatty():
        password = click.prompt(f"Password of {settings.user} at {settings.host}", hide_input=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise InputError("no password was given; nothing was changed")
    return str(password)


def _try(workspace: "Workspace", password: str) -> None:
    from newsletter.addresses import domain_of
    from newsletter.outbox import open_line

    config = workspace.config
    line = open_line(
        config.smtp, lambda: password, introduce_as=domain_of(config.sender.email) or "localhost"
    )
    line.quit()
    click.echo(f"{printable(config.smtp.host)} accepts it.")
