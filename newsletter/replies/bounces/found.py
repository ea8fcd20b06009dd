"""Whether a message is a bounce, and what it says of whom."""

import re
from dataclasses import replace

from newsletter.replies.bounces.judging import judged
from newsletter.replies.bounces.plain import people_in
from newsletter.replies.bounces.signs import is_by_a_program, is_delay
from newsletter.replies.headers import Headers
from newsletter.replies.model import Failed, Reply
from newsletter.replies.returned import (
    message_id_of,
    queue_ids_of,
    report_of,
    returned_of,
    sender_of,
    tokens_of,
)
from newsletter.replies.status import ADDRESS, Claim, claims_in, first_address
from newsletter.replies.structure import Message

_WENT_WELL = ("delivered", "relayed", "expanded")
_FOR = re.compile(r"\bfor <([^<>\s@]{1,64}@[^<>\s@]{1,255})>")
_FIELDS = re.compile(r"^[ \t]*(?:Final|Original)-Recipient[ \t]*:", re.IGNORECASE | re.MULTILINE)
_TEXT = ("text/plain", "multipart/")


def bounce_in(message: Message) -> Reply | None:
    """The bounce, or None where the message is something else, such as a report that all went well."""
    if message.of_type("message/feedback-report", level=0):
        return None
    if message.of_type("message/disposition-notification", level=0) and not is_by_a_program(
        message, _words(message)
    ):
        return None  # somebody's program says that it was read
    failed = _failed(message)
    if not failed:
        return None
    return Reply(
        "bounce",
        recipients=failed,
        message_id=message_id_of(message),
        tokens=tokens_of(message),
        queue_ids=queue_ids_of(message),
        subject=message.headers.get("subject"),
        fault=message.fault,
    )


def _failed(message: Message) -> tuple[Failed, ...]:
    report = _words(message)
    reported = [claim for text in _delivery_reports(message) for claim in claims_in(text)]
    if reported:
        named = _completed(reported, message, report)
        return _each_once(
            [
                judged(claim, _around(claim, named, report), report)
                for claim in named
                if claim.action not in _WENT_WELL
            ]
        )
    people = _people(message, report) if is_by_a_program(message, report) else []
    return _each_once([judged(claim, transcript=report) for claim in people])


def _delivery_reports(message: Message) -> list[str]:
    """The fields of the report: in a part of their own, or where a program wrote them into plain text."""
    parts = message.of_type("message/delivery-status", "message/global-delivery-status")
    outermost = min((part.level for part in parts), default=0)
    texts = [part.text for part in parts if part.level == outermost]
    if any(claims_in(text) for text in texts):
        return texts
    return [part.text for part in message.parts if part.level == 0 and _FIELDS.search(part.text)]


def _words(message: Message) -> str:
    """What is told in plain text; in HTML only where nothing else is."""
    return (
        report_of(message, *_TEXT) if report_of(message, *_TEXT).strip() else report_of(message, "text/html")
    )


def _completed(claims: list[Claim], message: Message, report: str) -> list[Claim]:
    """With the address of the one person whom the fields left out, from the words above them."""
    if all(claim.email for claim in claims):
        return claims
    named = people_in(report, sender_of(returned_of(message)))
    known = [claim for claim in claims if claim.email]
    if len(claims) == 1 and len(named) == 1:
        lone = claims[0]
        return [Claim(named[0].email, lone.words, lone.action, lone.status)]
    return known


def _around(claim: Claim, claims: list[Claim], report: str) -> str:
    """What the report says of that person; of one alone it is all."""
    if len(claims) == 1:
        return report
    said = people_in(report, set())
    return next((other.words for other in said if other.email.lower() == claim.email.lower()), "")


def _people(message: Message, report: str) -> list[Claim]:
    senders = sender_of(returned_of(message)) | {
        address.lower() for address in ADDRESS.findall(message.headers.get("to"))
    }
    noted = ADDRESS.findall(message.headers.get("x-failed-recipients"))
    action = "delayed" if is_delay(report) else ""
    people = people_in(report, senders, plainly=bool(noted))
    if not people:
        people = [Claim(email, words=report) for email in noted or _meant(returned_of(message), report)]
    return [replace(claim, action=action) for claim in people]


def _meant(returned: Headers, report: str) -> list[str]:
    """To whom the message that came back was on its way: as its last server noted, or else as it was addressed."""
    noted = [found[1] for line in returned.every("received") if (found := _FOR.search(line))]
    echoed = [
        line.partition(":")[2] for line in report.split("\n") if line.lstrip().lower().startswith("to:")
    ]
    addresses = (first_address(text) for text in [*noted[:1], returned.get("to"), *echoed])
    return [address for address in addresses if address][:1]


def _each_once(failed: list[Failed]) -> tuple[Failed, ...]:
    """Every person once, by the first that is said of them."""
    return tuple({one.email.lower(): one for one in reversed([one for one in failed if one.email])}.values())[
        ::-1
    ]
