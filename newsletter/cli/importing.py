"""The flow of `contacts import`: plan, show, take in or refuse, write the rejects."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.console import now, operator, print_json, printable
from newsletter.cli.people import people_of, today
from newsletter.contacts import ImportOrder, Plan, apply_import, plan_import, write_rejects
from newsletter.errors import ImportRejected, InputError

if TYPE_CHECKING:
    from newsletter.config import Workspace

#: What is said of one, and of any other number.
_ROWS = {
    "added": ("person added", "people added"),
    "changed": ("person changed", "people changed"),
    "unchanged": ("person unchanged", "people unchanged"),
    "consents": ("consent recorded", "consents recorded"),
    "kept_withdrawn": ("kept withdrawn (a file never undoes a withdrawal)",) * 2,
    "suppressed": ("left out, since their address must never be written to",) * 2,
    "rejected": ("line rejected", "lines rejected"),
}


def run_import(workspace: "Workspace", options: dict[str, Any]) -> None:
    """Import a file as the options say. Raises ImportRejected where lines are bad and may not be skipped."""
    order = _order(workspace, options)
    dry = options["dry_run"]
    with people_of(workspace) as db:
        with _bar("Reading") as progress:
            plan = plan_import(db, order, now(), progress)
        refused = bool(plan.rejected) and not order.skip_bad
        if not dry and not refused:
            _ask(plan, options)
            # First: where they cannot be written nothing is taken in, since nobody would know who is missing.
            write_rejects(plan)
            with _bar("Writing") as progress:
                plan = apply_import(db, plan, now(), progress)
            refused = bool(plan.rejected) and not order.skip_bad
    rejects, unwritten = (None, "") if dry else _rejects(plan)
    _tell(plan, rejects, done=not dry and not refused, as_json=options["as_json"])
    if refused:
        raise ImportRejected(problems=plan.problems, remedy=unwritten + _remedy(rejects))


def _rejects(plan: Plan) -> tuple[Path | None, str]:
    """The file with the rejected lines, or why there is none; the lines themselves are told all the same."""
    try:
        return write_rejects(plan), ""
    except InputError as error:
        return None, f"{error.message}.\n"


def _order(workspace: "Workspace", options: dict[str, Any]) -> ImportOrder:
    names = ("basis", "source", "given_on", "wording", "channel", "skip_bad")
    return ImportOrder(
        path=Path(options["file"]),
        root=workspace.root,
        recorder=operator(),
        today=today(workspace),
        lists=options["lists"],
        **{name: options[name] for name in names},
    )


def _ask(plan: Plan, options: dict[str, Any]) -> None:
    """At a terminal the operator sees the summary before anything happens; scripts are not asked."""
    if options["yes"] or options["as_json"] or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    click.echo(_summary(plan, "This would be done:"), err=True)
    click.confirm("Go on?", abort=True, err=True)


def _tell(plan: Plan, rejects: Path | None, *, done: bool, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "file": str(plan.order.path),
                "done": done,
                **plan.counts(),
                "ignored_columns": plan.columns.ignored,
                "notes": plan.notes,
                "rejects_file": str(rejects) if rejects else "",
                "problems": [problem.as_dict() for problem in plan.problems],
                "suppressed_lines": plan.suppressed,
            }
        )
        return
    refused = bool(plan.rejected) and not plan.order.skip_bad
    if refused:
        title = "Nothing was imported. Without the rejected lines it would have been:"
    else:
        title = f"Imported {plan.order.path.name}:" if done else "Dry run, nothing was changed. It would be:"
    click.echo(_summary(plan, title))
    if plan.problems and not refused:
        for problem in plan.problems:
            click.echo(f"{click.style('rejected', fg='yellow')}: {printable(str(problem))}", err=True)
        if rejects:
            click.echo(
                f"The rejected lines are in {rejects}: mend them there, then import that file.", err=True
            )


def _summary(plan: Plan, title: str) -> str:
    counts = plan.counts()
    shown = [
        f"  {number:>7,}  {_ROWS[name][number != 1]}"
        for name, number in counts.items()
        if number or name == "added"
    ]
    if plan.suppressed:
        shown.append(f"           those are on lines {_some(plan.suppressed)}")
    if plan.columns.ignored:
        shown.append(f"  Columns passed over: {_some(plan.columns.ignored)}.")
    shown += [f"  Note: {note}." for note in plan.notes]
    return printable("\n".join([title, *shown]))


def _some(things: Any, most: int = 12) -> str:
    more = f" and {len(things) - most} more" if len(things) > most else ""
    return ", ".join(str(thing) for thing in things[:most]) + more


def _remedy(rejects: Path | None) -> str:
    if rejects is None:
        return "Mend these lines, or import the others with `--skip-bad`."
    return f"The rejected lines are in {rejects}: mend them there. `--skip-bad` takes the others now."


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on stderr where that is a terminal; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(label, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=max(done, total))
