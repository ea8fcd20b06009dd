"""`newsletter preview`: the issue in the browser while it is written."""

from functools import partial
from typing import TYPE_CHECKING

import click

from newsletter.cli.completing import issue_names
from newsletter.cli.console import issue_path, json_option, now, takes_workspace
from newsletter.cli.opening import open_option, port_option, tell_link

if TYPE_CHECKING:
    from newsletter.config import Workspace


@click.command()
@click.argument("issue", shell_complete=issue_names)
@port_option
@open_option
@json_option
@takes_workspace
def preview(issue: str, workspace: "Workspace", port: int, *, open_page: bool, as_json: bool) -> None:
    """See an issue in the browser while you write it: redrawn at each save.

    As a phone, a tablet or a desktop shows it, in the dark, without pictures and as text; seen as
    any contact; with what the checks found beside it. The page is served on this machine alone, to
    whoever opens the link that is printed: it works once. Ctrl-C ends it.

    \b
    Example:
      newsletter preview 2022-10
      newsletter preview 2022-10 --no-open --port 8002
    """
    from newsletter.preview import serve_preview

    path = issue_path(workspace, issue)

    ready = partial(tell_link, open_page=open_page, as_json=as_json)
    serve_preview(workspace.root, path, port=port, clock=now, ready=ready)
    if not as_json:
        click.echo("\nEnded. Nothing was changed.")
