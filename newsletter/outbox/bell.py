"""Wakes the thread that waits for lines, from any other."""

import socket
from contextlib import suppress


class Bell:
    """`ear` is readable once it has rung."""

    def __init__(self) -> None:
        self._rope, self.ear = socket.socketpair()
        self._rope.setblocking(False)
        self.ear.setblocking(False)
        self._rung = False

    def ring(self) -> None:
        """Something is there to be looked at."""
        if self._rung:
            return
        self._rung = True
        with suppress(OSError):  # nobody waits any more
            self._rope.send(b"!")

    def quiet(self) -> None:
        """It was heard. What there is to be looked at is looked at after this."""
        with suppress(BlockingIOError):
            self.ear.recv(4096)
        # After that: whoever rings between the two is heard already.
        self._rung = False

    def close(self) -> None:
        """Nobody waits any more."""
        self._rope.close()
        self.ear.close()
