"""A token that is fresh whenever it is asked for, in a run of many hours and from many threads."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

#: Seconds of life that a token has left at least when it is given out.
MARGIN = 300.0


@dataclass(frozen=True, slots=True)
class Token:
    """A token, how many seconds it lives, and what the next one is to be had for."""

    word: str = field(repr=False)
    seconds: float
    grant: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Two clocks in seconds, since neither tells all: the steady one stands still while a computer
    sleeps, the other may be put back."""

    steady: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time


class Fresh:
    """Gives the token; gets a new one by `renew` when the old has too little life left."""

    def __init__(self, renew: Callable[[], Token], clocks: Clocks) -> None:
        self._renew, self._clocks = renew, clocks
        self._lock = threading.Lock()
        self._word = ""
        self._steady_end = self._wall_end = 0.0

    def __call__(self) -> str:
        """A token with MARGIN seconds of life. Raises as `renew` does."""
        return self._other_than("")

    def in_place_of(self, refused: str) -> str:
        """A token after the server has refused this one, whatever life it has left. Raises as `renew` does.

        Of several who were refused the same one, the first gets a new one for all.
        """
        return self._other_than(refused)

    def _other_than(self, refused: str) -> str:
        with self._lock:
            # Its life is counted from before it was asked for: the answer may have been long on the way.
            steady, wall = self._clocks.steady(), self._clocks.wall()
            if self._word in ("", refused) or steady >= self._steady_end or wall >= self._wall_end:
                token = self._renew()
                self._word = token.word
                self._steady_end = steady + token.seconds - MARGIN
                self._wall_end = wall + token.seconds - MARGIN
            return self._word
