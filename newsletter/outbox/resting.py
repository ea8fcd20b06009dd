"""How long whom to leave in peace: longer each time that it is asked for again, from the start after a calm."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds: of the first rest, and of the longest."""

    first: float
    longest: float


class Rests:
    """Who rests until when, by name."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, dt.datetime]] = {}

    def left(self, name: str, now: dt.datetime) -> float:
        """Seconds of a rest that goes on; 0.0 where there is none."""
        seconds, until = self._known.get(name, (0.0, now))
        left = (until - now).total_seconds()
        # More than was ever given is a clock that was put back.
        return left if 0 < left <= seconds else 0.0

    def ask(self, name: str, span: Span, now: dt.datetime) -> tuple[float, bool]:
        """For how many seconds from now, and whether that is a new rest.

        Several messages that were on their way when it was asked for ask for the same one. The next
        rest is twice as long, unless it was calm for as long as the last one took.
        """
        if left := self.left(name, now):
            return left, False
        seconds, until = self._known.get(name, (0.0, now))
        left = (until - now).total_seconds()
        calm = seconds == 0 or left > 0 or -left > seconds
        seconds = span.first if calm else min(seconds * 2, span.longest)
        self._known[name] = (seconds, now + dt.timedelta(seconds=seconds))
        return seconds, True
