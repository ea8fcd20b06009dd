"""Complaints: feedback reports (RFC 5965), and what providers send that do not follow it."""

import re

from newsletter.replies.headers import Headers, blocks
from newsletter.replies.marks import TOKEN, tokens_in
from newsletter.replies.model import Failed, Reason, Reply
from newsletter.replies.status import ADDRESS
from newsletter.replies.structure import Message

# Of the feedback types, these are a reader's word about a message (RFC 5965 section 7.3, RFC 6430);
# `not-spam` is the opposite, and `auth-failure` (RFC 6591) a server's about our signature.
_BY_A_READER = frozenset(
    ["", "abuse", "fraud", "virus", "other", "opt-out", "opt-out-list", "complaint", "spam"]
)
_WHO = ("original-rcpt-to", "removal-recipient", "redacted-address", "x-original-rcpt-to")
# Who got it, as a server of the reader's noted it in the message that was complained about.
_NOTED = (
    "x-hmxmroriginalrecipient",
    "to",
    "x-original-to",
    "delivered-to",
    "envelope-to",
    "x-rcpt-to",
)
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
# A loop without a report says so in its subject, and has the message itself attached.
_SUBJECT = re.compile(
    r"""^\s*(?:fw:|fwd:)?\s*(?:
          \[spamcop\b | complaint\ about\ (?:a\ )?message\ from | abuse\ (?:report|complaint)\b | spam\ (?:report|complaint)\b
        | (?:e-?mail\ )?feedback\ (?:loop\ )?report | (?:.{0,40}\b)?fbl\ (?:report|complaint) | .{0,40}\babuse\ report\s*$
        | client\ tos\ notification\b | \[?spam\]?\ complaint | .{0,40}\bhas\ reported\ .{0,40}\bas\ (?:spam|junk)\b
    )""",
    re.VERBOSE | re.I,
)


def complaint_in(message: Message) -> Reply | None:
    """The complaint with whom it is about, or None where the message is something else.

    A report by a server, that a signature failed, is one with the reason 'policy': nobody has complained.
    """
    report = _report(message)
    if report is None and not _is_loop(message):
        return None
    kind = report.get("feedback-type").strip().lower() if report else ""
    if kind == "not-spam":
        return Reply("other", subject=message.headers.get("subject"))
    returned = message.returned
    reason: Reason = "spam" if kind in _BY_A_READER else "policy"
    people = tuple(Failed(email, "policy", reason, diagnostic=kind) for email in _people(report, returned))
    fields = [value for part in message.parts for _, value in part.headers.fields]
    return Reply(
        "complaint" if people or reason == "spam" else "other",
        recipients=people,
        message_id=_message_id(report, returned),
        tokens=tokens_in([*fields, *(part.text for part in message.parts)]),
        subject=message.headers.get("subject"),
    )


def _report(message: Message) -> Headers | None:
    """The fields of the report; also where it stands in no part of its own."""
    for part in message.parts:
        if part.level == 0 and part.type == "message/feedback-report":
            # Some leave an empty line between the fields.
            return Headers(tuple(field for block in blocks(part.text) for field in block.fields))
    if message.parts[0].parameters.get("report-type", "").lower() == "feedback-report":
        return Headers()
    for part in message.parts:
        if (
            part.level == 0
            and re.search(r"^Feedback-Type:", part.text, re.I | re.M)
            and "User-Agent:" in part.text
        ):
            return next((block for block in blocks(part.text) if "feedback-type" in block), None)
    return None


def _is_loop(message: Message) -> bool:
    """Whether a provider sent it that says so in its subject, and attaches the message or quotes it with our token."""
    attached = any(part.type in _RETURNED or TOKEN.search(part.text) for part in message.parts)
    answers = "in-reply-to" in message.headers or "references" in message.headers
    return attached and not answers and bool(_SUBJECT.search(message.headers.get("subject")[:200]))


def _people(report: Headers | None, returned: Headers) -> tuple[str, ...]:
    """Whom it is about: as the report says, else as the message does; providers blank either."""
    named = [
        email
        for name in _WHO
        for value in (report.every(name) if report else ())
        for email in _addresses(value)
    ]
    for name in _NOTED if not named else ():
        named = [email for value in returned.every(name) for email in _addresses(value)]
        if named:
            break
    return tuple({email.lower(): email for email in named}.values())[:20]


def _addresses(value: str) -> list[str]:
    return ADDRESS.findall(value[:2_000])


def _message_id(report: Headers | None, returned: Headers) -> str:
    known = returned.get("message-id") or (report.get("original-message-id") if report else "")
    known = known or (report.get("message-id") if report else "")
    bare = known.strip().strip("<>").strip()
    return f"<{bare}>" if bare and " " not in bare and len(bare) < 300 else ""
