"""`newsletter report`, part by part: one mailing, or all of them with the lists over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import print_json
from newsletter.cli.figures import (
    SHARED,
    Manner,
    concerns_data,
    figures_data,
    groups_data,
    lists_data,
    mailings_data,
    print_came_back,
    print_concerns,
    print_csv,
    print_groups,
    print_lists,
    print_mailings,
    reasons_data,
)
from newsletter.cli.holding import held_now
from newsletter.cli.people import today
from newsletter.cli.report import print_people, print_report, print_report_json

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.database import Database
    from newsletter.outbox import Report
    from newsletter.reports import By, Concern, Group, Growth, Mailed


#: Issues in the picture of them.
_DRAWN = 8


@dataclass(frozen=True, slots=True)
class Shape:
    """How a report was asked for."""

    by: "By | None"
    share: bool
    pictures: Path | None
    as_csv: bool
    as_json: bool


def report_all(db: "Database", workspace: "Workspace", shape: Shape) -> int:
    """Every mailing, the lists over time, and what should worry somebody; or all mailings broken down."""
    from newsletter.database import renew_counts
    from newsletter.reports import all_mailings, break_down, list_growth

    renew_counts(db)
    mailings, manner = all_mailings(db.conn), Manner(shape.share)
    if shape.by:
        issues = [one.id for one in mailings if one.id]
        _print_groups(break_down(db.conn, issues, shape.by), shape, manner)
        return 0
    lists = list_growth(db.conn, today(workspace))
    if shape.pictures:
        _draw(shape.pictures, mailings, lists, manner)
    if shape.as_csv:
        print_csv(mailings_data(mailings, manner))
        return 0
    concerns = _concerns_of_all(db, mailings, lists)
    if shape.as_json:
        print_json(_all_data(mailings, concerns, manner) | {"lists": lists_data(lists, manner)})
        return 0
    if mailings:
        print_mailings(mailings, manner)
    else:
        click.echo("Nothing has been sent yet. See who would get an issue: newsletter send ISSUE --dry-run")
    print_lists(lists, manner)
    print_concerns(concerns, manner)
    _say_how_shared(manner)
    return 0


def report_one(db: "Database", workspace: "Workspace", slug: str, shape: Shape) -> int:
    """What became of one mailing. Raises NotQueued."""
    from newsletter.database import renew_counts
    from newsletter.outbox import report_of, the_mailing
    from newsletter.reports import break_down, one_mailing

    found = report_of(db, slug)
    renew_counts(db)
    mailed = one_mailing(db.conn, the_mailing(db, slug).id)
    assert mailed is not None  # noqa: S101  # `report_of` found it
    groups = break_down(db.conn, [mailed.id], shape.by) if shape.by else None
    manner = Manner(shape.share)
    if groups is not None and not shape.as_json:
        _print_groups(groups, shape, manner)
    elif shape.as_csv:
        print_csv(mailings_data([mailed], manner))
    elif shape.as_json:
        _print_json(db, found, mailed, groups, shape)
    else:
        _print_one(db, workspace, found, mailed, manner)
    return found.exit_code


def _print_one(
    db: "Database", workspace: "Workspace", found: "Report", mailed: "Mailed", manner: Manner
) -> None:
    from newsletter.outbox import recipients_of, resting_domains, the_mailing
    from newsletter.reports import last_reading, reasons_of

    if manner.share:
        print_mailings([mailed], manner)
    else:
        print_people(recipients_of(db, found.issue, but="sent"))
        mailing = the_mailing(db, found.issue)
        held, resting = held_now(db, mailing, workspace, found), resting_domains(db, mailing.id)
        print_report(found, held=held, resting=resting, zone=workspace.config.zone)
    print_came_back(mailed.figures, reasons_of(db.conn, mailed.id), last_reading(db.conn), manner)
    print_concerns(_concerns_of(db, mailed), manner)
    _say_how_shared(manner)


def _print_json(
    db: "Database", found: "Report", mailed: "Mailed", groups: "Sequence[Group] | None", shape: Shape
) -> None:
    """The old keys first; in what is shared nobody is named."""
    from newsletter.outbox import recipients_of
    from newsletter.reports import reasons_of

    manner, reasons, figures = Manner(shape.share), reasons_of(db.conn, mailed.id), mailed.figures
    counts = {"delivered": figures.delivered, "bounced": figures.bounced}
    counts |= {"complaints": figures.complaints, "unsubscribed": figures.unsubscribed}
    more: dict[str, object] = {
        **manner.values(counts),
        **reasons_data(reasons, manner),
        "warnings": concerns_data(_concerns_of(db, mailed), manner),
    }
    if groups is not None:
        more["by"] = {str(shape.by): groups_data(groups, manner)}
    if shape.share:
        skipped = {"skipped": manner.values(reasons.skipped), "issue": found.issue}
        print_json(figures_data(figures, manner) | skipped | more)
    else:
        print_report_json(found, recipients_of(db, found.issue), more)


def _print_groups(groups: "Sequence[Group]", shape: Shape, manner: Manner) -> None:
    if shape.as_json:
        print_json(groups_data(groups, manner))
    elif shape.as_csv:
        print_csv(groups_data(groups, manner))
    else:
        print_groups(groups, str(shape.by), manner)
        _say_how_shared(manner)


def _draw(folder: Path, mailings: "Sequence[Mailed]", lists: "Sequence[Growth]", manner: Manner) -> None:
    """A picture of the last issues, and one of each list."""
    from newsletter.reports import ISSUES, LIST, draw_columns, issue_columns, month_columns

    issues = [one for one in mailings if one.id][-_DRAWN:]
    drawn = {"issues": ("What became of the last issues", issue_columns(issues, str), ISSUES)}
    drawn |= {f"list-{one.list}": (f"{one.name}, by month", month_columns(one.months), LIST) for one in lists}
    note = "to the nearest five; one to four are not drawn" if manner.share else ""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (title, columns, series) in drawn.items():
        shown = [manner.column(column) for column in columns]
        picture = draw_columns(shown, series, title=title, prefix=name, alone=True, note=note)
        (folder / f"{name}.svg").write_text(picture, encoding="utf-8")
    click.echo(f"Drawn: {', '.join(f'{folder / name}.svg' for name in drawn)}", err=True)


def _all_data(
    mailings: "Sequence[Mailed]", concerns: "Sequence[Concern]", manner: Manner
) -> dict[str, object]:
    from newsletter.reports import total

    return {
        "mailings": mailings_data(mailings, manner),
        "totals": figures_data(total([one.figures for one in mailings]), manner),
        "warnings": concerns_data(concerns, manner),
    }


def _concerns_of_all(
    db: "Database", mailings: "Sequence[Mailed]", lists: "Sequence[Growth]"
) -> "list[Concern]":
    """About the newest issue that went out, and about every list."""
    from newsletter.reports import list_concerns

    newest = next((one for one in reversed(mailings) if one.id and one.figures.sent), None)
    return [*(_concerns_of(db, newest) if newest else ()), *list_concerns(lists)]


def _concerns_of(db: "Database", mailed: "Mailed") -> "list[Concern]":
    from newsletter.reports import break_down, domain_concerns, mailing_concerns

    found = mailing_concerns(mailed.issue, mailed.figures)
    # Nothing failed: the domains need not be looked at, which takes seconds for a million.
    if not mailed.figures.failed:
        return found
    return [*found, *domain_concerns(break_down(db.conn, [mailed.id], "domain"))]


def _say_how_shared(manner: Manner) -> None:
    if manner.share:
        click.echo(SHARED)
