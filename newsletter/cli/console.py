"""What the commands share with the terminal: options, errors as text, JSON, tables, questions."""

import datetime as dt
import errno
import functools
import getpass
import json
import os
import re
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.streams import writes_unicode
from newsletter.errors import ConfigError, InputError, NewsletterError, Problem

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.database import Database

#: After a change to more than so many, what the pages show is made anew by `newsletter browse`, not here.
_RENEWED_AT_ONCE = 5_000
_COLOURS = {"error": "red", "warning": "yellow", "note": "blue"}
#: DEL, and those after ASCII: some begin an escape sequence as ESC does.
_CONTROLS = re.compile("[\x7f-\x9f]")
_NOT_ASCII = re.compile("[^\x00-\x7e]")
_ERROR = click.style("error", fg="red", bold=True)
_WARNING = click.style("warning", fg="yellow", bold=True)


def takes_workspace(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--workspace` to a command and pass it the Workspace as `workspace`."""

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
        from newsletter.config import read_workspace

        above = click.get_current_context().find_root().obj
        return function(*args, workspace=read_workspace(Path(folder or above or ".")), **kwargs)

    return wrapper


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask; for scripts.")


@contextmanager
def opened(workspace: "Workspace") -> Iterator["Database"]:
    """The workspace's database, open, and closed at the end."""
    from newsletter.database import open_database

    db = open_database(workspace.database)
    with closing(db.conn):
        try:
            yield db
        finally:
            # Also after an error: what was changed before it is kept, and an older copy must not pass for this one.
            _settle(db)


def _settle(db: "Database") -> None:
    """Note outside the database how far it has come, and bring the pages along."""
    from newsletter.database import keep_anchored, renew_pages

    try:
        keep_anchored(db)
        renew_pages(db, now(), at_most=_RENEWED_AT_ONCE)
    except (OSError, sqlite3.DatabaseError) as error:
        # What was asked for is done and kept; an error here would say that it is not.
        told = "what was changed is kept, but the note outside contacts.db, by which an older copy is known,"
        click.echo(f"{_WARNING}: {told} could not be written: {printable(str(error))}", err=True)


def issue_path(workspace: "Workspace", issue: str) -> Path:
    """The file of an issue named by slug or by path. Raises InputError with what there is instead."""
    from newsletter.errors import near

    named = Path(issue)
    candidates = [
        named,
        workspace.root / named,
        workspace.issues / named,
        workspace.issues / f"{issue}.yaml",
        workspace.issues / f"{issue}.yml",
    ]
    for path in candidates:
        if path.suffix in {".yaml", ".yml"} and path.is_file():
            return path
    slugs = [path.stem for path in issue_files(workspace)]
    raise InputError(
        f"there is no issue {issue!r} in {workspace.shown(workspace.issues)}{near(issue, slugs)}",
        remedy=f"There are: {', '.join(slugs)}" if slugs else "Write one with `newsletter new SLUG`.",
    )


def issue_files(workspace: "Workspace") -> list[Path]:
    """Every issue of the workspace, sorted; not what issues are made of (`people.yaml`, included sections)."""
    files = sorted(path for path in workspace.issues.glob("*.y*ml") if path.is_file())
    texts = {path: _text_of(path) for path in files}
    included = {
        name for text in texts.values() for name in re.findall(r"include:[ \t]*[\"']?([^\s\"'#}]+)", text)
    }
    return [path for path in files if path.name not in {"people.yaml", *included}]


def _text_of(path: Path) -> str:
    """What the file holds; nothing where it cannot be read, which `check` then says of it."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def now() -> dt.datetime:
    """The time, in UTC. The one place where commands read the clock."""
    return dt.datetime.now(dt.UTC)


def operator() -> str:
    """Who is at the keyboard, as entries record it."""
    return os.environ.get("NEWSLETTER_OPERATOR") or getpass.getuser()


def print_json(data: object) -> None:
    """One JSON object or array on stdout."""
    click.echo(printable_json(json.dumps(data, ensure_ascii=False, indent=2, default=str)))


def printable_json(text: str) -> str:
    """The same JSON, or part of it, as stdout takes it in whatever encoding, moving nothing in a terminal."""
    return (_CONTROLS if writes_unicode() else _NOT_ASCII).sub(_as_json_escape, text)


def _as_json_escape(found: re.Match[str]) -> str:
    """A character as JSON writes it, in two halves where it needs more than four digits."""
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def print_problems(problems: Sequence[Problem]) -> None:
    """Each problem on stderr, its level in colour where the terminal shows it."""
    for problem in problems:
        click.echo(_problem_text(problem), err=True)


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A plain table, as wide as the terminal allows, or as it needs where there is none."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*headings, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        # Text, not markup: a name such as '[red]' is shown as it is; a line of the table is a line.
        table.add_row(*(Text(printable(" ".join(str(cell).splitlines()))) for cell in row))
    # A pipe or a file has no width of its own: lines are not broken there, so that they can be searched.
    Console(width=None if sys.stdout.isatty() else 250).print(table)


def counted(number: int, one: str, several: str = "") -> str:
    """'1 person', '1,204 people'; without `several` the noun gets an s."""
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def printable(text: str) -> str:
    """`text` without what could move the cursor or turn the writing round in a terminal."""
    return "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text)


def ask_to_type(question: str, wanted: str, *, yes: bool) -> None:
    """Go on only if the operator types `wanted`. Raises click.Abort for anything else."""
    if yes:
        return
    answer = click.prompt(f"{question}\nType '{wanted}' to go on", default="", show_default=False, err=True)
    if answer.strip() != wanted:
        raise click.Abort


def error_text(error: NewsletterError) -> str:
    """An error as the operator reads it."""
    told = [_problem_text(problem) for problem in error.problems] or [f"{_ERROR}: {printable(error.message)}"]
    return "\n".join([*told, printable(error.remedy)] if error.remedy else told)


def _problem_text(problem: Problem) -> str:
    """A problem, its level in colour; what it tells of is cleaned first, since colours are ours alone to give."""
    return f"{click.style(problem.level, fg=_COLOURS[problem.level], bold=True)}: {printable(str(problem))}"


def explained(command: click.Command) -> int:
    """Run the command line; the exit code. Every error is made text here and nowhere else."""
    try:
        result = command.main(standalone_mode=False, prog_name="newsletter")
    except NewsletterError as error:
        click.echo(error_text(error), err=True)
        return error.exit_code
    except click.exceptions.Abort:
        click.echo("Stopped; nothing more was done.", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except sqlite3.DatabaseError as error:
        return _refused_by_database(error)
    except OSError as error:
        return _refused_by_machine(error)
    return result if isinstance(result, int) else 0


def _refused_by_database(error: sqlite3.DatabaseError) -> int:
    """The exit code where SQLite cannot go on, once it has been said in words."""
    from newsletter.database import explain_error

    # The other kinds (a constraint, a misuse) are faults of ours, to be seen whole.
    if type(error) not in (sqlite3.OperationalError, sqlite3.DatabaseError):
        raise error
    problem = explain_error(error, "contacts.db")
    click.echo(error_text(problem), err=True)
    return problem.exit_code


def _refused_by_machine(error: OSError) -> int:
    """The exit code where the machine refuses a file, once it has been said."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):  # met while writing, where Python names no file
        where = f" for {error.filename}" if error.filename else ""
        text = f"there is no room left on the disk{where}\nMake room, then run the same command again."
        click.echo(f"{_ERROR}: {printable(text)}", err=True)
        return ConfigError.exit_code
    if not error.filename:  # not about a file: a fault of ours, to be seen whole
        raise error
    remedy = "\nLook at the rights of the file and its folder." * isinstance(error, PermissionError)
    text = f"{error.filename} cannot be used: {error.strerror}{remedy}"
    click.echo(f"{_ERROR}: {printable(text)}", err=True)
    return InputError.exit_code
