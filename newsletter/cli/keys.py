"""`newsletter keys`: carry the key of contacts.db to another machine, rotate it; keys to sign messages with."""

from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from newsletter.cli.console import counted, now, opened, operator, takes_workspace, yes_option
from newsletter.errors import InputError, KeyProblem

if TYPE_CHECKING:
    from newsletter.config import Config, Workspace
    from newsletter.outbox import DkimRecord

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
      newsletter keys rotate
    """


@keys.command()
@click.option(
    "--public",
    "public_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what the public pages need of it into this file, and nothing else.",
)
@takes_workspace
def export(workspace: "Workspace", public_file: Path | None) -> None:
    """Print the key on stdout; or write the public pages' part of it into a file.

    With the public part a host can tell your links from others and close what readers send. It can
    open none of that again, and no address can be found from it. Keep it from everybody else all the
    same: whoever has it can send you forms that nobody filled in.

    \b
    Example:
      newsletter keys export
      newsletter keys export --public public.key
    """
    from newsletter.database import export_key

    if public_file:
        _export_public(workspace, public_file)
        return
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


def _export_public(workspace: "Workspace", file: Path) -> None:
    from newsletter.keychain import write_private
    from newsletter.replies import sealing_key
    from newsletter.tokens import public_key

    _require_no_other(file)
    with opened(workspace) as db:
        public = public_key(db.key, sealing_key(db.key))
    write_private(file, public.export())
    click.echo(f"{file} holds the public pages' part of the key; only you can read it.")
    click.echo("Put it beside newsletter.toml where the pages run, then start them anew.", err=True)


def _require_no_other(file: Path) -> None:
    """Raises InputError where something else than a public key lies there: this is not to be written over."""
    from newsletter.tokens import read_public_key

    try:
        if file.exists():
            read_public_key(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, KeyProblem):
        raise InputError(
            f"{file} is no public key, or not the whole of one, and was not touched",
            remedy="Move it away, or name a file that is not there yet.",
        ) from None


@keys.command()
@yes_option
@takes_workspace
def rotate(workspace: "Workspace", yes: bool) -> None:
    """Make the links in messages with new keys from now on, such as after the public host was broken into.

    Links in messages that were sent stay good, for as long as you keep the key; a message that is sent
    again stays the same. Suppressions and the consent ledger do not change, and neither does what
    `newsletter keys export` prints.

    \b
    Example:
      newsletter keys rotate
    """
    from newsletter.database import rotate_key

    if not yes:
        click.confirm("Make links with new keys from now on?", abort=True, err=True)
    with opened(workspace) as db:
        key = rotate_key(db, operator(), now())
    click.echo(
        f"Links are made with new keys from now on; they were changed {counted(key.rotation, 'time')}."
    )
    if workspace.config.public.url:
        click.echo(
            "Pages that run on this machine know them already. For pages on another one run\n"
            "  newsletter keys export --public public.key\n"
            "and put the file there before you send again: they do not know the new links yet.",
            err=True,
        )


@keys.group()
def dkim() -> None:
    """The key that signs messages (DKIM), where your mail server does not do it well enough.

    \b
    Example:
      newsletter keys dkim new
      newsletter keys dkim show
    """


@dkim.command()
@takes_workspace
def new(workspace: "Workspace") -> None:
    """Make a key, keep it, and print the DNS record to publish.

    \b
    Example:
      newsletter keys dkim new
    """
    from newsletter.outbox import make_dkim_key

    record, where = make_dkim_key(workspace.config)
    click.echo(f"A new key is kept in {where}.\n", err=True)
    _publish(record, workspace.config)


@dkim.command()
@takes_workspace
def show(workspace: "Workspace") -> None:
    """Print the DNS record of the key again.

    \b
    Example:
      newsletter keys dkim show
    """
    from newsletter.outbox import dkim_record

    _publish(dkim_record(workspace.config), workspace.config)


@dkim.command("import")
@click.argument("file", type=click.File("rb"), default="-")
@takes_workspace
def import_dkim(workspace: "Workspace", file: IO[bytes]) -> None:
    """Take a key that was made elsewhere: a private RSA key in PEM form, from a file or stdin.

    \b
    Example:
      newsletter keys dkim import news1.private
    """
    from newsletter.outbox import import_dkim_key

    record, where = import_dkim_key(workspace.config, file.read(65536))
    click.echo(f"The key is kept in {where}. Delete the file now, if you do not need it.\n", err=True)
    _publish(record, workspace.config)


def _publish(record: "DkimRecord", config: "Config") -> None:
    """The record on stdout, as a zone file has it; what to do with it on stderr."""
    click.echo(f"Publish this TXT record in the DNS, at the name\n\n    {record.name}\n", err=True)
    click.echo(
        f"A web form wants the value in one piece:\n\n{record.value}\n\nA zone file wants:\n", err=True
    )
    click.echo(record.as_zone())
    if not config.dkim.domain:
        domain = record.name.partition("._domainkey.")[2]
        told = (
            "\nNothing is signed yet. When the record can be seen in the DNS, write into newsletter.toml:\n"
        )
        click.echo(
            f'{told}\n    [dkim]\n    domain = "{domain}"\n    selector = "{config.dkim.selector}"', err=True
        )
