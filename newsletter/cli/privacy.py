"""`newsletter privacy`: show somebody everything about them, forget them, and answer for it in time."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.console import json_option, takes_workspace, yes_option
from newsletter.cli.passphrase import passphrase_option
from newsletter.cli.requests import request

if TYPE_CHECKING:
    from newsletter.config import Workspace

_WHO = "ADDRESS-OR-ID"


@click.group()
def privacy() -> None:
    """People's rights: everything about one person, forgetting them, requests and their deadlines.

    \b
    Example:
      newsletter privacy export ada@example.org
      newsletter privacy erase ben@example.org --dry-run
    """


privacy.add_command(request)


@privacy.command()
@click.argument("who", metavar=_WHO)
@click.option(
    "--to",
    "into",
    default="",
    type=click.Path(file_okay=False),
    help="Where to write (default: build/privacy).",
)
@json_option
@takes_workspace
def export(workspace: "Workspace", who: str, into: str, as_json: bool) -> None:
    """Give one person everything about them: a page to read, and a file for computers.

    The page says beside it what article 15 asks for: purposes, bases, recipients, sources, rights.
    Other people's data is left out as far as a program can: where a text names somebody whom you
    know, this command says where, so that you can look before it goes. Send both files by a safe
    way, once you are sure who asked.

    \b
    Example:
      newsletter privacy export ada@example.org
      newsletter privacy export ada@example.org --to /media/stick
    """
    from newsletter.cli.answering import run_export

    run_export(workspace, who, into, as_json=as_json)


@privacy.command()
@click.argument("who", metavar=_WHO, required=False, default="")
@click.option(
    "--dry-run", is_flag=True, help="Only say what would go, what would stay, and where to look by hand."
)
@click.option(
    "--suppress-shared",
    is_flag=True,
    help="Bar an address too that somebody else has; they get nothing either.",
)
@click.option(
    "--suppress-anyway",
    is_flag=True,
    help="For an address of nobody whom we know: bar it, and look for it in texts.",
)
@click.option("--finish", is_flag=True, help="Finish what an earlier erasure could not; names nobody.")
@json_option
@yes_option
@takes_workspace
def erase(
    workspace: "Workspace",
    who: str,
    dry_run: bool,
    suppress_shared: bool,
    suppress_anyway: bool,
    finish: bool,
    as_json: bool,
    yes: bool,
) -> int:
    """Forget one person for good: every table, file and preview of ours, down to the bytes.

    The consent ledger stays whole, and a keyed hash of each address stays, so that no import brings
    them back. What shows how they came to be on a list goes too: look before, and keep it if there
    is a dispute (--dry-run says what there is). What cannot be reached from here is named at the end.

    \b
    Example:
      newsletter privacy erase ben@example.org --dry-run
      newsletter privacy erase ben@example.org
      newsletter privacy erase --finish
    """
    from newsletter.cli.erasing import run_erase, run_finish

    if bool(who) == finish:
        raise click.UsageError("name one person, by address or id, or say --finish")
    if finish:
        return run_finish(workspace)
    return run_erase(
        workspace,
        who,
        dry_run=dry_run,
        bar_shared=suppress_shared,
        anyway=suppress_anyway,
        as_json=as_json,
        yes=yes,
    )


@privacy.command()
@click.option("--apply", is_flag=True, help="Have it go, once you have seen it.")
@json_option
@yes_option
@takes_workspace
def retention(workspace: "Workspace", apply: bool, as_json: bool, yes: bool) -> int:
    """Show who and what has been kept longer than [retention] in newsletter.toml allows; then --apply.

    Without that part nothing is ever deleted. People with an open request are left. Those who left
    every list, left the study or died leave a keyed hash of their addresses, so that no import
    brings them back; those who never confirmed, or went quiet, may come back.

    \b
    Example:
      newsletter privacy retention
      newsletter privacy retention --apply
    """
    from newsletter.cli.retaining import run_retention

    return run_retention(workspace, apply=apply, as_json=as_json, yes=yes)


@privacy.command()
@click.option(
    "--database",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The copy that was lost, or a backup as old as it (default: contacts.db as it is).",
)
@click.option(
    "--encrypted",
    type=click.Choice(["yes", "no", "unknown"]),
    default="unknown",
    show_default=True,
    help="Whether the disk or the copy was encrypted; backups of ours are.",
)
@click.option("--aware", default="", help="When you learned of it: '2026-06-14 09:30' (default: now).")
@click.option(
    "--people", is_flag=True, help="Name everybody too, with the kinds of data, so that they can be told."
)
@passphrase_option
@json_option
@takes_workspace
def breach(workspace: "Workspace", **options: Any) -> None:
    """Say what a lost copy exposed, as a draft of the report that is due within 72 hours.

    The file is opened for reading only; no key is needed, and it may be of an older version. What a
    program cannot know stands in [brackets].

    \b
    Example:
      newsletter privacy breach --encrypted no --aware "2026-06-14 09:30" > report.txt
      newsletter privacy breach --database /media/stick/contacts.db --people --json
    """
    from newsletter.cli.breach import run_breach

    run_breach(workspace, **options)
