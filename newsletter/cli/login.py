"""`newsletter login`: keep a server's password, or log in by token, where no file of the workspace has it."""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import json_option, now, print_json, printable, takes_workspace
from newsletter.errors import ConfigError, InputError

if TYPE_CHECKING:
    from newsletter.config import Config, Workspace


@dataclass(frozen=True, slots=True)
class _Server:
    """A server that wants a login: its part of newsletter.toml, and what the keychain calls its password.

    `config` has it where the outbox and the logins by token look for it.
    """

    section: str
    user: str
    host: str
    auth: str
    password: str
    config: "Config"

    @property
    def command(self) -> str:
        """What to type for it."""
        word = {"smtp": "", "notice.smtp": " notice"}.get(self.section, f" {self.section}")
        return f"newsletter login{word}"


@click.command()
@click.argument("server", type=click.Choice(["smtp", "mailbox", "notice"]), default="smtp")
@click.option("--check", is_flag=True, help="Also try the login; no message is sent.")
@click.option("--device", is_flag=True, help="Microsoft: log in with a code, in a browser on another device.")
@click.option("--show", is_flag=True, help="Say who is logged in, how and until when; never the secret.")
@click.option("--forget", is_flag=True, help="Forget the password or the login on this computer.")
@json_option
@takes_workspace
def login(
    server: str, check: bool, device: bool, show: bool, forget: bool, as_json: bool, workspace: "Workspace"
) -> None:
    """Log in to the mail server, once: with a password, or at Microsoft or Google.

    SERVER is `smtp`, which sends (as if nothing were named), `mailbox`, which is read, or `notice`, over
    which you are told of a run's end. With auth = "password" the password is asked for, or read from
    standard input in scripts, and never shown. With auth = "xoauth2" your browser opens, and you log in
    there. Either is kept in the keyring; where none can be used it goes to a file that you alone can
    read; you are told which. It never goes into newsletter.toml.

    \b
    Example:
      newsletter login --check
      newsletter login mailbox --check
      newsletter login < password-from-your-vault
      newsletter login --show --check
    """
    chosen = _server(workspace.config, server)
    if show + forget + device > 1 or (as_json and not show):
        raise InputError("--show, --forget and --device go one at a time, and --json goes with --show")
    if forget:
        _forget(chosen)
    elif show:
        _show(chosen, as_json=as_json)
    elif chosen.auth == "xoauth2":
        _log_in(chosen, by_device=device)
    else:
        _keep_password(chosen, by_device=device)
    if check:
        _try(chosen, quiet=as_json)
    elif not (show or forget):
        click.echo(f"Next: {_next(chosen)}")


def _server(config: "Config", word: str) -> _Server:
    """The server that is meant. Raises ConfigError where newsletter.toml does not name it, or no login."""
    from newsletter.oauth import user_of
    from newsletter.outbox import password_name
    from newsletter.replies import mailbox_password_name

    if word == "mailbox":
        box, user = config.mailbox, user_of(config, "imap")
        name = mailbox_password_name(config)
        found = _Server("mailbox", user, box.host, box.auth, name, config)
    else:
        section, relay = ("smtp", config.smtp) if word == "smtp" else ("notice.smtp", config.notice.smtp)
        as_sender = config.model_copy(update={"smtp": relay})
        found = _Server(section, relay.user, relay.host, relay.auth, password_name(relay), as_sender)
    if not found.host or not found.user:
        section = found.section
        raise ConfigError(
            f"newsletter.toml: {section}.host and {section}.user are needed for a login",
            remedy=f"A server without a login needs no password: leave {section}.user empty and skip this.",
        )
    return found


def _next(server: _Server) -> str:
    uses = {
        "smtp": ", newsletter send ISSUE --test ADDRESS uses it",
        "mailbox": ", newsletter mailbox read uses it",
    }
    return f"{server.command} --show --check tries it{uses.get(server.section, '')}"


def _keep_password(server: _Server, *, by_device: bool) -> None:
    from newsletter import keychain

    if by_device:
        raise InputError(
            f'--device goes with auth = "xoauth2" under [{server.section}]',
            remedy="docs/login.md tells when to use which.",
        )
    question = f"Password of {server.user} at {server.host}"
    kept = keychain.write_secret(server.password, _ask(question, "no password was given"))
    click.echo(
        f"The password of {printable(server.user)} at {printable(server.host)} is kept in {kept.where}."
    )


def _log_in(server: _Server, *, by_device: bool) -> None:
    from newsletter import keychain
    from newsletter.oauth import client_secret_name, in_words, log_in, require_provider

    config, user = server.config, server.user
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
        account, other = printable(found.account), printable(user)
        click.echo(
            f"What is read is the mailbox {other}: that works where {account} has full access to it."
            if server.section == "mailbox"
            else f"Messages go out as {other}: that works where {account} may send from it."
        )


def _show(server: _Server, *, as_json: bool) -> None:
    from newsletter import keychain

    if server.auth == "xoauth2":
        data = _shown_login(server)
    else:
        secret = keychain.read_secret(server.password)
        data = {"user": server.user, "server": server.host, "how": "password"}
        data |= {"account": server.user if secret else "", "kept_in": secret.where if secret else ""}
    if as_json:
        print_json(data)
    elif not data["kept_in"]:
        click.echo(f"Nobody is logged in for {printable(server.user)}. Next: {server.command}")
    else:
        click.echo(f"{printable(data['account'])}, by {data['how']}, kept in {printable(data['kept_in'])}.")
        if "until" in data:
            click.echo(
                f"Logged in on {data['since'][:10]}, used last on {data['used'][:10]}. Without use it ends about "
                f"{data['until'][:10]}; each use makes it hold longer. Your organisation can end it at any time."
            )


def _shown_login(server: _Server) -> dict[str, str]:
    from newsletter.oauth import in_words, lasts_until, read_login, require_provider

    settings = require_provider(server.config)
    data = {"user": server.user, "server": server.host, "how": f"a token of {in_words(settings)}"}
    found = read_login(settings, server.user)
    if found is None:
        return data | {"account": "", "kept_in": ""}
    kept, where = found
    until = lasts_until(kept).isoformat(timespec="seconds")
    data |= {"account": kept.account or server.user, "kept_in": where}
    return data | {"since": kept.since, "used": kept.renewed, "until": until}


def _forget(server: _Server) -> None:
    from newsletter import keychain
    from newsletter.oauth import forget_login, login_name

    by_token = server.auth == "xoauth2"
    name = login_name(server.user) if by_token else server.password
    if by_token:
        forget_login(server.user)
    else:
        keychain.delete_secret(name)
    if left := keychain.read_secret(name):
        raise ConfigError(f"it is still in {left.where}, which only you can change")
    click.echo(f"What logged {printable(server.user)} in is forgotten on this computer.")
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


def _try(server: _Server, *, quiet: bool) -> None:
    from newsletter.addresses import domain_of
    from newsletter.outbox import open_line, read_secret
    from newsletter.replies import open_mailbox

    config = server.config
    if server.section == "mailbox":
        with open_mailbox(config):
            pass
    else:
        sender = config.sender.email or config.notice.email
        open_line(config.smtp, read_secret(config), introduce_as=domain_of(sender) or "localhost").quit()
    if not quiet:
        click.echo(f"{printable(server.host)} accepts it.")
