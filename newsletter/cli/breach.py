"""What `newsletter privacy breach` reads and prints."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.console import now, print_json, print_table, printable

if TYPE_CHECKING:
    from newsletter.config import Workspace


def run_breach(
    workspace: "Workspace",
    *,
    database: Path | None,
    encrypted: str,
    aware: str,
    people: bool,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Print the draft of the report, or what it rests on as JSON."""
    from newsletter.privacy import breach_of, draft_of, people_exposed

    path = database or workspace.database
    backup = path.suffix == ".newsletter-backup"
    known = "yes" if backup and encrypted == "unknown" else encrypted
    since = _moment(workspace, aware) if aware else now()
    with _database_in(path, workspace.root, passphrase_file, backup=backup) as file:
        breach = breach_of(file)
        exposed = list(people_exposed(file)) if people else []
    draft = draft_of(breach, workspace.config, aware=since, encrypted=known, with_key=backup)
    if as_json:
        told: dict[str, Any] = breach.as_dict() | {"encrypted": known, "draft": draft}
        if people:
            told["exposed"] = [
                {"id": one.contact_id, "name": one.name, "email": one.email, "kinds": one.kinds}
                for one in exposed
            ]
        print_json(told)
        return
    click.echo(printable(draft))
    if people:
        print_table(
            ("id", "name", "email", "kinds of data"),
            ((one.contact_id, one.name, one.email, ", ".join(one.kinds)) for one in exposed),
        )


@contextmanager
def _database_in(path: Path, beside: Path, passphrase_file: Path | None, *, backup: bool) -> Iterator[Path]:
    if not backup:
        yield path
        return
    from newsletter.cli.passphrase import ask_passphrase
    from newsletter.database import opened_backup

    with opened_backup(path, ask_passphrase(passphrase_file, confirm=False), beside) as file:
        yield file


def _moment(workspace: "Workspace", text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is not a time; write it as '2026-06-14 09:30'", param_hint="--aware"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=workspace.config.zone)
