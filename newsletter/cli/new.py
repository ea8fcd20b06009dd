"""`newsletter new`: a commented starter for an issue."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import now, printable, takes_workspace

if TYPE_CHECKING:
    from newsletter.config import Workspace

SCHEMA_NAME = "issue.schema.json"


@click.command()
@click.argument("slug")
@click.option("--title", default="", help="The issue's title (default: the month).")
@takes_workspace
def new(slug: str, title: str, workspace: "Workspace") -> None:
    """Write a commented starter for a new issue.

    SLUG names the file, issues/SLUG.yaml, and the issue in every other command; a month such as
    2022-10 dates it too. The schema is put beside it, so that editors can complete and check.

    \b
    Example:
      newsletter new 2022-10
      newsletter new 2022-10 --title "What link workers told us"
    """
    from newsletter.errors import ConfigError, InputError
    from newsletter.issue import check_slug, check_title, starter

    check_slug(slug)
    if not workspace.config.lists:
        remedy = 'Add one first: [lists.partners] and below it name = "Project partners"'
        raise ConfigError("newsletter.toml names no list that an issue could go to", remedy=remedy)
    today = now().astimezone(workspace.config.zone).date()
    text = starter(slug, tuple(workspace.config.lists), title=check_title(title), today=today)
    path = workspace.issues / f"{slug}.yaml"
    for taken in (path, path.with_suffix(".yml")):
        if taken.exists():
            raise InputError(f"{workspace.shown(taken)} is there already; nothing was changed")
    _write(path, f"# yaml-language-server: $schema={SCHEMA_NAME}\n{text}")
    click.echo(f"Wrote {printable(workspace.shown(path))}. Open it in an editor, then type:")
    click.echo(f"  newsletter build {slug}")


def _write(path: Path, text: str) -> None:
    """The starter and, beside it, the schema. Raises InputError where the folder cannot be written to."""
    from newsletter.errors import InputError
    from newsletter.issue import schema_text

    try:
        path.parent.mkdir(exist_ok=True)
        (path.parent / SCHEMA_NAME).write_text(schema_text(), encoding="utf-8")
        # "x": a file that another program has made since is not overwritten.
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None
