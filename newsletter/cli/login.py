"""`newsletter login`: keep the mail server's password, or log in by token, where no file of the workspace has it."""

import sys
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import json_option, now, print_json, printable, takes_workspace
from newsletter.errors import ConfigError, InputError

if TYPE_CHECKING:
    from newsletter.config import Workspace


@click.command()
@click.option("--check", is_flag=True, help="Also try the login; no message is sent.")
@click.option("--device", is_flag=True, help="Microsoft: log in with a code, in a browser on another device.")
@click.option("--show", is_flag=True, help="Say who is logged in, how and until when; never the secret.")
@click.option("--forget", is_flag=True, help="Forget the password or the login on this computer.")
@json_option
@takes_workspace
def login(check: bool, device: bool, show: bool, forget: bool, as_json: bool, workspace: "Workspace") -> None:
    """Log in to the mail server, once: with a password, or at Microsoft or Google.

    With auth = "password" under [smtp] the password is asked for, or read from standard input in
    scripts, and never shown. With auth = "xoauth2" your browser opens, and you log in there.
    Either is kept in the keyring; where none can be used it goes to a file that you alone can
    read; you are told which. It never goes into newsletter.toml.

    \b
    Example:
      newsletter login --check
      newsletter login < password-from-your-vault
      newsletter login --show --check
    """
    settings = workspace.config.smtp
    if not settings.host or not settings.user:
        raise ConfigError(
            "newsletter.toml: smtp.host and smtp.user are needed for a login",
            remedy="A server without a login needs no password: leave smtp.user empty and skip this.",
        )
    if show + forget + device > 1 or (as_json and not show):
        raise InputError("--show, --forget and --device go one at a time, and --json goes with --show")
    if forget:
        _forget(workspace)
    elif show:
        _show(workspace, as_json=as_json)
    elif settings.auth == "xoauth2":
        _log_in(workspace, by_device=device)
    else:
        _keep_password(workspace, by_device=device)
    if check:
        _try(workspace, quiet=as_json)
    elif not (show or forget):
        click.echo(
            "Next: newsletter login --show --check tries it, newsletter send ISSUE --test ADDRESS uses it"
        )


def _keep_password(workspace: "Workspace", *, by_device: bool) -> None:
    from newsletter import keychain
    from newsletter.outbox import password_name

    settings = workspace.config.smtp
    if by_device:
        raise InputError(
            '--device goes with auth = "xoauth2" under [smtp]',
            remedy="docs/login.md tells when to use which.",
        )
    question = f"Password of {settings.user} at {settings.host}"
    kept = keychain.write_secret(password_name(settings), _ask(question, "no password was given"))
    click.echo(
        f"The password of {printable(settings.user)} at {printable(settings.host)} is kept in {kept.where}."
    )


def _log_in(workspace: "Workspace", *, by_device: bool) -> None:
    from newsletter import keychain
    from newsletter.oauth import client_secret_name, in_words, log_in, require_provider

    config, user = workspace.config, workspace.config.smtp.user
    settings = require_provider(config)
    name = client_secret_name(settings)
    if name and not by_device and keychain.read_secret(name) is None:
        question = f"Client secret that {in_words(settings)} gave for {settings.client_id}"
        keychain.write_secret(name, _ask(question, "no client secret was given"))
    found, where = log_in(
        config,
        user,
        now=now(),
        tell=lambda text: click.echo(printable(text), err=True),
        by_device=by_device,
    )
    click.echo(f"{printable(found.account or user)} is logged in at {in_words(settings)}; kept in {where}.")
    if found.account and found.account.lower() != user.lower():
        click.echo(
            f"Messages go out as {printable(user)}: that works where {printable(found.account)} may send from it."
        )


def _show(workspace: "Workspace", *, as_json: bool) -> None:
    from newsletter import keychain
    from newsletter.outbox import password_name

    settings = workspace.config.smtp
    if settings.auth == "xoauth2":
        data = _shown_login(workspace)
    else:
        secret = keychain.read_secret(password_name(settings))
        data = {"user": settings.user, "server": settings.host, "how": "password"}
        data |= {"account": settings.user if secret else "", "kept_in": secret.where if secret else ""}
    if as_json:
        print_json(data)
    elif not data["kept_in"]:
        click.echo(f"Nobody is logged in for {printable(settings.user)}. Next: newsletter login")
    else:
        click.echo(f"{printable(data['account'])}, by {data['how']}, kept in {printable(data['kept_in'])}.")
        if "until" in data:
            click.echo(
                f"Logged in on {data['since'][:10]}, used last on {data['used'][:10]}. Without use it ends about "
                f"{data['until'][:10]}; each use makes it hold longer. Your organisation can end it at any time."
            )


def _shown_login(workspace: "Workspace") -> dict[str, str]:
    from newsletter.oauth import in_words, lasts_until, read_login, require_provider

    smtp = workspace.config.smtp
    settings = require_provider(workspace.config)
    data = {"user": smtp.user, "server": smtp.host, "how": f"a token of {in_words(settings)}"}
    found = read_login(settings, smtp.user)
    if found is None:
        return data | {"account": "", "kept_in": ""}
    kept, where = found
    until = lasts_until(kept).isoformat(timespec="seconds")
    data |= {"account": kept.account or smtp.user, "kept_in": where}
    return data | {"since": kept.since, "used": kept.renewed, "until": until}


def _forget(workspace: "Workspace") -> None:
    from newsletter import keychain
    from newsletter.oauth import forget_login, login_name
    from newsletter.outbox import password_name

    settings = workspace.config.smtp
    by_token = settings.auth == "xoauth2"
    name = login_name(settings.user) if by_token else password_name(settings)
    if by_token:
        forget_login(settings.user)
    else:
        keychain.delete_secret(name)
    if left := keychain.read_secret(name):
        raise ConfigError(f"it is still in {left.where}, which only you can change")
    click.echo(f"What logged {printable(settings.user)} in is forgotten on this computer.")
    if by_token:
        click.echo(
            "To end it everywhere, for instance after a theft: https://myaccount.microsoft.com (sign out "
            "everywhere) or https://myaccount.google.com/connections."
        )


def _ask(question: str, missing: str) -> str:
    if sys.stdin.isatty():
        answer = click.prompt(question, hide_input=True, err=True)
    else:
        answer = sys.stdin.readline().rstrip("\r\n")
    if not answer:
        raise InputError(f"{missing}; nothing was changed")
    return str(answer)


def _try(workspace: "Workspace", *, quiet: bool) -> None:
    from newsletter.addresses import domain_of
    from newsletter.outbox import open_line, read_secret

    config = workspace.config
    secret = read_secret(config)
    open_line(config.smtp, secret, introduce_as=domain_of(config.sender.email) or "localhost").quit()
    if not quiet:
        click.echo(f"{printable(config.smtp.host)} accepts it.")
