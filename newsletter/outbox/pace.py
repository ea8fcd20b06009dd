"""How fast messages may leave: one at a time at an even pace, whoever sends them."""

import threading
from collections.abc import Callable


class Pace:
    """Books a moment for each message; `clock` gives seconds that never go back."""

    def __init__(self, per_second: float | None, clock: Callable[[], float]) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._free_at = clock()
        self._lock = threading.Lock()

    def book(self) -> float:
        """How many seconds to wait before the next message may go; the moment is then taken."""
        with self._lock:
            now = self._clock()
            at = max(self._free_at, now)
            self._free_at = at + self._gap
            return at - now
