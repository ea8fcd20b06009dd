"""Answers to what we asked: 'confirm TOKEN' and 'renew TOKEN' in a message's subject."""

from collections.abc import Callable

from newsletter.contacts import Answered, confirm_request, renew_consent
from newsletter.errors import NotAllowed
from newsletter.replies.letters import command_of
from newsletter.replies.rows import Case, Outcome, Row

_OUTCOMES: dict[str, Outcome] = {"confirm": "confirmed", "renew": "renewed"}


def answered_by(case: Case) -> Row | None:
    """What came of the answer in this message; None where it is none.

    The token alone is believed, whoever the message is from. One that cannot be taken is to be read,
    with the reason: somebody wanted to say yes.
    """
    # The subject alone: whoever answers with our words below their own has not said yes by that.
    asked = command_of(case.reply.subject)
    if asked is None or asked.word not in _OUTCOMES:
        return None
    try:
        taken = _take(case, asked.word, asked.token)
    except NotAllowed as refused:
        told = f"this answer could not be taken: {refused.message}"
        return Row(
            "to-read", sender=case.reply.sender, subject=asked.word, text=case.reply.text, diagnostic=told
        )
    return Row(_OUTCOMES[asked.word], contact_id=taken.contact_id, decision=f"entry {taken.sequence}")


def _take(case: Case, word: str, token: str) -> Answered:
    how = {"channel": "email", "recorder": "reader", "months": _months(case), "at": case.at}
    if word == "confirm":
        days = case.config.consent.confirm_within
        return confirm_request(case.db, token, case.now, days=days, **how)  # type: ignore[arg-type]
    return renew_consent(case.db, token, case.now, **how)  # type: ignore[arg-type]


def _months(case: Case) -> Callable[[str], int]:
    lists = case.config.lists
    return lambda name: lists[name].consent_months if name in lists else 0
