"""One worker: a line to the mail server of its own, and one message after another over it."""

import threading
from collections.abc import Callable

from newsletter.errors import ServerUnavailable
from newsletter.outbox.connection import Line
from newsletter.outbox.delivery import Delivery
from newsletter.outbox.pace import Pace
from newsletter.outbox.receipt import Outcome
from newsletter.outbox.run import Run
from newsletter.outbox.smtp import Envelope, transmit

#: Opens a line, or raises as `opening.open_line` does.
Opener = Callable[[], Line]


class Crew:
    """Counts the workers that still have or seek a line: only when none is left is the server away."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._lock = threading.Lock()

    def leave(self) -> bool:
        """Whether this was the last one."""
        with self._lock:
            self._left -= 1
            return self._left == 0


def work(run: Run, crew: Crew, opener: Opener, pace: Pace) -> None:
    """Attempt deliveries until there are no more; whatever goes wrong stops the run, never only this thread."""
    line: Line | None = None
    try:
        while (delivery := run.take()) is not None:
            if run.halt.wait(pace.book()):
                run.give_back(delivery)
                break
            try:
                line = line or opener()
            except ServerUnavailable as error:
                run.give_back(delivery)
                # Others may have lines: some servers allow fewer at a time than we were told to use.
                if crew.leave():
                    run.stop(error)
                return
            line = _attempt(run, line, delivery)
        crew.leave()
    except BaseException as error:  # carried to the main thread, which raises it again
        run.stop(error)
    finally:
        if line is not None:
            line.quit()


def _attempt(run: Run, line: Line, delivery: Delivery) -> Line | None:
    """Try one delivery; the line, or None where it cannot be used again."""
    prepared = run.prepare(delivery)
    if prepared is None:
        return line
    stale = line.used > 0
    envelope = Envelope(run.mailing.head.email, prepared.letter.email)
    outcome = transmit(line, envelope, prepared.content, lambda: run.claim(delivery, prepared))
    if stale and _was_closed_between(outcome):
        run.give_back(delivery)
    else:
        run.settle(delivery, outcome)
    return None if outcome.lost else line


def _was_closed_between(outcome: Outcome) -> bool:
    """Whether the server ended the line between two messages: many do so after some number or time."""
    return outcome.lost and outcome.phase == "MAIL"
