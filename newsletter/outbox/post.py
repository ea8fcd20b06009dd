"""A message on a line: what it is of, and how far the desk has come with its claim."""

from dataclasses import dataclass

from newsletter.outbox.desk import Claim
from newsletter.outbox.dialogue import Parcel
from newsletter.outbox.receipt import Outcome
from newsletter.outbox.wire import Wire


@dataclass(slots=True, eq=False, kw_only=True)
class Post(Parcel):
    """A parcel on a line, with what it is of.

    `asked`: its claim is with the desk. `early` is what the server said meanwhile.
    """

    claim: Claim
    wire: Wire
    asked: bool = False
    early: Outcome | None = None
