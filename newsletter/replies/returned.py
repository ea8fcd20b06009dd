"""Where a bounce's own words end and the message that it returns begins, and what that message was called."""

import itertools
import re

from newsletter.replies.headers import Headers, read_headers
from newsletter.replies.marks import tokens_in
from newsletter.replies.shown import words_of_html
from newsletter.replies.status import ADDRESS
from newsletter.replies.structure import DELIVERY_REPORTS, Message, Part

# What mail programs write above the copy.
_ABOVE = re.compile(
    r"""^(?:
        [ \t>-]{0,20}(?:below\ .{0,20}is|enclosed\ is|this\ is|here\ is)\ (?:a\ copy\ of|the\ (?:original|returned|headers?))\b.{0,80}
      | [ \t]{0,40}original\ message\ (?:details|headers?):?[ \t]{0,40}
      | [ \t]{0,40}[|*=_-]{2}.{0,60}\b(?:original|unsent|returned|bounced|undelivered|copy|message\ (?:header|text))\b.{0,60}
      | [ \t]{0,40}(?:the\ )?(?:original|unsent|returned|bounced)\ (?:e-?mail|message|mail)\ ?(?:text|info|headers?)?\ (?:as\ )?(?:follows|begins)\b.{0,30}
      | [ \t]{0,40}(?:the\ )?(?:message|mail)\ (?:headers?|text)\ follows?\b.{0,30}
      | [ \t]{0,40}included\ is\ a\ copy\ of\ the\ message\b.{0,30}
    )$""",
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
_HEAD = re.compile(
    r"^[ \t]{0,40}(?:[>|] ?)?(?:Received: (?:from|by|\()|Received:[ \t]{0,40}$|Return-Path: ?<|(?:X-)?Message-ID: ?<[^<>\n]*>?[ \t]*$|DKIM-Signature: ?[va]=)",
    re.IGNORECASE | re.MULTILINE,
)
_MESSAGE_ID = re.compile(
    r"^[ \t>]*(?:Original-)?Message-ID:\s{0,3}(<[^<>\s]{3,250}>)", re.IGNORECASE | re.MULTILINE
)
_QUEUED = re.compile(
    r"\b(?:E?SMTPS?A?|UTF8SMTPS?A?|LMTPS?A?|HTTPS?)\b[^;]{0,80}? id <?([\w.-]{6,100}?)>?(?=[;\s)]|$)", re.I
)
_QUEUE_FIELDS = re.compile(
    r"^(?:X-Postfix-Queue-ID|Original-Envelope-ID|X-Qmail-Queue-ID)[ \t]*:[ \t]*<?([\w.-]{6,100})>?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_LIMIT = 40_000  # characters of a report that are looked at; what is returned stands after them
_HEAD_LIMIT = 100_000
_NAMES_LIMIT = 20


def report_of(message: Message, *kinds: str) -> str:
    """The words of the report in its parts whose types begin so, without those of the message that it returns."""
    text = "\n\n".join(
        _report(part) for part in message.parts if part.level == 0 and part.type.startswith(kinds)
    )[:_LIMIT]
    ends = [found.start() for pattern in (_ABOVE, _HEAD) if (found := pattern.search(text))]
    return text[: min(ends, default=_LIMIT)]


def returned_of(message: Message) -> Headers:
    """The fields of the message that came back, where they are attached or stand below the report's words."""
    if message.returned.fields:
        return message.returned
    for part in message.parts:
        found = _HEAD.search(part.text)
        if found and part.level == 0:
            return read_headers(_unindented(part.text[found.start() : found.start() + _HEAD_LIMIT]).encode())[
                0
            ]
    return Headers()


def message_id_of(message: Message) -> str:
    """The Message-ID of what came back, with its angle brackets; '' where it did not say."""
    known = returned_of(message).get("message-id").strip()
    if known.startswith("<") and known.endswith(">"):
        return known
    searched = (_MESSAGE_ID.search(part.text) for part in message.parts if part.level == 0)
    return next((found[1] for found in searched if found), "")


def queue_ids_of(message: Message) -> tuple[str, ...]:
    """What the servers that had our message called it: in what came back, and in the fields of the report."""
    received = " \n".join(returned_of(message).every("received")[:_NAMES_LIMIT])
    fields = " \n".join(part.text[:_LIMIT] for part in message.of_type(*DELIVERY_REPORTS))
    return _unique([*_QUEUE_FIELDS.findall(fields), *_QUEUED.findall(received)])


def tokens_of(message: Message) -> tuple[str, ...]:
    """Everything in it that has the form of a token of ours, in small letters; nothing has been verified."""
    heads = (value for part in message.parts for _, value in part.headers.fields)
    return tokens_in(itertools.chain(heads, (part.text for part in message.parts)), _NAMES_LIMIT)


def sender_of(returned: Headers) -> set[str]:
    """The addresses that the message that came back was from, in small letters: never those who failed."""
    fields = ("return-path", "from", "sender", "reply-to", "x-sender", "errors-to")
    return {found.lower() for name in fields for found in ADDRESS.findall(returned.get(name))}


def _report(part: Part) -> str:
    return words_of_html(part.text) if part.type == "text/html" else part.text


def _unique(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))[:_NAMES_LIMIT]


def _unindented(text: str) -> str:
    indent = re.escape(text[: len(text) - len(text.lstrip(" \t>|"))])
    return re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) if indent else text
