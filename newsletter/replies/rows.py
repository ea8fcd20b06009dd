"""One row of `replies` before it is kept, and what a message is judged with."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from newsletter.config import Config
from newsletter.contacts import hold_back, stamp
from newsletter.database import Database
from newsletter.replies.model import Reply

#: suppressed: never written to again; counted: a point towards that; ours: it is about the sender or the message;
#: withdrawn: left the lists that the message was for; held: held back until decided; proposed: somebody is to say
#: whether it is taken; confirmed, renewed: they agreed; to-read: a person's own words; noted: nothing follows.
Outcome = Literal[
    "suppressed",
    "counted",
    "ours",
    "withdrawn",
    "held",
    "proposed",
    "confirmed",
    "renewed",
    "to-read",
    "noted",
]
#: Of these somebody has to look at each.
_OPEN = {"held", "proposed", "to-read"}
_ADDRESS = re.compile(r"<?[^\s<>\"'(),:;\[\]]+@[^\s<>\"'(),:;\[\]]+>?")
_LONGEST = 1_000  # characters of a server's words


@dataclass(frozen=True, slots=True)
class Case:
    """A message, and all that is asked when it is judged. `at` is when it happened, never after `now`."""

    db: Database
    reply: Reply
    config: Config
    now: dt.datetime
    at: dt.datetime

    @property
    def said_at(self) -> str:
        """When it happened, as the database keeps it; '' where the message does not say."""
        return stamp(self.at) if self.reply.received_at else ""

    @property
    def day(self) -> str:
        """The day of it."""
        return self.at.date().isoformat()


@dataclass(frozen=True, slots=True)
class Row:
    """What a row will say; the columns as in `database.replies`, and what follows."""

    outcome: Outcome
    severity: str = ""
    reason: str = ""
    status: str = ""
    address_key: str = ""
    contact_id: int = 0
    delivery_id: int = 0
    message_id: str = ""
    diagnostic: str = ""
    sender: str = ""
    subject: str = ""
    text: str = ""
    notice: str = ""
    new_address: str = ""
    away_until: str = ""
    received_at: str = ""
    decision: str = ""
    is_open: bool = False
    holds: tuple[int, ...] = ()


_COLUMNS = tuple(name for name in Row.__slots__ if name not in ("outcome", "is_open", "holds"))


def insert_row(db: Database, row: Row, told: Mapping[str, str], now: dt.datetime) -> int:
    """Keep a row, and hold back whom it is about where it says so; its id."""
    state = "open" if row.is_open or row.outcome in _OPEN else "done"
    values = {**{name: getattr(row, name) for name in _COLUMNS}, "state": state, **told}
    marks = ", ".join(f":{name}" for name in values)
    cursor = db.conn.execute(f"INSERT INTO replies ({', '.join(values)}) VALUES ({marks})", values)
    number = int(cursor.lastrowid or 0)
    for contact_id in row.holds:
        hold_back(db, contact_id, number, now)
    return number


def bare(text: str) -> str:
    """A server's words without addresses, bounded."""
    return _ADDRESS.sub("<address>", text)[:_LONGEST]
