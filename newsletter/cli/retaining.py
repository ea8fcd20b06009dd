"""What `newsletter privacy retention` shows, asks and does."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import ask_to_type, now, operator, print_json, print_table, printable
from newsletter.cli.erasing import finish_by_hand, show_files
from newsletter.cli.people import people_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsletter.config import Workspace
    from newsletter.database import Database
    from newsletter.privacy import Due

_SHOWN = 20


def run_retention(workspace: "Workspace", *, apply: bool, as_json: bool, yes: bool) -> int:
    """Show what is due, and have it go where that is asked for; 75 where something is left to finish."""
    from newsletter.contacts import Actor
    from newsletter.privacy import (
        apply_retention,
        people_due,
        plan_retention,
        remove_traces,
        scrub,
        traces_of,
    )

    with people_of(workspace) as db:
        dues = plan_retention(db, workspace.config.retention, now())
        if as_json:
            print_json([asdict(due) | {"amount": due.amount} for due in dues])
        else:
            _show(db, dues)
        if not apply or not any(due.amount for due in dues):
            return 0
        ask_to_type("\nThis cannot be undone.", "apply", yes=yes)
        subject = people_due(db, dues)
        traces = traces_of(db, subject) if subject.people else []
        done = apply_retention(db, dues, Actor(operator()), now())
        failed, left = remove_traces(traces, subject), scrub(db)
    if not as_json:
        click.echo(f"Gone: {', '.join(f'{amount:,} ({setting})' for setting, amount in done.items())}.")
        show_files(workspace, traces)
    return finish_by_hand(left, failed)


def _show(db: "Database", dues: "Sequence[Due]") -> None:
    from newsletter.contacts import found_people, said

    if not dues:
        click.echo("newsletter.toml sets no period under [retention]; nothing is ever deleted by itself.")
        return
    print_table(
        ("setting", "period", "from before", "how many", "what"),
        ((due.setting, due.period, said(due.day), f"{due.amount:,}", due.says) for due in dues),
    )
    for due in dues:
        for person in found_people(db, due.people[:_SHOWN]):
            click.echo(
                printable(f"  {due.setting}: {person.id}  {person.name or '(no name)'}  {person.email}")
            )
        if len(due.people) > _SHOWN:
            click.echo(f"  {due.setting}: and {len(due.people) - _SHOWN:,} more; --json names them all by id")
