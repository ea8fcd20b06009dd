"""`newsletter lists`: what people subscribe to, and how many may be written to."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import json_option, now, print_json, print_table, takes_workspace
from newsletter.cli.people import people_of

if TYPE_CHECKING:
    from newsletter.config import Workspace


@click.command()
@json_option
@takes_workspace
def lists(workspace: "Workspace", as_json: bool) -> None:
    """Show the lists: their members, how many may be written to, and why the others may not.

    Lists are defined in newsletter.toml.

    \b
    Example:
      newsletter lists
    """
    from newsletter.contacts import all_lists, count_decisions

    with people_of(workspace) as db:
        counted = [(info, count_decisions(db, info.list, now())) for info in all_lists(db)]
    if as_json:
        print_json(
            [
                asdict(info) | {"may_be_written_to": counts.pop("", 0), "not": counts}
                for info, counts in counted
            ]
        )
        return
    rows = [
        [info.list, info.name, info.members, counts.pop("", 0), _others(counts)] for info, counts in counted
    ]
    print_table(["list", "name", "members", "may be written to", "may not"], rows)
    _explain({reason for _, counts in counted for reason in counts})


def _others(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {reason}" for reason, number in sorted(counts.items()))


def _explain(reasons: set[str]) -> None:
    from newsletter.database import SKIP_REASONS

    if reasons:
        click.echo()
    for reason in sorted(reasons):
        click.echo(f"{reason}: {SKIP_REASONS[reason]}")
