"""`newsletter browse`: people and mailings in the browser."""

from functools import partial
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import json_option, now, operator, takes_workspace
from newsletter.cli.opening import open_option, port_option, tell_link

if TYPE_CHECKING:
    from newsletter.config import Workspace

#: So many changes take longer than a moment to be made ready for the pages.
_MANY = 20_000


@click.command()
@port_option
@open_option
@click.option(
    "--as",
    "who",
    metavar="NAME",
    help="Who writes something down in the pages (default: the one who is logged in here).",
)
@json_option
@takes_workspace
def browse(workspace: "Workspace", port: int, who: str | None, *, open_page: bool, as_json: bool) -> None:
    """Look at people, consent and mailings in the browser, and write down what people say.

    The pages are served on this machine alone, to whoever opens the link that is printed: it works
    once. Ctrl-C ends it.

    \b
    Example:
      newsletter browse
      newsletter browse --as "Sam Lead" --no-open --port 8001
    """
    from newsletter.browse import serve_browser

    def waiting(rows: int) -> None:
        if rows > _MANY:
            click.echo(f"Bringing the pages up to date with {rows:,} changes; this takes a while …", err=True)

    ready = partial(tell_link, open_page=open_page, as_json=as_json)
    serve_browser(workspace, port=port, who=who or operator(), clock=now, ready=ready, waiting=waiting)
    if not as_json:
        click.echo("\nEnded.")
