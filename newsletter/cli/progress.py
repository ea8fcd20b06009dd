"""Watching a run: a view where there is a terminal, lines where there is none, signals that end it in good order."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import printable
from newsletter.cli.score import Score, span_in_words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from newsletter.outbox import Change, Watcher

#: What ends a run in good order: Ctrl-C, a system that shuts down, a terminal that was closed (not on Windows).
_ENDS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_EVERY = 30.0  # seconds between two lines where there is no terminal


@contextmanager
def stoppable(told: str) -> Iterator[threading.Event]:
    """An event that Ctrl-C, SIGTERM and SIGHUP set, after saying `told`; the second time they end the process.

    To be looked at, never to be waited for: signals are heard in the main thread, which would wait for itself.

    A signal that is ignored already, as `nohup` does with SIGHUP, stays so.
    """
    halt = threading.Event()
    caught: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, before[number])
        caught.append(number)
        # Another kind may come while the event is being set, and would wait for that for ever.
        if len(caught) == 1:
            halt.set()
        # The terminal may be what has gone; a handler that raised would end the run in the midst of it.
        with suppress(OSError):
            click.echo(f"\n{told}", err=True)

    before = {int(number): signal.getsignal(number) for number in _ENDS}
    before = {number: handler for number, handler in before.items() if handler != signal.SIG_IGN}
    for number in before:
        signal.signal(number, stop)
    try:
        yield halt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Several:
    """Tells several watchers; a Watcher."""

    def __init__(self, *watchers: "Watcher") -> None:
        self._watchers = watchers

    def moved(self, changes: "list[Change]") -> None:
        for watcher in self._watchers:
            watcher.moved(changes)

    def flight(self, number: int, lines: int) -> None:
        for watcher in self._watchers:
            watcher.flight(number, lines)

    def waits(self, seconds: float, why: str) -> None:
        for watcher in self._watchers:
            watcher.waits(seconds, why)


@contextmanager
def shown(issue: str, score: Score, *, quiet: bool) -> "Iterator[Watcher]":
    """Shows how a run stands, on stderr; the score counts in any case."""
    if quiet:
        yield score
    elif sys.stderr.isatty():
        with _live(issue, score):
            yield score
    else:
        lines = Lines(issue, score)
        yield Several(score, lines)
        lines.end()


class Lines:
    """A line for every tenth of the run, or every 30 seconds; a Watcher, to be told after its score."""

    def __init__(self, issue: str, score: Score) -> None:
        self._issue, self._score = issue, score
        self._tenth, self._at = 0, time.monotonic()
        self._told: tuple[int, ...] = ()

    def moved(self, changes: "list[Change]") -> None:
        self._look()

    def flight(self, number: int, lines: int) -> None:
        self._look()

    def waits(self, seconds: float, why: str) -> None:
        self._look()

    def _look(self) -> None:
        tenth = 10 * self._score.done // max(1, self._score.total)
        if tenth > self._tenth or time.monotonic() - self._at > _EVERY:
            self._tenth = tenth
            self._write()

    def end(self) -> None:
        """Write how it stands now, unless the last line says so but for the speed, which no clock leaves as it was."""
        if self._stands() != self._told:
            self._write()

    def _stands(self) -> tuple[int, ...]:
        return self._score.done, self._score.deferred, self._score.in_flight

    def _write(self) -> None:
        self._at, self._told = time.monotonic(), self._stands()
        # Whoever reads the lines may have gone; the run goes on.
        with suppress(OSError):
            click.echo(self._score.as_line(self._issue), err=True)


@contextmanager
def _live(issue: str, score: Score) -> Iterator[None]:
    from rich.console import Console
    from rich.live import Live

    with Live(
        get_renderable=lambda: picture_of(issue, score),
        console=Console(stderr=True),
        refresh_per_second=4,
        redirect_stdout=False,
        redirect_stderr=False,
    ):
        yield


def picture_of(issue: str, score: Score) -> "RenderableType":
    """The view of a run in a terminal."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    top = Table.grid(padding=(0, 1))
    bar = ProgressBar(total=max(1, score.total), completed=score.done, width=30)
    top.add_row(Text(f"Sending {issue}"), bar, Text(f"{score.done:,} of {score.total:,}"))
    # The speed has a line of its own, since it would not fit beside the bar at 80 columns.
    return Group(top, *(Text(printable(f"  {line}")) for line in (_speed(score), *_lines(score))))


def _speed(score: Score) -> str:
    told, left = f"{score.per_second:,.1f} a second", score.left
    return told if not left else f"{told}, about {span_in_words(left)} left"


def _lines(score: Score) -> Iterator[str]:
    counts = score.counts
    reasons = ", ".join(
        f"{number} {reason or 'for a reason'}" for reason, number in score.reasons.most_common()
    )
    skipped = f"{counts['skipped']} skipped" + (f" ({reasons})" if reasons else "")
    yield (
        f"{counts['sent']:,} sent, {skipped}, {score.deferred} deferred, {counts['refused']} refused, "
        f"{counts['in-doubt']} in doubt"
    )
    lines = f" over {score.lines} line{'s' * (score.lines != 1)}" if score.lines else ""
    yield f"{score.in_flight} on the way{lines}"
    if score.wait > 0.5:
        yield f"waiting {span_in_words(score.wait)}: {score.waiting_for}"
