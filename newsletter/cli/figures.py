"""How figures are printed: in whole, or fit to be shared; as tables, sentences, JSON and CSV."""

import csv
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import counted, print_table, printable

if TYPE_CHECKING:
    from newsletter.reports import Column, Concern, Figures, Group, Growth, Mailed, Reasons

_WARNING = click.style("warning", fg="yellow", bold=True)
_HEADINGS = (
    "sent",
    "arrived*",
    "came back",
    "refused",
    "junk",
    "left",
    "in doubt",
    "waiting",
    "not sent",
)
ARRIVED = (
    "* as far as anybody knows: sent, and nothing came back. That nothing came back is no proof that a message "
    "arrived, and says nothing of who read it."
)
SHARED = (
    "Numbers are rounded to the nearest five, one to four people are shown as <5, and groups of fewer than five "
    "are told together: fit to be shared."
)
#: How many groups a table shows before it says how many more there are.
_GROUPS = 40
#: How many worries of one kind are told in whole.
_WORRIES = 8


@dataclass(frozen=True, slots=True)
class Manner:
    """Whether figures are printed whole, or so that none tells of fewer than five people."""

    share: bool = False

    def value(self, number: int) -> int | None:
        """The number as JSON has it; None for one to four people in what is shared."""
        from newsletter.reports import shared

        return shared(number) if self.share else number

    def say(self, number: int) -> str:
        """The number as people read it."""
        from newsletter.reports import FEW

        value = self.value(number)
        return FEW if value is None else f"{value:,}"

    def values(self, counts: Mapping[str, int]) -> dict[str, int | None]:
        return {name: self.value(count) for name, count in counts.items()}

    def column(self, column: "Column") -> "Column":
        """A column as it is drawn; one to four people are not drawn in what is shared."""
        up, down, more = (self.value(count) or 0 for count in (column.up, column.down, column.more))
        return replace(column, up=up, down=down, more=more)

    def groups(self, groups: "Sequence[Group]") -> "Sequence[Group]":
        from newsletter.reports import merged_small

        return merged_small(groups) if self.share else groups

    def concerns(self, concerns: "Sequence[Concern]") -> "Sequence[Concern]":
        """Those that may be told: in what is shared none about fewer than five people."""
        from newsletter.reports import FEWEST

        return [one for one in concerns if one.of >= FEWEST] if self.share else concerns


def print_mailings(mailings: "Sequence[Mailed]", manner: Manner) -> None:
    """A line for each mailing, and one for all of them."""
    from newsletter.reports import total

    rows = [(_called(one), one.begun[:10], *_cells(one.figures, manner)) for one in mailings]
    if len(rows) > 1:
        rows.append(("all", "", *_cells(total([one.figures for one in mailings]), manner)))
    _print_numbers(("mailing", "begun", *_HEADINGS), rows, words=2)
    click.echo(ARRIVED)


def _print_numbers(headings: Sequence[str], rows: Sequence[Sequence[str]], *, words: int) -> None:
    """A table whose columns after the first `words` stand to the right, as numbers do."""
    columns = list(zip(headings, *rows, strict=True))
    for place in range(words, len(columns)):
        width = max(map(len, columns[place]))
        columns[place] = tuple(cell.rjust(width) for cell in columns[place])
    head, *lines = zip(*columns, strict=True)
    print_table(head, lines)


def _called(one: "Mailed") -> str:
    more = f" ({counted(one.many, 'mailing')})" if one.many > 1 else ""
    kind = f" ({one.kind})" if one.kind == "correction" else ""
    return f"{one.issue}{kind}{more}"


def _cells(figures: "Figures", manner: Manner) -> tuple[str, ...]:
    numbers = (
        figures.sent,
        figures.delivered,
        figures.bounced,
        figures.refused,
        figures.complaints,
        figures.unsubscribed,
        figures.in_doubt,
        figures.waiting,
        figures.skipped,
    )
    return tuple(map(manner.say, numbers))


def print_groups(groups: "Sequence[Group]", by: str, manner: Manner) -> None:
    """A line for each group."""
    shown = manner.groups(groups)
    rows = [(one.name, *_cells(one.figures, manner)) for one in shown[:_GROUPS]]
    _print_numbers((by, *_HEADINGS), rows, words=1)
    if len(shown) > _GROUPS:
        click.echo(f"… and {len(shown) - _GROUPS:,} more: `--csv` and `--json` name them all.")
    click.echo(ARRIVED)
    if by != "domain":
        click.echo(f"Somebody in two of them is counted in both: the {by}s may add up to more than was sent.")


def print_lists(lists: "Sequence[Growth]", manner: Manner) -> None:
    """Each list, and each month in which something happened to it."""
    rows = [
        (
            one.name,
            month.month,
            *map(manner.say, (month.joined, month.left, month.bounced_away, month.complained)),
        )
        for one in lists
        for month in one.months
        if month.joined or month.lost
    ]
    if lists:
        click.echo()
        click.echo(
            "On each list today: " + "; ".join(f"{one.name}, {manner.say(one.members)}" for one in lists)
        )
    if rows:
        _print_numbers(("list", "month", "joined", "left", "address died", "junk"), rows, words=2)


def print_came_back(figures: "Figures", reasons: "Reasons", read: str, manner: Manner) -> None:
    """What is known of the messages after they were taken: sentences."""
    from newsletter.reports import REASONS, SEVERITIES

    say = manner.say
    if figures.sent:
        known = _known(read, anything=bool(figures.bounced))
        click.echo(
            f"Arrived as far as is known: {say(figures.delivered)} of {say(figures.sent)} sent. {known}"
        )
    for severity, counts in reasons.bounced.items():
        told = ", ".join(f"{say(count)} {REASONS.get(reason, reason)}" for reason, count in counts.items())
        click.echo(f"  {say(sum(counts.values()))} came back ({SEVERITIES.get(severity, severity)}): {told}")
    if figures.complaints:
        click.echo(f"  {say(figures.complaints)} marked it as junk")
    if figures.unsubscribed:
        click.echo(f"  {say(figures.unsubscribed)} left a list by this message")
    if reasons.refused:
        told = ", ".join(
            f"{say(count)} {REASONS.get(reason, reason)}" for reason, count in reasons.refused.items()
        )
        click.echo(f"Refused by a mail server: {told}")


def _known(read: str, *, anything: bool) -> str:
    """How far that is to be trusted; `read` is when the mailbox was last read, '' where it never was."""
    if read:
        return f"That nothing came back by {read[:10]}, when the mailbox was last read, is no proof."
    if anything:
        return "That nothing came back is no proof."
    return "No mailbox has been read, so it is not known what came back: newsletter mailbox read"


def print_concerns(concerns: "Sequence[Concern]", manner: Manner) -> None:
    """Each worry as a sentence; of many of a kind the first few."""
    from newsletter.reports import say_concern

    told: Counter[str] = Counter()
    for one in manner.concerns(concerns):
        told[one.worry] += 1
        if told[one.worry] <= _WORRIES:
            click.echo(f"{_WARNING}: {printable(say_concern(one, manner.say))}")
    if more := sum(max(count - _WORRIES, 0) for count in told.values()):
        click.echo(f"… and {more:,} more such domains: `--by domain`, `--json`.")


def figures_data(figures: "Figures", manner: Manner) -> dict[str, object]:
    """The figures as JSON has them."""
    return dict(manner.values(figures.as_dict()))


def groups_data(groups: "Sequence[Group]", manner: Manner) -> list[dict[str, object]]:
    return [{"name": one.name, **figures_data(one.figures, manner)} for one in manner.groups(groups)]


def mailings_data(mailings: "Sequence[Mailed]", manner: Manner) -> list[dict[str, object]]:
    return [
        {"issue": one.issue, "kind": one.kind, "state": one.state, "begun": one.begun, "mailings": one.many}
        | figures_data(one.figures, manner)
        for one in mailings
    ]


def lists_data(lists: "Sequence[Growth]", manner: Manner) -> list[dict[str, object]]:
    return [
        {
            "list": one.list,
            "name": one.name,
            "members": manner.value(one.members),
            "months": [
                {"month": month.month}
                | manner.values({name: count for name, count in asdict(month).items() if name != "month"})
                for month in one.months
            ],
        }
        for one in lists
    ]


def concerns_data(concerns: "Sequence[Concern]", manner: Manner) -> list[dict[str, object]]:
    from newsletter.reports import say_concern

    return [
        {"kind": one.worry, "about": one.about, "text": say_concern(one, manner.say)}
        for one in manner.concerns(concerns)
    ]


def reasons_data(reasons: "Reasons", manner: Manner) -> dict[str, object]:
    return {
        "bounced_by": {severity: manner.values(counts) for severity, counts in reasons.bounced.items()},
        "refused_by": manner.values(reasons.refused),
    }


def print_csv(rows: "Sequence[Mapping[str, object]]") -> None:
    """The rows as CSV on stdout, one to four people as `<5` in what is shared."""
    from newsletter.contacts import guarded_cell
    from newsletter.reports import FEW

    if rows:
        writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {name: FEW if cell is None else guarded_cell(str(cell)) for name, cell in row.items()}
            for row in rows
        )
