"""A process that draws and checks, and can be stopped: a template that never ends stops nothing else."""

import contextlib
import datetime as dt
import importlib
import logging
import multiprocessing as mp
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Literal

from jinja2 import TemplateRuntimeError

from newsletter.errors import InputError
from newsletter.preview.drawing import Checked, Drawn, Faulty, Order, attempted, check, draw, faults

Kind = Literal["draw", "check"]
_LOG = logging.getLogger(__name__)
#: Bytes that a worker may take: a template that fills the memory fails, and nothing else does.
_MOST_MEMORY = 4 << 30
#: Seconds that a worker has to say by itself where it was when its time ran out.
_GRACE = 2.0
#: Seconds that loading all that drawing needs may take, on a machine that is busy.
_STARTUP = 60.0


class TooSlow(TemplateRuntimeError):
    """Time ran out. Of Jinja's kind, so that what is raised in a template is told with template and line."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do, at a time; `limit` is in seconds."""

    kind: Kind
    order: Order
    now: dt.datetime
    limit: float


class Worker:
    """A process of our own that does one task after another; started when first needed, and anew after a fault.

    Its calls block: they are made from threads, one at a time.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._stale = False
        self._closing = threading.Lock()
        self._process: mp.process.BaseProcess | None = None
        self._line: Connection | None = None

    def start(self) -> None:
        """Start the process and wait until it has loaded what drawing needs; nothing where it runs already.

        Raises EOFError and OSError where it does not start.
        """
        if self._process is not None and self._process.is_alive() and not self._stale:
            return
        self.close()
        self._stale = False
        # Not fork: this process has threads, and a copy of their locks would never be let go.
        context = mp.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs,), daemon=True, name="newsletter preview")
        self._process.start()
        theirs.close()
        if not self._line.poll(_STARTUP):
            raise TimeoutError("it did not start")
        self._line.recv()

    def run(self, kind: Kind, order: Order, now: dt.datetime) -> Drawn | Checked | Faulty:
        """What the task gives, or why it gave nothing; after `limit` seconds it is stopped."""
        try:
            self.start()
            assert self._line is not None  # noqa: S101  # `start` has made it
            self._line.send(Task(kind, order, now, self.limit))
            if self._line.poll(self.limit + _GRACE):
                result: Drawn | Checked | Faulty = self._line.recv()
                return result
        except (EOFError, OSError):
            self.close()
            return _gone(order, "drawing it ended in a crash", "Look at what was changed last.")
        self.close()
        return _gone(
            order,
            f"drawing it took longer than {self.limit:g} seconds, and was stopped",
            "Look for a loop without end in a template, or for very large pictures.",
        )

    def renew(self) -> None:
        """Take a fresh process for the next task."""
        self._stale = True

    def interrupt(self) -> None:
        """End the process, whatever it is at; a thread that waits for it goes on at once."""
        with self._closing:
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """End the process and let go of it; no thread may be waiting for it but the caller's."""
        with self._closing:
            if self._process is not None:
                self._process.kill()
                self._process.join()
                self._process.close()
            if self._line is not None:
                self._line.close()
            self._process = self._line = None


def work(line: Connection) -> None:
    """Do what comes over `line` until it is closed: the process's whole life."""
    # Ctrl-C goes to all processes of a terminal; ours ends when the line does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _bound_memory()
    _load()
    with contextlib.suppress(EOFError, OSError):  # the server has gone, and so may we
        line.send(None)
        while True:
            line.send(_done(line.recv()))


def _done(task: Task) -> Drawn | Checked | Faulty:
    order = task.order
    try:
        with _time_limit(task.limit):
            if task.kind == "draw":
                return attempted(lambda: draw(order), order)
            return attempted(lambda: check(order, task.now), order)
    except TooSlow as slow:
        return _gone(order, f"reading and drawing it {slow}", "Look for very large files and pictures.")
    except MemoryError:
        return _gone(order, "drawing it took too much memory", "Look for a loop in a template.")
    except Exception as error:
        # A fault of ours must not end the preview: it is logged whole, and said.
        _LOG.exception("drawing %s failed", order.path.name)
        found = f"drawing it failed, by a fault of newsletter's own: {type(error).__name__}: {error}"
        return _gone(order, found, "Undo the last change, and please report this.")


def _time_limit(seconds: float) -> contextlib.AbstractContextManager[None]:
    return _alarm(seconds) if hasattr(signal, "setitimer") else contextlib.nullcontext()


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise TooSlow after so many seconds, where the work then is: inside a template, Jinja gives it its line."""

    def ring(number: int, frame: object) -> None:
        raise TooSlow(f"took longer than {seconds:g} seconds: is there a loop without end?")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _bound_memory() -> None:
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = _MOST_MEMORY if hard == resource.RLIM_INFINITY else min(_MOST_MEMORY, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _load() -> None:
    """Import what the first drawing would have to wait for."""
    for name in ("mjml", "premailer", "PIL.Image", "newsletter.checks"):
        importlib.import_module(name)


def _gone(order: Order, message: str, remedy: str) -> Faulty:
    return faults(InputError(message, remedy=remedy), order)
