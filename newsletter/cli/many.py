"""`newsletter contacts tag` and `role`: one change to many people, seen before it is made."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.completing import list_names
from newsletter.cli.console import json_option, now, print_json, printable, takes_workspace, yes_option
from newsletter.cli.own import day_of, may_have_roles
from newsletter.cli.people import changing, people_of

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.contacts import ManyChanged
    from newsletter.database import Database

_CHOICES = ("list", "role", "tag", "organisation")
_DONE = {"tag": "tagged", "untag": "untagged", "role": "given the role", "end-role": "relieved of the role"}


def _whom(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the ways to say whom a change is about; passed on as `whom`."""

    @click.argument("addresses", metavar="[ADDRESS-OR-ID]...", nargs=-1)
    @click.option("--list", "of_list", default="", shell_complete=list_names, help="Everybody on this list.")
    @click.option("--role", "of_role", default="", help="Everybody who has this role today.")
    @click.option("--tag", "of_tag", default="", help="Everybody with this tag.")
    @click.option("--organisation", "of_organisation", default="", help="Everybody of this organisation.")
    @click.option(
        "--from",
        "file",
        type=click.Path(exists=True, dir_okay=False),
        help="A file with an address or id a line.",
    )
    @click.option("--dry-run", is_flag=True, help="Only say what would be done.")
    @functools.wraps(function)
    def wrapper(*args: Any, addresses: tuple[str, ...], file: str | None, **kwargs: Any) -> Any:
        chosen = {name: kwargs.pop(f"of_{name}") for name in _CHOICES}
        if not (addresses or file or any(chosen.values())):
            raise click.UsageError(
                "say whom: addresses, --list, --role, --tag, --organisation or --from FILE"
            )
        if any(chosen.values()) and (addresses or file):
            raise click.UsageError("name people, or choose them by list, role, tag or organisation; not both")
        return function(*args, whom={"addresses": addresses, "file": file, "chosen": chosen}, **kwargs)

    return wrapper


@click.command()
@click.argument("tag", metavar="TAG")
@click.option("--remove", is_flag=True, help="Take the tag away.")
@_whom
@json_option
@yes_option
@takes_workspace
def tag(workspace: "Workspace", tag: str, remove: bool, **options: Any) -> None:
    """Give many people a tag, or take it away; with several conditions, those who meet all of them.

    \b
    Example:
      newsletter contacts tag launch-2022 --list partners --organisation "Exampleton Museum"
      newsletter contacts tag launch-2022 --remove ada@example.org ben@example.org
    """
    from newsletter.contacts import ManyChanged

    _run(workspace, ManyChanged("untag" if remove else "tag", tag), "contacts tag", **options)


@click.command()
@click.argument("role", metavar="ROLE")
@click.option("--end", is_flag=True, help="End the role.")
@click.option("--on", default="", help="From or until this day (default: today).")
@_whom
@json_option
@yes_option
@takes_workspace
def role(workspace: "Workspace", role: str, end: bool, on: str, **options: Any) -> None:
    """Give many people a role from a day on, or end it; with several conditions, those who meet all of them.

    \b
    Example:
      newsletter contacts role contributor --tag advisers --on 2022-01-01
      newsletter contacts role partner --end --on 2022-08-31 --organisation "Exampleton Museum"
    """
    from newsletter.contacts import ManyChanged

    if not end:
        may_have_roles(workspace, [role])
    wanted = ManyChanged("end-role" if end else "role", role, day_of(on, "--on"))
    _run(workspace, wanted, "contacts role", **options)


def _run(  # one argument an option
    workspace: "Workspace",
    wanted: "ManyChanged",
    command: str,
    *,
    whom: dict[str, Any],
    dry_run: bool,
    as_json: bool,
    yes: bool,
) -> None:
    from newsletter.contacts import change_many, foresee_many

    with people_of(workspace) as db:
        ids = _people(db, whom)
        touched = foresee_many(db, ids, wanted, now())
        names = _some(db, touched)
    count = len(touched)
    said = f"{count:,} of {len(ids):,} people: {_DONE[wanted.kind]} {wanted.what!r}{names}"
    if not as_json:
        click.echo(printable(said), err=not dry_run)
    if count and not dry_run:
        if not (yes or as_json):
            click.confirm("Go on?", abort=True, err=True)
        with changing(workspace, command) as db:
            count = change_many(db, touched, wanted, now())
    if as_json:
        print_json({"chosen": len(ids), "changed": count, "done": not dry_run})
    elif not dry_run:
        click.echo(
            f"Changed {count:,}. `newsletter contacts undo` takes it back."
            if count
            else "Nothing was to be done."
        )


def _people(db: "Database", whom: dict[str, Any]) -> list[int]:
    from newsletter.contacts import choose_people, named_people

    if any(whom["chosen"].values()):
        return choose_people(db, whom["chosen"], now())
    return named_people(db, [*(("", 0, text) for text in whom["addresses"]), *_lines(whom["file"])])


def _lines(file: str | None) -> Iterator[tuple[str, int, str]]:
    if file is None:
        return
    text = Path(file).read_text(encoding="utf-8-sig", errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield file, number, line.strip()


def _some(db: "Database", ids: list[int]) -> str:
    from newsletter.contacts import found_people

    names = [person.name or person.email for person in found_people(db, ids[:3])]
    more = f" and {len(ids) - len(names):,} more" if len(ids) > len(names) else ""
    return f" ({', '.join(names)}{more})" if names else ""
