"""Watching a run: a bar where there is a terminal, and signals that end the run in good order."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

import click

#: What ends a run in good order: Ctrl-C, a system that shuts down, a terminal that was closed (not on Windows).
_ENDS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@dataclass(frozen=True, slots=True)
class Watching:
    """What a run is given: the event that ends it, and whom to tell of each delivery."""

    halt: threading.Event
    watch: Callable[[str], None]


@contextmanager
def watched(total: int, *, quiet: bool) -> Iterator[Watching]:
    """Ctrl-C, SIGTERM and SIGHUP end the run after what is in flight; a second Ctrl-C ends the process.

    A signal that is ignored already, as `nohup` does with SIGHUP, stays so.
    """
    halt = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, before[number])
        halt.set()
        # The terminal may be what has gone; a handler that raised would end the run in the midst of it.
        with suppress(OSError):
            click.echo(
                "\nStopping: what is on its way is being finished … (a second time: it is left in doubt)",
                err=True,
            )

    before = {int(number): signal.getsignal(number) for number in _ENDS}
    before = {number: handler for number, handler in before.items() if handler != signal.SIG_IGN}
    for number in before:
        signal.signal(number, stop)
    try:
        with _bar(total, quiet=quiet or not sys.stderr.isatty()) as watch:
            yield Watching(halt, watch)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _bar(total: int, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    if quiet:
        yield lambda state: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Sending"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("send", total=total)
        yield lambda state: progress.advance(task)
