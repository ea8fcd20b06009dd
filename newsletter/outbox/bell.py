"""Wakes the thread that waits for lines, from any other."""

import socket
from contextlib import suppress


class Bell:
    """`ear` is readable once it has rung."""

    def __init__(self) -> None:
        self._rope, self.ear = socket.socketpair()
        self._rope.setblocking(False)
        self.ear.setblocking(False)

    def ring(self) -> None:
        """Something is there to be looked at."""
        with suppress(OSError):  # it rings already, or nobody waits any more
            self._rope.send(b"!")

    def quiet(self) -> None:
        """It was heard."""
        with suppress(BlockingIOError):
            while self.ear.recv(4096):
                pass

    def close(self) -> None:
        """Nobody waits any more."""
        self._rope.close()
        self.ear.close()
