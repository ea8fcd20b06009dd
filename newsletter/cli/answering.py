"""What `newsletter privacy export` writes and says."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import now, print_json, printable
from newsletter.cli.people import people_of

if TYPE_CHECKING:
    from newsletter.config import Workspace


def run_export(workspace: "Workspace", who: str, folder: str, *, as_json: bool) -> None:
    """Write the two files, or print the JSON; on stderr, where the texts name other people."""
    from newsletter.privacy import answer_for, find_subject, others_named, write_answer

    with people_of(workspace) as db:
        answer = answer_for(db, find_subject(db, who), workspace.config, now())
        named = others_named(db, answer)
    if as_json:
        print_json(answer.as_dict())
    else:
        for path in write_answer(answer, Path(folder) if folder else workspace.build / "privacy"):
            click.echo(printable(workspace.shown(path)))
    for title, names in named.items():
        click.secho(
            printable(
                f"'{title}' names {', '.join(names)}: look whether that may be told, and take it out by hand."
            ),
            fg="yellow",
            err=True,
        )
    if any(part.texts for part in answer.parts) and not named:
        click.echo(
            "Its notes name nobody else whom you know; read them all the same before it goes.", err=True
        )
