"""The flow of `contacts import`: plan, show, take in or refuse, write the rejects."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.console import now, operator, print_json, printable
from newsletter.cli.differences import MARKS, difference, differences, summary
from newsletter.cli.people import people_of, today
from newsletter.contacts import ImportOrder, Plan, apply_import, plan_import, read_mapping, write_rejects
from newsletter.errors import ImportRejected, InputError

if TYPE_CHECKING:
    from newsletter.config import Workspace

#: Rejected lines told one by one: at the terminal, and to scripts. The file with them holds all.
_TOLD, _TOLD_JSON = 50, 1000


def run_import(workspace: "Workspace", options: dict[str, Any]) -> None:
    """Import a file as the options say. Raises ImportRejected where lines are bad and may not be skipped."""
    with people_of(workspace) as db, _file(workspace, options["file"]) as (path, shown):
        order = _order(workspace, options, path, shown)
        with _bar("Reading") as progress:
            plan = plan_import(db, order, now(), progress)
        try:
            _run(db, plan, options)
        finally:
            plan.close()


def _run(db: Any, plan: Plan, options: dict[str, Any]) -> None:
    dry, refused = options["dry_run"], _refused(plan)
    if not dry and not refused:
        _ask(plan, options)
        # First: where they cannot be written nothing is taken in, since nobody would know who is missing.
        write_rejects(plan)
        with _bar("Writing") as progress:
            plan = apply_import(db, plan, now(), progress)
        refused = _refused(plan)
    rejects, unwritten = (None, "") if dry else _rejects(plan)
    _tell(plan, rejects, options, done=not dry and not refused)
    if refused:
        more = _more(plan, _TOLD)
        raise ImportRejected(problems=plan.problems(_TOLD), remedy=more + unwritten + _remedy(rejects))


def _refused(plan: Plan) -> bool:
    return bool(plan.counts()["rejected"]) and not plan.order.skip_bad


@contextmanager
def _file(workspace: "Workspace", name: str) -> Iterator[tuple[Path, str]]:
    """The file to read and what it is called; '-' is what comes on stdin, kept privately while it is read."""
    if name != "-":
        yield Path(name), ""
        return
    import shutil
    import tempfile

    # On Linux it has no name, so that nothing of it can stay behind; macOS would not rewind it.
    nameless = sys.platform == "linux"
    kind = tempfile.TemporaryFile if nameless else tempfile.NamedTemporaryFile
    with kind(dir=workspace.root, prefix=".import-") as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
        kept.flush()
        yield Path(f"/dev/fd/{kept.fileno()}" if nameless else kept.name), "stdin"


def _rejects(plan: Plan) -> tuple[Path | None, str]:
    """The file with the rejected lines, or why there is none; the lines themselves are told all the same."""
    try:
        return write_rejects(plan), ""
    except InputError as error:
        return None, f"{error.message}.\n"


def _order(workspace: "Workspace", options: dict[str, Any], path: Path, shown: str) -> ImportOrder:
    names = ("basis", "source", "given_on", "wording", "channel", "skip_bad", "program", "encoding", "sheet")
    return ImportOrder(
        path=path,
        root=workspace.root,
        recorder=operator(),
        today=today(workspace),
        lists=options["lists"],
        mapping=read_mapping(options["mapping"]),
        own=("region", *workspace.config.contact_fields),
        lasts={name: settings.consent_months for name, settings in workspace.config.lists.items()},
        participants=workspace.config.people.participants,
        shown=shown,
        rejects=Path("stdin") if shown else None,
        **{name: options[name] for name in names},
    )


def _ask(plan: Plan, options: dict[str, Any]) -> None:
    """At a terminal the operator sees the summary before anything happens; scripts are not asked."""
    if options["yes"] or options["as_json"] or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    click.echo(printable(summary(plan, "This would be done:")), err=True)
    click.confirm("Go on?", abort=True, err=True)


def _tell(plan: Plan, rejects: Path | None, options: dict[str, Any], *, done: bool) -> None:
    shown = options["show"] if options["dry_run"] else 0
    if options["as_json"]:
        print_json(_as_dict(plan, rejects, shown, done=done))
        return
    refused = _refused(plan)
    if refused:
        title = "Nothing was imported. Without the rejected lines it would have been:"
    else:
        named = plan.order.shown or plan.order.path.name
        title = f"Imported {named}:" if done else "Dry run, nothing was changed. It would be:"
    click.echo(printable(summary(plan, title)))
    if shown:
        for line in differences(plan, shown):
            click.echo(printable(line))
    if not refused:
        _tell_rejected(plan, rejects)


def _tell_rejected(plan: Plan, rejects: Path | None) -> None:
    for problem in plan.problems(_TOLD):
        click.echo(f"{click.style('rejected', fg='yellow')}: {printable(str(problem))}", err=True)
    if more := _more(plan, _TOLD):
        click.echo(more.strip(), err=True)
    if rejects:
        click.echo(f"The rejected lines are in {rejects}: mend them there, then import that file.", err=True)


def _as_dict(plan: Plan, rejects: Path | None, shown: int, *, done: bool) -> dict[str, object]:
    people = [person for fate in MARKS for person in plan.people(fate, shown)] if shown else []
    return {
        "file": plan.order.called,
        "done": done,
        **plan.counts(),
        "ignored_columns": plan.columns.ignored,
        "notes": plan.notes,
        "rejects_file": str(rejects) if rejects else "",
        "problems": [problem.as_dict() for problem in plan.problems(_TOLD_JSON)],
        "suppressed_lines": plan.suppressed(_TOLD_JSON),
        "changes": [difference(person) for person in people],
    }


def _more(plan: Plan, told: int) -> str:
    left = plan.counts()["rejected"] - told
    return f"… and {left:,} more lines like these.\n" if left > 0 else ""


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
