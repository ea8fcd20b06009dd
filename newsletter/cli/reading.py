"""The flow of `mailbox read`: the source, a bar while it is read, then a table, a summary, or JSON."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.console import counted, now, opened, print_table, printable, printable_json
from newsletter.cli.people import people_of
from newsletter.replies import (
    Reading,
    Seen,
    Source,
    chosen_source,
    look_through,
    named_source,
    piped_source,
    take_in,
)

if TYPE_CHECKING:
    from newsletter.config import Config, Workspace
    from newsletter.database import Database

_ROWS = 200  # messages in the table; JSON has all
_KINDS = {
    "bounce": ("bounce", "bounces"),
    "complaint": ("complaint", "complaints"),
    "opt-out": ("opt-out", "opt-outs"),
    "auto-reply": ("auto-reply", "auto-replies"),
    "reply": ("reply of a person", "replies of people"),
    "other": ("other message", "other messages"),
}
#: What became of a message, in the order in which it is told.
_OUTCOMES = {
    "suppressed": "suppressed: the address is never written to again",
    "counted": "failed for the time being: counted, and suppressed if it goes on",
    "ours": "about our sending or the message: nobody is suppressed, see `newsletter report`",
    "withdrawn": "left the lists that the message was for",
    "held": "asks to stop: held back until you decide",
    "proposed": "proposes a change, such as a new address: nothing is done until you decide",
    "confirmed": "confirmed a subscription",
    "renewed": "renewed a consent",
    "to-read": "a person's own words: somebody should read and answer them",
    "noted": "nothing follows",
}
_OPEN = ("held", "proposed", "to-read")


@dataclass
class _Shown:
    """Prints messages as they come, as JSON, or the first of them as a table in the end."""

    as_json: bool
    rows: list[tuple[str, ...]] = field(default_factory=list)
    printed: int = 0

    def add(self, seen: Seen) -> None:
        if self.as_json:
            click.echo(("[\n" if not self.printed else ",\n") + _json(seen), nl=False)
        elif self.printed < _ROWS:
            self.rows.extend(_rows(seen))
        self.printed += 1

    def end(self) -> None:
        """Close the array, also after an error: what came before it can be read."""
        if self.as_json:
            click.echo("\n]" if self.printed else "[]")


def look(workspace: "Callable[[], Workspace]", order: dict[str, Any]) -> None:
    """Say what the messages are; nothing is recorded and nothing is marked."""
    found, shown = Reading(), _Shown(order["as_json"])
    with _looked_at(workspace, order) as (source, _):
        try:
            with _bar(source, quiet=order["as_json"]) as progress:
                for seen in look_through(source):
                    found.count(seen)
                    shown.add(seen)
                    progress(1)
        finally:
            shown.end()
    if not order["as_json"]:
        if shown.rows:
            print_table(("message", "kind", "whom", "how", "reason", "status"), shown.rows)
            click.echo()
        _sum_up(found)
        if found.messages > _ROWS:
            click.echo(f"Shown are the first {_ROWS}; --json has all.")
        click.echo("Nothing was recorded, and nothing was marked.")
    _warn(found)


def take(workspace: "Callable[[], Workspace]", order: dict[str, Any]) -> None:
    """Record what the messages say, and mark them."""
    place, shown = workspace(), _Shown(order["as_json"])
    with people_of(place) as db, _taken(place.config, db, order) as (source, name):
        try:
            with _bar(source, quiet=order["as_json"] or order["path"] == "-") as progress:

                def told(batch: Sequence[Seen]) -> None:
                    for seen in batch if order["as_json"] else ():
                        shown.add(seen)
                    progress(len(batch))

                found = take_in(db, source, place.config, clock=now, told=told, name=name)
        finally:
            shown.end()
    if not (order["as_json"] or order["path"] == "-"):
        _sum_up(found)
        _tell_outcomes(found)
    _warn(found)


def _taken(
    config: "Config", db: "Database", order: dict[str, Any]
) -> "AbstractContextManager[tuple[Source, str]]":
    if order["path"]:
        return nullcontext(_named(order["path"]))
    return _chosen(config, db, order, look_only=False)


@contextmanager
def _looked_at(workspace: "Callable[[], Workspace]", order: dict[str, Any]) -> Iterator[tuple[Source, str]]:
    """The source for a look: a path needs no workspace, and of the mailbox only what is new is shown."""
    if order["path"]:
        yield _named(order["path"])
        return
    place = workspace()
    known = opened(place) if place.database.exists() else nullcontext()
    with known as db, _chosen(place.config, db, order, look_only=True) as found:
        yield found


def _named(path: str) -> tuple[Source, str]:
    return (piped_source(sys.stdin.buffer) if path == "-" else named_source(Path(path))), ""


def _chosen(
    config: "Config", db: "Database | None", order: dict[str, Any], *, look_only: bool
) -> "AbstractContextManager[tuple[Source, str]]":
    """The mailbox of newsletter.toml, or another folder of it, out of which nothing is moved."""
    if order["folder"]:
        other = {"folder": order["folder"], "processed": "", "aside": ""}
        config = config.model_copy(update={"mailbox": config.mailbox.model_copy(update=other)})
    return chosen_source(config, db, again=order["again"], look_only=look_only)


@contextmanager
def _bar(source: Source, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr where that is a terminal; elsewhere nothing."""
    if quiet or not sys.stderr.isatty():
        yield lambda more: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("Reading", total=source.total)
        yield lambda more: bars.advance(task, more)


def _json(seen: Seen) -> str:
    names = ("email", "severity", "reason", "status")
    told = {
        "file": seen.arrived.place,
        "kind": seen.reply.kind,
        "recipients": [{name: getattr(one, name) for name in names} for one in seen.reply.recipients],
        "message_id": seen.reply.message_id,
    }
    return printable_json(json.dumps(told, ensure_ascii=False))


def _rows(seen: Seen) -> Iterator[tuple[str, ...]]:
    reply, place = seen.reply, seen.arrived.place
    for one in reply.recipients:
        yield place, reply.kind, one.email, one.severity, one.reason, one.status
        place = ""
    if not reply.recipients:
        what = "asks to stop" if reply.asks_to_stop else reply.notice
        yield place, reply.kind, reply.sender, what, reply.new_address, ""


def _sum_up(found: Reading) -> None:
    if not found.messages:
        click.echo("There is nothing new in the mailbox.")
        return
    kinds = [counted(found.kinds[kind], *words) for kind, words in _KINDS.items() if found.kinds[kind]]
    severities = [f"{number:,} {name}" for name, number in sorted(found.severities.items())]
    if severities:
        kinds[0] += f" ({', '.join(severities)})"
    known = f", {found.known:,} of them known already" if found.known else ""
    click.echo(f"{counted(found.messages, 'message')}{known}" + (f": {', '.join(kinds)}." if kinds else "."))


def _tell_outcomes(found: Reading) -> None:
    for outcome, words in _OUTCOMES.items():
        if number := found.outcomes[outcome]:
            click.echo(f"  {number:>6,}  {words}")
    if any(found.outcomes[outcome] for outcome in _OPEN):
        click.echo("Next: newsletter mailbox list")


def _warn(found: Reading) -> None:
    warning = click.style("warning", fg="yellow", bold=True)
    for place, fault in found.faults[:_ROWS]:
        click.echo(f"{warning}: {printable(place)}: not read whole: {printable(fault)}", err=True)
    if len(found.faults) > _ROWS:
        click.echo(f"{warning}: and {len(found.faults) - _ROWS:,} more", err=True)
    for hindrance in found.hindrances:
        click.echo(f"{warning}: {printable(hindrance)}; what they say is recorded all the same", err=True)
