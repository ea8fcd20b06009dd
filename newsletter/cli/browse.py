"""`newsletter browse`: people and mailings in the browser."""

from typing import TYPE_CHECKING

import click

from newsletter.cli.console import json_option, now, operator, print_json, takes_workspace

if TYPE_CHECKING:
    from newsletter.config import Workspace

#: So many changes take longer than a moment to be made ready for the pages.
_MANY = 20_000


@click.command()
@click.option(
    "--port", default=0, type=click.IntRange(0, 65535), help="The port to serve on (default: a free one)."
)
@click.option(
    "--open/--no-open", "open_page", default=True, help="Open the page in the browser (default: do)."
)
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

    def ready(link: str) -> None:
        if as_json:
            print_json({"link": link})
        else:
            click.echo(f"Open this link; it works once:\n\n  {link}\n\nPress Ctrl-C here to end.")
        if open_page:
            _open(link)

    def waiting(rows: int) -> None:
        if rows > _MANY:
            click.echo(f"Bringing the pages up to date with {rows:,} changes; this takes a while …", err=True)

    serve_browser(workspace, port=port, who=who or operator(), clock=now, ready=ready, waiting=waiting)
    if not as_json:
        click.echo("\nEnded.")


def _open(link: str) -> None:
    """Show the page in a browser with windows, where there is one."""
    import webbrowser

    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    # A browser in the terminal (lynx, w3m) would take the terminal over and stop the server.
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(link)
