"""`newsletter mailbox`: bounces, complaints, opt-outs and replies, read from where they arrive."""

import functools
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.console import json_option
from newsletter.cli.deciding import decide, list_, show
from newsletter.errors import InputError, TryAgain

if TYPE_CHECKING:
    from newsletter.config import Workspace


class NotTaken(TryAgain):
    """The message was not taken: the mail server keeps it, and hands it over again later."""


@click.group()
def mailbox() -> None:
    """Read what comes back: bounces, complaints, opt-outs, replies."""


def _for_an_mta(function: Callable[..., Any]) -> Callable[..., Any]:
    """With `-` whatever goes wrong ends with 75, at which an MTA keeps the message (sysexits: EX_TEMPFAIL)."""

    @functools.wraps(function)
    def wrapper(*args: Any, path: str | None, **kwargs: Any) -> Any:
        if path != "-":
            return function(*args, path=path, **kwargs)
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(TryAgain.exit_code))
        try:
            return function(*args, path=path, **kwargs)
        except Exception as error:
            # A fault of ours too: any other code, and the message would be thrown back at whoever sent it.
            raise NotTaken(f"{NotTaken.__doc__} {type(error).__name__}: {error}") from None

    return wrapper


def _finds_workspace(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `takes_workspace`, for a command that can do without: passes on what looks it up."""

    @click.option(
        "--workspace",
        "-w",
        "folder",
        default=None,
        type=click.Path(),
        help="The folder with newsletter.toml.",
    )
    @functools.wraps(function)
    def wrapper(*args: Any, folder: str | None, **kwargs: Any) -> Any:
        above = click.get_current_context().find_root().obj

        def workspace() -> "Workspace":
            from newsletter.config import read_workspace

            return read_workspace(Path(folder or above or "."))

        return function(*args, workspace=workspace, **kwargs)

    return wrapper


@mailbox.command()
@click.argument("path", metavar="[PATH]", required=False)
@click.option("--dry-run", is_flag=True, help="Only say what the messages are; record and mark nothing.")
@click.option("--again", is_flag=True, help="All messages, also those read before; nothing counts twice.")
@click.option("--of", "imap_folder", metavar="FOLDER", default="", help="Another folder at the IMAP server.")
@json_option
@_for_an_mta
@_finds_workspace
def read(
    workspace: "Callable[[], Workspace]",
    path: str | None,
    dry_run: bool,
    again: bool,
    imap_folder: str,
    as_json: bool,
) -> None:
    """Read bounces, complaints, opt-outs and replies, and do what they call for.

    Without PATH the mailbox of newsletter.toml is read, as far as it is new. PATH is a Maildir, an mbox, a
    message (.eml) or a folder of such files; `-` is one message on standard input, from a mail server's
    pipe, and the exit code is then 75 for whatever goes wrong, so that the server keeps the message.
    Nothing is deleted, and a message that is read twice counts once.

    \b
    Example:
      newsletter mailbox read
      newsletter mailbox read --dry-run
      newsletter mailbox read old-bounces.mbox --dry-run --json
      newsletter mailbox read -
    """
    from newsletter.cli.reading import look, take

    if path and (again or imap_folder):
        raise InputError("--again and --of are for the mailbox of newsletter.toml: leave PATH out")
    order = {"path": path, "again": again, "folder": imap_folder, "as_json": as_json}
    (look if dry_run else take)(workspace, order)


for command in (list_, show, decide):
    mailbox.add_command(command)
