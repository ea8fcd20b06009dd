"""The streams of the program, made so that what cannot be printed ends nothing."""

import codecs
import errno
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

#: Besides a reader who went away: a terminal that was closed, a file that was opened to be read only.
_GONE = (errno.EIO, errno.EBADF)


class _Outlet(io.FileIO):
    """Takes what nobody reads any more as written: the work goes on, and its end is told by the exit code."""

    def __init__(self, number: int, *, whatever: bool) -> None:
        super().__init__(number, "w", closefd=False)
        self._whatever = whatever

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            # A full disk cuts off what was asked for, which must be said; of messages there is nobody to tell it.
            if self._whatever or isinstance(error, ConnectionError) or error.errno in _GONE:
                return memoryview(data).nbytes
            raise


def make_streams_steady() -> None:
    """Put streams in place that are always there, print any character, and outlive whoever reads them.

    To be called before anything is printed. A stream that the shell has closed leads to nowhere; a
    character that an encoding lacks is shown escaped; to a pipe that nobody reads, writing goes on.
    """
    for name in ("stdin", "stdout", "stderr"):  # in this order, so that each takes its own number
        if getattr(sys, name) is None:
            setattr(sys, name, _nowhere(reading=name == "stdin"))
    sys.stdout = _steady(sys.stdout)
    sys.stderr = _steady(sys.stderr, whatever=True)


def writes_unicode() -> bool:
    """Whether stdout is in UTF-8, and so takes any text as it is."""
    return codecs.lookup(sys.stdout.encoding or "utf-8").name == "utf-8"


def _nowhere(*, reading: bool) -> TextIO:
    """A stream in the place of one that was closed."""
    # It takes the number that became free: else contacts.db would, and a child's complaint be written into it.
    number = os.open(os.devnull, os.O_RDWR)
    os.set_inheritable(number, True)
    return os.fdopen(number, "r" if reading else "w", encoding="utf-8")


def _steady(stream: TextIO, *, whatever: bool = False) -> TextIO:
    """The stream with an outlet that never fails for want of a reader, or of a character."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    errors = "backslashreplace" if stream.errors in ("strict", "surrogateescape") else stream.errors
    raw = getattr(stream.buffer, "raw", stream.buffer)  # under `python -u` nothing lies between
    if type(raw) is not io.FileIO:  # a console of Windows, or what a test reads
        stream.reconfigure(errors=errors)
        return stream
    stream.flush()
    outlet = _Outlet(raw.fileno(), whatever=whatever)
    return io.TextIOWrapper(
        outlet if raw is stream.buffer else io.BufferedWriter(outlet),
        encoding=stream.encoding,
        errors=errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
