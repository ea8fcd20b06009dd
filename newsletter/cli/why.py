"""`newsletter why`: why a person would get an issue, or would not."""

from typing import TYPE_CHECKING

import click

from newsletter.cli.completing import issue_names
from newsletter.cli.console import (
    issue_path,
    json_option,
    now,
    opened,
    print_json,
    printable,
    takes_workspace,
)
from newsletter.cli.reaching import criteria_of, segment_option

if TYPE_CHECKING:
    from newsletter.config import Workspace


@click.command()
@click.argument("person")
@click.argument("issue", shell_complete=issue_names)
@segment_option("If it were sent to this segment alone.")
@json_option
@takes_workspace
def why(person: str, issue: str, segments: tuple[str, ...], as_json: bool, workspace: "Workspace") -> None:
    """Why a person would get an issue, or would not.

    PERSON is an address or an id. If the issue went out already, it also says what became of
    their message, and what came back.

    \b
    Example:
      newsletter why ada@example.org 2022-10
    """
    from newsletter.cli.card import came_in_words
    from newsletter.contacts import the_contact
    from newsletter.issue import read_issue
    from newsletter.outbox import explain, mailing_of, reach_of
    from newsletter.replies import came_from

    content = read_issue(issue_path(workspace, issue), workspace.root, workspace.config.lists)
    with opened(workspace) as db:
        mailing = mailing_of(db, content.slug)
        asked = criteria_of(db, segments)
        reach = reach_of(content, asked or (mailing.reach.segments if mailing else {}))
        contact_id = the_contact(db, person)
        answer = explain(db, contact_id, content.slug, reach, now(), zone=workspace.config.zone)
        came = [came_in_words(one) for one in came_from(db, contact_id, content.slug)]
    if as_json:
        print_json(answer.as_dict() | {"reasons": [*answer.reasons, *came]})
        return
    verdict = "would get" if answer.would_receive else "would not get"
    click.echo(f"{printable(answer.email or person)} {verdict} {answer.issue}:")
    for reason in (*answer.reasons, *came):
        click.echo(f"  {printable(reason)}")
