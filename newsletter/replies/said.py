"""What came back, in a sentence, as commands and pages say it of a person."""

from newsletter.contacts import said
from newsletter.replies.listing import Came

#: The reasons of a bounce as they are told.
REASONS = {
    "user-unknown": "nobody there by that name",
    "host-unknown": "there is no such domain",
    "mailbox-full": "the mailbox is full",
    "moved": "they have moved",
    "blocked": "their server blocks ours",
    "spam": "taken for spam",
    "too-big": "the message is too big",
    "policy": "against the rules of their server",
    "content": "something in the message is not taken",
    "other": "no reason that is known",
}
_HOW = {
    "hard": "came back for good",
    "soft": "came back, for the time being",
    "policy": "came back, and not because of the reader",
    "": "came back",
}
_DECIDED = {
    "stop": "decided to stop",
    "keep": "decided to leave all as it was",
    "take-address": "the new address was taken",
    "dismiss": "put aside",
    "erased": "erased",
}


def in_words(came: Came, *, waits: bool = True) -> str:
    """What happened, without the day; what is to be decided says so where `waits`."""
    told = _WORDS[came.kind](came) if came.kind in _WORDS else "something came that is no answer to anything"
    if came.state == "open":
        return f"{told}; to be looked at: newsletter mailbox show {came.id}" if waits else told
    if came.decision in _DECIDED:
        by = f" by {came.decided_by} on {said(came.decided_at)}" if came.decided_by else ""
        return f"{told}; {_DECIDED[came.decision]}{by}"
    return told


def _bounce(came: Came) -> str:
    status = f" ({came.status})" if came.status else ""
    reason = f": {REASONS.get(came.reason, came.reason)}{status}" if came.reason else ""
    return f"the message{_of(came)} {_HOW.get(came.severity, _HOW[''])}{reason}"


def _complaint(came: Came) -> str:
    if came.notice == "stop":
        return f"a report that shows nothing of ours says: marked the message{_of(came)} as junk"
    return f"marked the message{_of(came)} as junk"


def _opt_out(came: Came) -> str:
    if came.notice == "stop":
        return "asked by email to stop, without the token of a message"
    return f"left by email, with the token of the message{_of(came)}"


def _auto_reply(came: Came) -> str:
    told = {
        "left": "has left",
        "moved": f"has a new address, {came.new_address}" if came.new_address else "has a new address",
        "away": f"is away until {said(came.away_until)}" if came.away_until else "is away",
    }
    return f"an automatic answer{' to ' + came.issue if came.issue else ''}: {told.get(came.notice, 'nothing that matters')}"


def _reply(came: Came) -> str:
    if came.notice == "stop":
        return "wrote, and asks to stop"
    if came.decision.startswith("entry "):
        return "said yes by email"
    return f"wrote{' about ' + came.issue if came.issue else ' to us'}"


def _of(came: Came) -> str:
    return f" of {came.issue}" if came.issue else ""


_WORDS = {
    "bounce": _bounce,
    "complaint": _complaint,
    "opt-out": _opt_out,
    "auto-reply": _auto_reply,
    "reply": _reply,
}
