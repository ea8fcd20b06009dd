"""What a run tells whoever watches it: each delivery that moved, what is in flight, and what it waits for."""

from typing import NamedTuple, Protocol

from newsletter.outbox.receipt import Receipt
from newsletter.outbox.states import State


class Change(NamedTuple):
    """A delivery that came into a state, told when that is in the database; nothing in it names the person.

    `attempt` counts from 1; `reason` is the word of a skipped one; `receipt` the server's answer, if it gave one.
    """

    delivery: int
    state: State
    attempt: int = 0
    reason: str = ""
    receipt: Receipt | None = None
    message_id: str = ""


class Watcher(Protocol):
    """Whoever watches. Called from the thread that began the run, some hundred times a second at most."""

    def moved(self, changes: list[Change]) -> None:
        """These deliveries came into other states, in this order."""

    def flight(self, number: int, lines: int) -> None:
        """So many messages are on their way, over so many lines."""

    def waits(self, seconds: float, why: str) -> None:
        """Nothing can leave for so long: a rate, a server that asks for patience. Told again when that changes."""


class Unwatched:
    """Looks away."""

    def moved(self, changes: list[Change]) -> None:
        """Nothing is done with it."""

    def flight(self, number: int, lines: int) -> None:
        """Nothing is done with it."""

    def waits(self, seconds: float, why: str) -> None:
        """Nothing is done with it."""
