"""A line's socket without waiting: what is to be said goes as far as the system takes it, what came is heard."""

import selectors
import ssl
import time
from collections import deque
from collections.abc import Collection
from itertools import islice

from newsletter.outbox.connection import Line, reason_of
from newsletter.outbox.dialogue import Dialogue, Event

_BLOCK = 256 * 1024
_TOGETHER = 500  # pieces in one call; no system takes fewer than 1,024
_LONGER = 10  # times, that the answer to the final dot may take (RFC 5321 section 4.5.3.2.6)
_NOT_NOW = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Wire:
    """A line, what is said over it (`dialogue`), and what the system has not taken yet.

    `said` counts octets that the system took. `broken` says why it takes no more. `watched`, `deadline`
    and `progress` are the notes of whoever waits for it: for what, until when, and since what.
    """

    def __init__(self, line: Line) -> None:
        self.line = line
        self.dialogue = Dialogue(line.offered)
        self.sock, self._early = line.hand_over()
        self.watched = selectors.EVENT_READ
        self.deadline = float("inf")
        self.progress = (-1, -1)
        self.said = 0
        self._out: deque[bytes | memoryview] = deque()
        # What all readers share is sent from where it lies; TLS wants each text in one piece.
        self._gathers = not isinstance(self.sock, ssl.SSLSocket)
        self.broken = ""

    @property
    def all_said(self) -> bool:
        """Whether everything is with the system, or will never be."""
        return not self._out

    @property
    def patience(self) -> float:
        """Seconds that the server may take for its next answer."""
        return self.line.timeout * (_LONGER if self.dialogue.awaits == "dot" else 1)

    def say(self, *pieces: bytes) -> None:
        """Send these, now as far as possible."""
        if not self._gathers:
            pieces = (b"".join(pieces),)
        idle = not self._out
        self._out.extend(pieces)
        if idle:
            self.flush()

    def flush(self) -> None:
        """Send on what is left."""
        out = self._out
        try:
            while out:
                sent = self._hand_over()
                self.said += sent
                # All there is, nearly always.
                if len(out) <= _TOGETHER and sent == sum(map(len, out)):
                    out.clear()
                else:
                    self._taken(sent)
        except _NOT_NOW:
            return
        except OSError as error:
            # What the server said before it hung up is still to be read: it may be the reason.
            self.broken = reason_of(error) or type(error).__name__
            out.clear()

    def _taken(self, sent: int) -> None:
        """So many octets are with the system."""
        while self._out and sent >= len(self._out[0]):
            sent -= len(self._out.popleft())
        if sent:
            self._out[0] = memoryview(self._out[0])[sent:]

    def _hand_over(self) -> int:
        """So much of it as the system takes now, in octets."""
        if self._gathers:
            few = len(self._out) <= _TOGETHER
            return self.sock.sendmsg(self._out if few else islice(self._out, _TOGETHER))
        return self.sock.send(memoryview(self._out[0])[:_BLOCK])

    def listen(self) -> list[Event]:
        """What follows from everything that has come by now."""
        heard, self._early = self._early, b""
        end = ""
        try:
            while data := self.sock.recv(65536):
                heard += data
                if len(data) < 65536 and self._gathers:
                    break
            else:
                end = "the server hung up"
        except _NOT_NOW:
            pass  # that was all for now; what has come is looked at below
        except OSError as error:
            end = reason_of(error) or type(error).__name__
        events = self.dialogue.hear(heard) if heard else []
        if (end := end or self.broken) and not self.dialogue.lost:
            events += self.dialogue.cut(end)
        return events

    def close(self) -> None:
        """Without a word."""
        self.line.drop()


def take_leave(wires: Collection[Wire], seconds: float) -> None:
    """Say QUIT over all of them, and hear them out for so long. What was accepted stays so, whatever is answered."""
    with selectors.DefaultSelector() as selector:
        for wire in wires:
            wire.say(b"QUIT\r\n")
            selector.register(wire.sock, selectors.EVENT_READ)
        until = time.monotonic() + min([seconds, *(wire.line.timeout for wire in wires)])
        while selector.get_map() and (left := until - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                selector.unregister(key.fileobj)
