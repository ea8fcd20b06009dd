"""What Tab completes: the issues, lists and segments of the workspace; nothing where it cannot be read."""

from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import issue_files
from newsletter.errors import NewsletterError

if TYPE_CHECKING:
    from newsletter.config import Workspace

Completer = Callable[[click.Context, click.Parameter, str], list[str]]


def _completer(names: "Callable[[Workspace], Iterable[str]]") -> Completer:
    def complete(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
        from newsletter.config import read_workspace

        folder = ctx.params.get("folder") or ctx.find_root().params.get("workspace") or "."
        try:
            return [name for name in names(read_workspace(Path(folder))) if name.startswith(incomplete)]
        except NewsletterError:
            return []  # whoever presses Tab has not asked for anything yet; the command itself says what is wrong

    return complete


def _segments(workspace: "Workspace") -> list[str]:
    from newsletter.contacts import all_segments
    from newsletter.database import open_database

    db = open_database(workspace.database)
    with closing(db.conn):
        return [segment.name for segment in all_segments(db)]


#: For `shell_complete`, of what names an issue, a list or a segment.
issue_names = _completer(lambda workspace: [path.stem for path in issue_files(workspace)])
list_names = _completer(lambda workspace: workspace.config.lists)
segment_names = _completer(_segments)
