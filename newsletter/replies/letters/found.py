"""What people write themselves, told from what programs send round; who wrote it, when, and in answer to what."""

import datetime as dt
import re
from dataclasses import replace
from email.utils import parsedate_to_datetime

from newsletter.replies.letters.asking import asks_to_stop
from newsletter.replies.letters.autoreplies import is_auto_reply, notice_in
from newsletter.replies.letters.commands import Command
from newsletter.replies.letters.ownwords import own_words, whole_words
from newsletter.replies.marks import TOKEN, tokens_in
from newsletter.replies.model import TEXT_LIMIT, Failed, Kind, Reply
from newsletter.replies.status import ADDRESS
from newsletter.replies.structure import DELIVERY_REPORTS, Message

_ANGLED = re.compile(r"<\s*([^<>\s]{1,250}@[^<>\s]{1,250})\s*>")
_ID = re.compile(r"<[^<>\s]{3,250}>")
_NOBODY = re.compile(r"(?:no|do-?not|never)[._-]?reply|mailer-?daemon|post-?master@|donotreply", re.I)
_BULK = re.compile(r"\s*(?:bulk|list|junk)\b", re.I)
# How mail programs begin the subject of what somebody answers or forwards, by language.
_PASSED_ON = re.compile(
    r"""\s*(?:\[[^\]]{0,30}\]\s*)?(?:re|fwd?|aw|wg|sv|vs|vl|vb|tr|rv|rif|i|r|enc|res|odp|pd|antw|doorst|atb|yml|ynt|ilt
        |回复|答复|转发|回覆|轉寄)(?:\[\d+\])?\s?[::]""",
    re.VERBOSE | re.I,
)
_PROGRAM = re.compile(r"mailer-?daemon|mdaemon|post[-_]?master|deliver|mail[ ._-]?admin", re.I)
_ROUND = ("list-id", "list-unsubscribe", "feedback-id")
_ANSWERED = ("in-reply-to", "references")
_TO = ("to", "cc", "delivered-to", "x-original-to")
_DATE_LIMIT = 100
_SUBJECT_LIMIT = 500
_FIRST_YEAR = 1990  # before it a clock was not set


def letter_in(message: Message, day: str, command: Command | None) -> Reply:
    """The opt-out, the automatic reply or the person's own message that it is; else 'other'.

    `day` is when it was written, as `written_at` gives it, `command` what `opt_out_in` found.
    """
    if command:
        own = _own(message, "opt-out")
        if command.token:
            return replace(own, tokens=(command.token,))
        # Nothing shows who it is but From, which anybody can write: a wish like one in other words.
        return replace(own, asks_to_stop=True, recipients=_named(own.sender))
    if is_auto_reply(message) and not message.of_type(*DELIVERY_REPORTS, level=0):
        notice, address, until = notice_in(message, dt.date.fromisoformat(day[:10]) if day else None)
        reply = _own(message, "auto-reply")
        return replace(reply, notice=notice, new_address=address, away_until=until)
    if not _is_from_somebody(message):
        return Reply("other", subject=message.headers.get("subject"))
    reply = _own(message, "reply")
    said = re.sub(re.escape(reply.sender), "my address", own_words(message), flags=re.IGNORECASE)
    return replace(reply, asks_to_stop=asks_to_stop(said, reply.subject))


def _named(sender: str) -> tuple[Failed, ...]:
    return (Failed(sender, "policy", "other"),) if sender else ()


def is_passed_on(message: Message) -> bool:
    """Whether a person answers or forwards something: a bounce that is told there is theirs, or hearsay."""
    head = message.headers
    by_program = _PROGRAM.search(head.get("from")) or head.get("return-path").strip() == "<>"
    told = message.parts[0].type == "multipart/report" or "x-failed-recipients" in head
    return bool(
        _PASSED_ON.match(head.get("subject")[:100]) and _sender(message) and not by_program and not told
    )


def written_at(message: Message) -> str:
    """When it says that it was written (ISO 8601, UTC, to the second); '' where it does not, or nonsense."""
    try:
        said = parsedate_to_datetime(message.headers.get("date")[:_DATE_LIMIT])
        utc = (said if said.tzinfo else said.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
    return utc.strftime("%Y-%m-%dT%H:%M:%SZ") if utc.year >= _FIRST_YEAR else ""


def _own(message: Message, kind: Kind) -> Reply:
    head = message.headers
    said = [value for name in _ANSWERED for value in head.every(name)]
    return Reply(
        kind,
        message_id=_answered(said),
        # Not those in the text: a forwarded message has its first reader's, and so has a thread.
        tokens=tokens_in(
            [*said, head.get("subject"), *(value for name in _TO for value in head.every(name))]
        ),
        sender=_sender(message),
        subject=head.get("subject")[:_SUBJECT_LIMIT],
        text=whole_words(message)[:TEXT_LIMIT],
    )


def _answered(values: list[str]) -> str:
    """The Message-ID that it answers: the one with a token of ours in it, else the first."""
    found = [one for value in values for one in _ID.findall(value)]
    return next((one for one in found if TOKEN.search(one)), found[0] if found else "")


def _sender(message: Message) -> str:
    """The bare address in From: what stands in angle brackets, whatever the name before it looks like."""
    value = message.headers.get("from")
    angled = _ANGLED.findall(value)
    return angled[-1] if angled else next(iter(ADDRESS.findall(value)), "")


def _is_from_somebody(message: Message) -> bool:
    """Whether a person sent it, and to us: no robot and no round letter, unless it answers a message of ours."""
    head = message.headers
    if not _sender(message) or _NOBODY.search(head.get("from")):
        return False
    if message.parts[0].type == "multipart/report":
        return False  # such as one that all went well
    if any(TOKEN.search(value) for name in _ANSWERED for value in head.every(name)):
        return True  # also by way of a group's list
    submitted = head.get("auto-submitted").strip().lower()
    sent_round = any(name in head for name in _ROUND) or _BULK.match(head.get("precedence"))
    return not sent_round and submitted in ("", "no")
