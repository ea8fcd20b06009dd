"""What a message that came back says, once it has been read: the words that every other part of the folder uses."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["bounce", "complaint", "opt-out", "auto-reply", "reply", "other"]

#: hard: the address is dead; soft: it may work later; policy: it is about us or the message, and nobody is to blame.
Severity = Literal["hard", "soft", "policy"]

Reason = Literal[
    "user-unknown",
    "mailbox-full",
    "host-unknown",
    "blocked",
    "spam",
    "too-big",
    "policy",
    "content",
    "moved",
    "other",
]

Notice = Literal["", "left", "moved", "away"]

#: Characters of a person's own message that are kept.
TEXT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Failed:
    """One address that a bounce or a complaint names, and what became of it.

    `status` is the enhanced status code ('5.1.1', RFC 3463) or ''; `diagnostic` the server's words, white space
    made single. In a complaint `severity` is 'policy' and `reason` 'spam': the person lives, and has had enough.
    """

    email: str
    severity: Severity
    reason: Reason
    status: str = ""
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """One message that came back. Everything in it is a stranger's word: nothing here has been verified.

    `message_id` is the original's, with its angle brackets; `tokens` is whatever has the form of one of ours;
    `queue_ids` are the relay's names for the message; `received_at` and `away_until` are ISO 8601, UTC, or ''.
    `fault` says why the message could not be read whole, '' where it could.
    """

    kind: Kind
    recipients: tuple[Failed, ...] = ()
    message_id: str = ""
    tokens: tuple[str, ...] = ()
    queue_ids: tuple[str, ...] = ()
    sender: str = ""
    subject: str = ""
    text: str = ""
    received_at: str = ""
    asks_to_stop: bool = False
    notice: Notice = ""
    new_address: str = ""
    away_until: str = ""
    fault: str = ""
