"""`newsletter contacts export`: people to a file of their own, private and on record."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from newsletter.cli.console import now, operator, printable, takes_workspace
from newsletter.cli.people import people_of
from newsletter.cli.reaching import criteria_of, segment_option
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.contacts import Selection
    from newsletter.database import Database

_FORMATS = ("csv", "xlsx", "json")
_KINDS = {
    "list": "Only people on this list (again: or on this one).",
    "role": "Only people with this role today.",
    "tag": "Only people with this tag.",
    "organisation": "Only people of this organisation.",
}


def _choosing(function: Any) -> Any:
    for name, text in reversed(_KINDS.items()):
        function = click.option(f"--{name}", multiple=True, metavar="TEXT", help=text)(function)
    return function


@click.command()
@click.argument("file", required=False, default="-", type=click.Path())
@_choosing
@segment_option("Only people in this segment.")
@click.option("--columns", multiple=True, metavar="NAMES", help="Only these columns: 'name, email'.")
@click.option(
    "--format", "kind", type=click.Choice(_FORMATS), help="What to write (default: by FILE's ending; csv)."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@takes_workspace
def export(workspace: "Workspace", file: str, kind: str | None, force: bool, **options: Any) -> None:
    """Export people to FILE (.csv, .xlsx or .json), or to stdout.

    All that is kept of each person goes out: addresses, organisations, roles with their days, tags,
    own fields, and for each list where they stand, on what basis and since when. `contacts import`
    reads the file back without losing any of it. What several people, roles or lists say in one cell
    stands on lines of its own. Text that a spreadsheet program would run as a formula has a quote
    before it, which an import takes away again.

    The file is readable by you alone, and that it was written is put on record (`contacts log`).

    \b
    Example:
      newsletter contacts export all.contacts.xlsx
      newsletter contacts export north.contacts.csv --segment north --columns "name, email"
      newsletter contacts export --format json --list partners
    """
    from newsletter.contacts import count_selected

    kind = _kind(file, kind)
    with people_of(workspace) as db:
        selection = _selection(db, options)
        headings = _headings(db, options["columns"])
        number = count_selected(db, selection, now())
        if not number:
            raise InputError("nobody is in what was asked for; nothing was written")
        if file == "-":
            _require_no_terminal(kind)
            # First: whatever reads it may take a part and go away.
            _record(db, number, kind, options)
            _write(db, selection, kind, headings, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        else:
            with _private(Path(file), force=force) as target:
                number = _write(db, selection, kind, headings, target)
            _record(db, number, kind, options)
    _tell(file, number)


def _record(db: "Database", number: int, kind: str, options: dict[str, Any]) -> None:
    from newsletter.contacts import Actor, operation

    with operation(db, Actor(operator()), "contacts export", now()) as running:
        running.summary |= {"people": number, "format": kind, "by": _by(options)}


def _kind(file: str, kind: str | None) -> str:
    ending = Path(file).suffix.lower().lstrip(".")
    if kind is None and file != "-" and ending not in _FORMATS:
        raise InputError(
            f"{file}: its ending does not say what to write", remedy="End it in .csv, .xlsx or .json."
        )
    return kind or (ending if file != "-" else "csv")


def _selection(db: "Database", options: dict[str, Any]) -> "Selection":
    from newsletter.contacts import Selection, check_criteria

    asked = {name: options[name] for name in _KINDS if options[name]}
    criteria, warnings = check_criteria(db, asked) if asked else ({}, [])
    for warning in warnings:
        click.echo(f"{click.style('warning', fg='yellow')}: {printable(warning)}", err=True)
    return Selection(criteria, criteria_of(db, options["segments"]))


def _headings(db: "Database", columns: Sequence[str]) -> tuple[str, ...]:
    from newsletter.contacts import chosen_columns, headings_with, own_fields

    return chosen_columns(columns, headings_with(own_fields(db)))


def _write(
    db: "Database", selection: "Selection", kind: str, headings: Sequence[str], target: BinaryIO
) -> int:
    from newsletter.contacts import EXPORT_WRITERS, export_people

    # Closed here where the reader of a pipe goes away, while the database is still open.
    with closing(export_people(db, selection, now())) as people:
        return EXPORT_WRITERS[kind](people, headings, target)


def _require_no_terminal(kind: str) -> None:
    if kind == "xlsx" and sys.stdout.isatty():
        raise InputError(
            "a workbook is no text for a terminal; name a file: newsletter contacts export FILE.xlsx"
        )


@contextmanager
def _private(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """A new file, readable by its owner alone, that takes its name only when it is whole."""
    if os.path.lexists(path) and not force:
        raise InputError(
            f"{path} is there already", remedy="Take another name, or write over it with --force."
        )
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".export-")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _by(options: dict[str, Any]) -> list[str]:
    """By what people were chosen, without the words themselves."""
    return [name for name in (*_KINDS, "segments", "columns") if options[name]]


def _tell(file: str, number: int) -> None:
    people = "1 person" if number == 1 else f"{number:,} people"
    if file == "-":
        click.echo(f"{people}. This is personal data: keep it no longer than you need it.", err=True)
        return
    where = Path(file).resolve()
    click.echo(f"Wrote {people} to {printable(str(where))}.")
    click.echo("It holds personal data: only you can read it; delete it when it has served.")
    if _may_be_committed(where):
        mend = "put it elsewhere, or name it *.contacts.* and let .gitignore say so"
        text = f"this folder is under version control and git does not ignore the file: {mend}"
        click.echo(f"{click.style('warning', fg='yellow')}: {text}", err=True)


def _may_be_committed(path: Path) -> bool:
    """Whether the file lies in a git work tree that does not ignore it."""
    if not any((folder / ".git").exists() for folder in path.parents):
        return False
    try:
        asked = subprocess.run(  # noqa: S603  # no part of it is a command
            ["git", "-C", str(path.parent), "check-ignore", "-q", "--", path.name],  # noqa: S607  # the operator's own git
            capture_output=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return True
    return asked.returncode != 0
