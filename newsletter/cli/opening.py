"""A page that is served on this machine: the options for it, the link that is told, a browser that opens it."""

import click

from newsletter.cli.console import print_json

port_option = click.option(
    "--port", default=0, type=click.IntRange(0, 65535), help="The port to serve on (default: a free one)."
)
open_option = click.option(
    "--open/--no-open", "open_page", default=True, help="Open the page in the browser (default: do)."
)


def tell_link(link: str, *, open_page: bool, as_json: bool) -> None:
    """Say where the page is and how to end it, and open it where that is wanted."""
    if as_json:
        print_json({"link": link})
    else:
        click.echo(f"Open this link; it works once:\n\n  {link}\n\nPress Ctrl-C here to end.")
    if open_page:
        _open(link)


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
