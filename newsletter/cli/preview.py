"""`newsletter preview`: the issue in the browser while it is written."""

from typing import TYPE_CHECKING

import click

from newsletter.cli.console import issue_path, json_option, now, print_json, takes_workspace

if TYPE_CHECKING:
    from newsletter.config import Workspace


@click.command()
@click.argument("issue")
@click.option(
    "--port", default=0, type=click.IntRange(0, 65535), help="The port to serve on (default: a free one)."
)
@click.option(
    "--open/--no-open", "open_page", default=True, help="Open the page in the browser (default: do)."
)
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

    def ready(link: str) -> None:
        if as_json:
            print_json({"link": link})
        else:
            click.echo(f"Open this link; it works once:\n\n  {link}\n\nPress Ctrl-C here to end.")
        if open_page:
            _open(link)

    serve_preview(workspace.root, path, port=port, clock=now, ready=ready)
    if not as_json:
        click.echo("\nEnded. Nothing was changed.")


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
