"""`newsletter check`: what to mend before an issue leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.annotations import HOSTS, annotations
from newsletter.cli.completing import issue_names
from newsletter.cli.console import (
    counted,
    issue_files,
    issue_path,
    json_option,
    now,
    print_json,
    printable,
    takes_workspace,
)
from newsletter.errors import InputError, IssueError, Problem, TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from newsletter.config import Workspace
    from newsletter.edition import Edition
    from newsletter.issue import Issue

_HEADINGS = {
    "error": ("Errors: mend these first; nothing is sent until then", "red"),
    "warning": ("Warnings: look at these", "yellow"),
    "note": ("Notes: good to know", "blue"),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """An issue, read, rendered for all its audiences, and what the checks found."""

    issue: "Issue"
    editions: "Mapping[str, Edition]"
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.level == "error")


@click.command()
@click.argument("issue", required=False, shell_complete=issue_names)
@click.option("--all", "every", is_flag=True, help="Check every issue of the workspace.")
@click.option("--online", is_flag=True, help="Ask the servers behind the links too (about a minute at most).")
@click.option(
    "--annotate", type=click.Choice(HOSTS), help="Print the findings as the CI of a code host reads them."
)
@click.option(
    "--refresh-clients",
    "source",
    metavar="npm|FILE",
    help="Fetch what mail programs support into clients.json, and do nothing else.",
)
@json_option
@takes_workspace
def check(
    issue: str | None,
    every: bool,
    online: bool,
    annotate: str | None,
    source: str | None,
    as_json: bool,
    workspace: "Workspace",
) -> int:
    """Check an issue: structure, accessibility, wording, links, pictures, dates, size, compliance.

    Each finding says where it stands in the YAML, what was found, why it matters and how to mend
    it. The exit code is 1 where there are errors, 2 where an issue cannot be read. Nothing is
    changed, and without --online nothing is fetched from the web.

    \b
    Example:
      newsletter check 2022-10
      newsletter check 2022-10 --online
      newsletter check --all --json
      newsletter check --all --annotate github
    """
    if source:
        return _refresh_clients(workspace, source)
    if bool(issue) == every:
        raise click.UsageError("name one issue, or say --all")
    if annotate and as_json:
        raise click.UsageError("say --json or --annotate, not both")
    paths = all_issues(workspace) if every else [issue_path(workspace, issue or "")]
    problems, unreadable = _all_problems(workspace, paths, online=online)
    if annotate:
        click.echo(annotations(problems, annotate))
    elif as_json:
        print_json([problem.as_dict() for problem in problems])
    else:
        print_findings(problems, [workspace.shown(path) for path in paths])
    return 2 if unreadable else int(any(problem.level == "error" for problem in problems))


def _refresh_clients(workspace: "Workspace", source: str) -> int:
    from newsletter.checks import CLIENTS_FILE, fetch_data, slim

    data, version = fetch_data(source)
    path = workspace.root / CLIENTS_FILE
    path.write_text(slim(data, version), encoding="utf-8")
    click.echo(f"{workspace.shown(path)}: what mail programs support, caniemail {version}")
    return 0


def read_and_check(workspace: "Workspace", path: Path, *, online: bool = False) -> Checked:
    """The issue at `path` with its editions and findings. Raises IssueError where it cannot be read."""
    from newsletter.checks import ask_links, check_issue
    from newsletter.edition import render_all
    from newsletter.issue import read_issue

    issue = read_issue(path, workspace.root, workspace.config.lists)
    editions = render_all(issue, workspace.config, workspace.templates)
    ask = ask_links if online else None
    return Checked(issue, editions, tuple(check_issue(issue, editions, workspace.config, now(), ask=ask)))


def print_findings(problems: Sequence[Problem], shown: Sequence[str]) -> None:
    """The findings on stdout, the grave ones first, and a line that sums them up."""
    told: set[str] = set()
    for level, (heading, colour) in _HEADINGS.items():
        found = [problem for problem in problems if problem.level == level]
        if found:
            click.secho(heading, fg=colour, bold=True)
            for problem in found:
                _print_finding(problem, colour, told)
            click.echo()
    names = shown[0] if len(shown) == 1 else f"{len(shown)} issues"
    counts = [counted(sum(problem.level == level for problem in problems), level) for level in _HEADINGS]
    click.echo(f"{names}: " + (", ".join(counts) if problems else "nothing found; all checks passed"))


def _print_finding(problem: Problem, colour: str, told: set[str]) -> None:
    from newsletter.checks import RULES

    place = f"{problem.path}:{problem.line}" if problem.line else problem.path
    click.echo(f"  {click.style(printable(place), fg=colour)}  {printable(problem.field)}".rstrip())
    click.echo(f"      {printable(problem.message)}")
    if problem.remedy:
        click.echo(f"      → {printable(problem.remedy)}")
    why = RULES[problem.check].why if problem.check in RULES and problem.check not in told else ""
    told.add(problem.check)
    click.secho(f"      {problem.check}" + (f": {why}" if why else ""), dim=True)


def _all_problems(
    workspace: "Workspace", paths: Sequence[Path], *, online: bool
) -> tuple[list[Problem], bool]:
    """What was found in all of `paths`, and whether one of them could not be read."""
    problems: list[Problem] = []
    unreadable = False
    for path in paths:
        try:
            problems += read_and_check(workspace, path, online=online).problems
        except (IssueError, TemplateError) as error:
            unreadable = True
            problems += error.problems or [
                Problem(_kind(error), "error", workspace.shown(path), 0, "", error.message, error.remedy)
            ]
    return list(dict.fromkeys(problems)), unreadable


def all_issues(workspace: "Workspace") -> list[Path]:
    """Every issue of the workspace. Raises InputError where there is none."""
    found = issue_files(workspace)
    if not found:
        raise InputError(
            f"there are no issues in {workspace.shown(workspace.issues)}",
            remedy="Write one with `newsletter new SLUG`.",
        )
    return found


def _kind(error: InputError) -> str:
    return "template" if isinstance(error, TemplateError) else "issue"
