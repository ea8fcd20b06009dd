"""`newsletter build`: an issue as email, text and sample message, in files to look at."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.completing import issue_names
from newsletter.cli.console import issue_path, json_option, print_json, print_problems, takes_workspace
from newsletter.errors import InputError, near

if TYPE_CHECKING:
    from newsletter.cli.check import Checked
    from newsletter.config import Config, Workspace
    from newsletter.edition import Edition

#: Gmail shows about 102 KB of a message's HTML and hides the rest behind a link.
_CLIPPED_FROM = 90_000
_MOST_WRITTEN = 4


@click.command()
@click.argument("issue", shell_complete=issue_names)
@click.option(
    "--audience", metavar="LISTS", help="Only this edition: public, partners, partners+contributors …"
)
@click.option("--open", "show", is_flag=True, help="Open the email in the browser.")
@json_option
@takes_workspace
def build(issue: str, audience: str | None, show: bool, as_json: bool, workspace: "Workspace") -> int:
    """Make the email, its text and a sample message, to look at.

    They are written to build/ISSUE/AUDIENCE/: email.html opens in a browser, email.txt is what
    readers of plain text get, message.eml opens in a mail program. The greeting is a sample, and
    the link that stops the emails leads nowhere. Nothing is sent. Ends with 1 where a check found
    errors; the files are written all the same.

    \b
    Example:
      newsletter build 2022-10
      newsletter build 2022-10 --audience partners --open
    """
    from newsletter.cli.check import read_and_check

    path = issue_path(workspace, issue)
    checked = read_and_check(workspace, path)
    editions = _chosen(checked, audience)
    target = workspace.build / checked.issue.slug
    _write(target, editions, workspace.config, whole=audience is None)
    print_problems([] if as_json else checked.errors)
    if as_json:
        print_json(_as_data(checked, editions, target, workspace))
    else:
        _tell(checked, editions, target, workspace)
    if show:
        click.launch(str(target / next(iter(editions)) / "email.html"))
    return 1 if checked.errors else 0


def _chosen(checked: "Checked", audience: str | None) -> "dict[str, Edition]":
    """The editions asked for by audience name. Raises InputError for lists that the issue does not go to."""
    from newsletter.edition import audience_name

    lists = checked.issue.lists
    if audience is None:
        # All sets of many lists would be hundreds of folders: the single ones and the whole say enough.
        shown = (
            {"public", audience_name(lists), *lists} if len(lists) > _MOST_WRITTEN else set(checked.editions)
        )
        return {
            name: edition for name, edition in checked.editions.items() if name.partition(".")[0] in shown
        }
    asked = set() if audience == "public" else {name.strip() for name in audience.split("+")}
    if unknown := sorted(asked.difference(lists)):
        raise InputError(
            f"the issue does not go to a list {unknown[0]!r}{near(unknown[0], lists)}",
            remedy=f"Write public, or one or more of {', '.join(lists)} with + between them.",
        )
    chosen = tuple(name for name in lists if name in asked)
    name = audience_name(chosen)
    return {key: edition for key, edition in checked.editions.items() if key.partition(".")[0] == name}


def _write(target: Path, editions: "Mapping[str, Edition]", config: "Config", *, whole: bool) -> None:
    from newsletter.edition import replace_folder

    folders = {name: _files(edition, config) for name, edition in editions.items()}
    try:
        if whole:
            replace_folder(
                target,
                {f"{name}/{path}": data for name, files in folders.items() for path, data in files.items()},
            )
            return
        for name, files in folders.items():
            replace_folder(target / name, files)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}") from None


def _files(edition: "Edition", config: "Config") -> dict[str, bytes]:
    from newsletter.edition import edition_files, sample_personal
    from newsletter.outbox import sample_message

    files = edition_files(edition, sample_personal(config, *edition.languages))
    return {**files, "message.eml": sample_message(edition, config)}


def _as_data(
    checked: "Checked", editions: "Mapping[str, Edition]", target: Path, workspace: "Workspace"
) -> dict[str, Any]:
    return {
        "issue": checked.issue.slug,
        "folder": workspace.shown(target),
        "editions": [
            {
                "audience": name,
                "folder": workspace.shown(target / name),
                "subject": edition.subject,
                "digest": edition.digest,
                "pictures": len(edition.pictures),
                "html_bytes": len(edition.html.encode()),
                "message_bytes": (target / name / "message.eml").stat().st_size,
            }
            for name, edition in editions.items()
        ],
        "problems": [problem.as_dict() for problem in checked.problems],
    }


def _tell(
    checked: "Checked", editions: "Mapping[str, Edition]", target: Path, workspace: "Workspace"
) -> None:
    """What was made, what to open, and what to look at."""
    first: dict[str, str] = {}
    width = max(map(len, editions))
    click.echo(f"{checked.issue.subject}\n")
    for name, edition in editions.items():
        twin = first.setdefault(edition.digest, name)
        size = (target / name / "message.eml").stat().st_size
        same = (
            f"the same as {twin}"
            if twin != name
            else f"{_pictures(edition)}, {_kilobytes(size)} as a message"
        )
        click.echo(f"  {name:{width}}  {same}")
    shown = workspace.shown(target / next(iter(editions)))
    click.echo(f"\nOpen {shown}/email.html in a browser; email.txt and message.eml lie beside it.")
    for name, edition in editions.items():
        html = len(edition.html.encode())
        if html > _CLIPPED_FROM and first[edition.digest] == name:
            click.echo(
                f"{name}: the HTML has {_kilobytes(html)}; Gmail hides what comes after 102 KB. Shorten it."
            )
    _tell_findings(checked)


def _tell_findings(checked: "Checked") -> None:
    errors, others = len(checked.errors), len(checked.problems) - len(checked.errors)
    if errors:
        click.echo(f"Nothing is sent until the errors are mended ({errors}).", err=True)
    if others:
        more = "1 more finding" if others == 1 else f"{others} more findings"
        click.echo(f"To read {more}: newsletter check {checked.issue.slug}", err=True)


def _pictures(edition: "Edition") -> str:
    count = len(edition.pictures)
    return "1 picture" if count == 1 else f"{count or 'no'} pictures"


def _kilobytes(size: int) -> str:
    return f"{size / 1000:,.0f} KB"
