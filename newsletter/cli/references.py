"""`newsletter references`: publications fetched by DOI, and what is wrong with those that are kept."""

from importlib.metadata import version
from typing import TYPE_CHECKING

import click

from newsletter.cli.completing import issue_names
from newsletter.cli.console import (
    issue_files,
    issue_path,
    json_option,
    print_json,
    print_problems,
    printable,
    takes_workspace,
)

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.references import Added


@click.group()
def references() -> None:
    """Fetch publications by DOI, and look over what was fetched.

    Records are kept in issues/references.json, so that an issue is built without the web, and the
    same tomorrow as today. An entry of an issue is then its DOI alone: `- doi: 10.1111/hsc.13949`.

    \b
    Example:
      newsletter references add 10.1111/hsc.13949
      newsletter references check
    """


@references.command()
@click.argument("doi", nargs=-1, required=True)
@click.option("--update", is_flag=True, help="Fetch again what is there already.")
@click.option("--dry-run", is_flag=True, help="Ask, and show what would be added; write nothing.")
@json_option
@takes_workspace
def add(doi: tuple[str, ...], update: bool, dry_run: bool, as_json: bool, workspace: "Workspace") -> None:
    """Fetch the records of DOIs into issues/references.json.

    What is there already is kept, unless --update. All are added or none; each that fails is
    named. Put a DOI with brackets or semicolons into 'single quotes'.

    \b
    Example:
      newsletter references add 10.1111/hsc.13949 10.1186/s12916-022-02464-4
    """
    from newsletter.references import FILE_NAME, Registry, add_references

    path = workspace.issues / FILE_NAME
    contact = workspace.config.sender.email
    agent = f"newsletter/{version('newsletter')}" + (f" (mailto:{contact})" if contact else "")
    registry = Registry(workspace.config.references.resolver, agent)
    done = add_references(path, doi, registry, update=update, dry_run=dry_run)
    if as_json:
        print_json({"added": done.added, "changed": done.changed, "kept": done.kept, "written": not dry_run})
        return
    _print_added(done, workspace.shown(path), dry_run=dry_run)


@references.command()
@click.argument("issue", required=False, shell_complete=issue_names)
@json_option
@takes_workspace
def check(issue: str | None, as_json: bool, workspace: "Workspace") -> int:
    """Look over issues/references.json: what is missing, malformed, unused, twice there, retracted or corrected.

    With an issue, only what it names is looked at. The web is not asked: `references add --update`
    fetches what has become known since. The exit code is 1 where there are errors.

    \b
    Example:
      newsletter references check
      newsletter references check 2022-10 --json
    """
    from newsletter.references import check_references

    paths = [issue_path(workspace, issue)] if issue else issue_files(workspace)
    found = check_references(workspace.issues, workspace.root, paths, whole=not issue)
    if as_json:
        print_json([problem.as_dict() for problem in found])
    else:
        print_problems(found)
        click.echo("nothing found; all references are well" if not found else f"{len(found)} found")
    return int(any(problem.level == "error" for problem in found))


def _print_added(done: "Added", shown: str, *, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    for word, rows in (("added", done.added), ("changed", done.changed)):
        for row in rows:
            click.echo(printable(f"{would}{word}: {row['DOI']}  {row['title']}"))
    for doi in done.kept:
        click.echo(printable(f"there already: {doi}"))
    if done.added and not dry_run:
        click.echo(f"\nKept in {shown}. In an issue write:\n  - type: publications\n    items:")
        for row in done.added:
            click.echo(printable(f"      - doi: {_yaml(row['DOI'])}"))


def _yaml(doi: str) -> str:
    """The DOI as YAML takes it: in quotes where a colon or a hash would be misread."""
    return "'" + doi.replace("'", "''") + "'" if ": " in doi or " #" in doi or doi.endswith(":") else doi
