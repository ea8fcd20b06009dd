"""The states of a delivery and the lettered moves between them; `docs/outbox.md` tells their why."""

from dataclasses import dataclass
from typing import Literal

State = Literal["waiting", "sending", "sent", "refused", "skipped", "in-doubt"]


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed change of state; an origin of None means that the delivery begins with it."""

    letter: str
    name: str
    origin: State | None
    target: State
    when: str


QUEUE = Move("a", "queue", None, "waiting", "the issue is queued, and a consent allows it")
LEAVE_OUT = Move("b", "leave out", None, "skipped", "the issue is queued, and something forbids it")
SKIP = Move("c", "skip", "waiting", "skipped", "the consent has gone since the issue was queued")
JOIN = Move("d", "join", "skipped", "waiting", "a consent has come since, and the operator adds newcomers")
DEFER = Move(
    "e",
    "defer",
    "waiting",
    "waiting",
    "4xx, or the line was lost, before the final dot; or its domain rests for long",
)
REFUSE = Move("f", "refuse", "waiting", "refused", "5xx before the final dot")
CLAIM = Move("g", "claim", "waiting", "sending", "the body is at the server, the final dot is next")
ACCEPT = Move("h", "accept", "sending", "sent", "2xx to the final dot")
PUT_BACK = Move(
    "i",
    "put back",
    "sending",
    "waiting",
    "4xx to the final dot, or the line was lost before it could be sent, or 5.7.x while it may be about us",
)
REJECT = Move("j", "reject", "sending", "refused", "5xx to the final dot")
DOUBT = Move(
    "k", "doubt", "sending", "in-doubt", "no answer to the final dot, or the sender died waiting for it"
)
SETTLE = Move("l", "settle", "in-doubt", "sent", "the operator says that it was delivered")
AGAIN = Move("m", "again", "in-doubt", "waiting", "the operator says to send it again")
CANCEL = Move("n", "cancel", "waiting", "skipped", "the operator cancels the mailing")
TOO_LATE = Move(
    "o", "too late", "waiting", "skipped", "the time after which the mailing must not go has come"
)
GIVE_UP = Move(
    "p",
    "give up",
    "waiting",
    "refused",
    "it was tried for as long as is allowed, or it cannot be made again and the operator gives it up",
)
AFTER_ALL = Move(
    "q", "after all", "skipped", "waiting", "it was too late, and the operator names a later time"
)
HAND_ON = Move(
    "r",
    "hand on",
    "skipped",
    "waiting",
    "whoever had it for their address does not get it, and they are the next who have that",
)
BRING_ALONG = Move(
    "s", "bring along", "waiting", "waiting", "never claimed, and its person has another address by now"
)

#: Every move there is, in the order of their letters.
MOVES = (
    QUEUE, LEAVE_OUT, SKIP, JOIN, DEFER, REFUSE, CLAIM, ACCEPT, PUT_BACK, REJECT, DOUBT, SETTLE, AGAIN,
    CANCEL, TOO_LATE, GIVE_UP, AFTER_ALL, HAND_ON, BRING_ALONG,
)  # fmt: skip

#: What `report` calls each state, for an operator who is no programmer.
IN_WORDS: dict[str, str] = {
    "waiting": "still waiting",
    "sending": "on its way; may have arrived",
    "sent": "sent",
    "refused": "refused by the mail server",
    "skipped": "not sent",
    "in-doubt": "in doubt; may have arrived",
}
