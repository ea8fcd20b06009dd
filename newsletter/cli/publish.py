"""`newsletter publish`: every issue that was sent, as pages that anybody may read."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.console import (
    counted,
    json_option,
    opened,
    print_json,
    print_table,
    printable,
    takes_workspace,
)

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.publishing import SentIssue, Withheld, Written


@click.command()
@click.option(
    "--into", type=click.Path(file_okay=False), help="Another folder than public/ in the workspace."
)
@click.option("--dry-run", is_flag=True, help="Say what would be written and taken away; write nothing.")
@json_option
@takes_workspace
def publish(into: str | None, dry_run: bool, as_json: bool, workspace: "Workspace") -> int:
    """Make the archive: each issue that was sent as a web page, an index and an Atom feed.

    It goes into public/, which `newsletter serve` shows under /archive/ and which any web server
    can show. Pages are the public edition: sections for one group of readers are not in it, and
    nobody's name, address or link is. Again, only what has changed is written. An issue that is
    still going out, was paused or cancelled, or shows people who took their permission back is
    left out, and taken away where it stood before.

    \b
    Example:
      newsletter publish --dry-run
      newsletter publish
    """
    from newsletter.publishing import plan_writing, sent_issues, site_files, write_files

    folder = Path(into) if into else workspace.archive
    with opened(workspace) as db:
        issues, withheld = sent_issues(db, workspace.config)
    files = site_files(issues, workspace.config)
    written = (plan_writing if dry_run else write_files)(folder, files)
    if as_json:
        print_json(_as_data(workspace.shown(folder), issues, withheld, written))
    else:
        _tell(issues, withheld)
        _tell_written(workspace.shown(folder), written, dry_run=dry_run)
    return 0


def _tell(issues: "tuple[SentIssue, ...]", withheld: "tuple[Withheld, ...]") -> None:
    from newsletter.edition import day_text

    if issues:
        rows = [(one.slug, day_text(one.day), one.editions[0].subject) for one in issues]
        print_table(("issue", "sent on", "subject"), rows)
    else:
        click.echo("No issue has been sent yet: the archive is empty.")
    for one in withheld:
        click.secho(printable(f"{one.slug} is left out: {one.reason}"), fg="yellow")


def _tell_written(folder: str, written: "Written", *, dry_run: bool) -> None:
    changed, removed = len(written.changed), len(written.removed)
    if not changed and not removed:
        click.echo(f"{folder}/ is as it should be: {counted(len(written.unchanged), 'file')}, none changed.")
        return
    would = "would be " if dry_run else ""
    click.echo(
        f"{folder}/: {counted(changed, 'file')} {would}written, {removed} taken away, "
        f"{len(written.unchanged)} as before."
    )
    if not dry_run:
        click.echo(f"Open {folder}/index.html to look at it.")


def _as_data(
    folder: str, issues: "tuple[SentIssue, ...]", withheld: "tuple[Withheld, ...]", written: "Written"
) -> dict[str, Any]:
    return {
        "folder": folder,
        "issues": [
            {
                "issue": one.slug,
                "sent_on": one.day.isoformat(),
                "languages": [edition.language for edition in one.editions],
                "page": f"{one.slug}/index.html",
            }
            for one in issues
        ],
        "left_out": [{"issue": one.slug, "reason": one.reason} for one in withheld],
        "written": [*written.changed],
        "unchanged": len(written.unchanged),
        "removed": [*written.removed],
    }
