"""`newsletter serve`: the public pages, on which readers join, change what they get, and leave."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import json_option, now, opened, print_json, takes_workspace

if TYPE_CHECKING:
    from newsletter.config import Workspace


@click.command()
@click.option("--host", default="127.0.0.1", help="The address to listen on (default: this machine alone).")
@click.option(
    "--port", default=8025, type=click.IntRange(0, 65535), help="The port (default: 8025; 0: a free one)."
)
@click.option(
    "--proxy",
    "proxies",
    multiple=True,
    metavar="ADDRESS",
    help="A reverse proxy whose word is believed on who asks and whether by https, such as 127.0.0.1; repeatable.",
)
@click.option(
    "--export",
    "export",
    type=click.Path(file_okay=False, path_type=Path),
    help="Serve nothing; write a folder with all that another machine needs to, and no person.",
)
@json_option
@takes_workspace
def serve(
    workspace: "Workspace", host: str, port: int, proxies: tuple[str, ...], export: Path | None, as_json: bool
) -> None:
    """Serve the pages on which readers join, confirm, change what they get, leave, and read past issues.

    They hold no list of people: what readers send is kept closed in inbox.db until `newsletter sync`
    takes it over. A reverse proxy passes on what comes from the internet, with https; docs/serving.md
    says how, also on a machine of its own. Ctrl-C ends it.

    \b
    Example:
      newsletter serve --proxy 127.0.0.1
      newsletter serve --export pages
      newsletter --workspace pages serve --proxy 127.0.0.1
    """
    from newsletter.webapp import Listening, serve_public

    if export:
        _export(workspace, export, as_json)
        return

    def ready(address: str) -> None:
        if as_json:
            print_json({"address": address})
            return
        click.echo(f"The pages are at {address}. Press Ctrl-C here to end.")
        if not workspace.config.public.url:
            click.echo("Messages do not link to them yet: public.url in newsletter.toml is empty.", err=True)

    serve_public(workspace, Listening(host, port, proxies), clock=now, ready=ready)
    if not as_json:
        click.echo("\nEnded.")


def _export(workspace: "Workspace", folder: Path, as_json: bool) -> None:
    from newsletter.replies import sealing_key
    from newsletter.tokens import public_key
    from newsletter.webapp import export_site

    with opened(workspace) as db:
        key = public_key(db.key, sealing_key(db.key))
    made = export_site(workspace, key, folder)
    if as_json:
        print_json({"folder": str(made.folder), "archive": made.archive})
        return
    click.echo(
        f"{made.folder} holds what the pages need, and no person. Its public.key is a secret all the same."
    )
    if not made.archive:
        click.echo(
            "No issue is published in it yet: `newsletter publish` first, then export again.", err=True
        )
    if not workspace.config.public.url:
        click.echo("Messages do not link to the pages yet: write public.url into newsletter.toml.", err=True)
    click.echo("What to do with it there is said in docs/serving.md.", err=True)
