"""Whether a message is a bounce, and what it says of whom."""

import re
from collections.abc import Iterable
from dataclasses import replace

from newsletter.replies.bounces.judging import judged
from newsletter.replies.bounces.plain import ECHO, people_in
from newsletter.replies.bounces.signs import is_by_a_program, is_delay, is_from_a_server, is_success
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
from newsletter.replies.status import ADDRESS, Claim, claims_in
from newsletter.replies.structure import DELIVERY_REPORTS, RECEIPTS, Message

_WENT_WELL = ("delivered", "relayed", "expanded")
_FOR = re.compile(r"\bfor <([^<>\s@]{1,64}@[^<>\s@]{1,255})>")
_FIELDS = re.compile(r"^[ \t]*(?:Final|Original)-Recipient[ \t]*:", re.IGNORECASE | re.MULTILINE)
_TEXT = ("text/plain", "multipart/")


def bounce_in(message: Message) -> Reply | None:
    """The bounce, or None where the message is something else, such as a report that all went well."""
    failed = () if _is_other_report(message) else _failed(message)
    if not failed:
        return None
    return Reply(
        "bounce",
        recipients=failed,
        message_id=message_id_of(message),
        tokens=tokens_of(message),
        queue_ids=queue_ids_of(message),
        subject=message.headers.get("subject"),
    )


def _is_other_report(message: Message) -> bool:
    """Whether it is a complaint, or a reader's program saying that it was read (and no server: Dovecot bounces so)."""
    if message.of_type(*RECEIPTS, level=0):
        return not is_from_a_server(message)
    return bool(message.of_type("message/feedback-report", level=0))


def _failed(message: Message) -> tuple[Failed, ...]:
    report = _words(message)
    claims = [claim for text in _delivery_reports(message, report) for claim in claims_in(text)]
    named = _completed(claims, message, report)
    senders = sender_of(returned_of(message))
    if named or any(claim.action in _WENT_WELL for claim in claims):
        around = _around(named, report)
        failing = (claim for claim in named if claim.action not in _WENT_WELL)
        return _each_once(
            judged(claim, around.get(claim.email.lower(), ""), report, senders=senders) for claim in failing
        )
    told = claims or (is_by_a_program(message, report) and not is_success(report))
    people = _people(message, report) if told else []
    return _each_once(judged(claim, transcript=report, senders=senders) for claim in people)


def _delivery_reports(message: Message, report: str) -> list[str]:
    """The fields of the report: in a part of their own, or where a program wrote or passed them on in another way."""
    texts = [part.text for part in message.of_type(*DELIVERY_REPORTS, level=0)]
    if any(claims_in(text) for text in texts) or not is_by_a_program(message, report):
        return texts
    written = [part.text for part in message.parts if part.level == 0 and _FIELDS.search(part.text)]
    return written or [part.text for part in message.of_type(*DELIVERY_REPORTS, level=1)]


def _words(message: Message) -> str:
    """What is told in plain text; in HTML only where nothing else is."""
    plain = report_of(message, *_TEXT)
    return plain if plain.strip() else report_of(message, "text/html")


def _completed(claims: list[Claim], message: Message, report: str) -> list[Claim]:
    """With the address of the one person whom the fields left out, from the words above them."""
    if all(claim.email for claim in claims):
        return claims
    named = people_in(report, sender_of(returned_of(message)))
    known = [claim for claim in claims if claim.email]
    if len(claims) == 1 and len(named) == 1:
        return [replace(claims[0], email=named[0].email, sure=named[0].sure)]
    return known


def _around(claims: list[Claim], report: str) -> dict[str, str]:
    """What the report says of each, by address in small letters; of one alone it is all."""
    if len(claims) == 1:
        return {claims[0].email.lower(): report}
    return {other.email.lower(): other.words for other in people_in(report, set())}


def _people(message: Message, report: str) -> list[Claim]:
    """Those whom a report without fields is about: whom it names, whom its head names, or whom we wrote to."""
    returned = returned_of(message)
    ours = {address.lower() for address in ADDRESS.findall(message.headers.get("to"))}
    noted = ADDRESS.findall(message.headers.get("x-failed-recipients"))
    named = people_in(report, sender_of(returned) | ours, plainly=bool(noted))
    if not any(claim.sure for claim in named):
        meant = noted or _meant(returned) or ([] if named else _echoed(report))
        named = [Claim(email, words=report) for email in meant] or named
    return [replace(claim, action="delayed") for claim in named] if is_delay(report) else named


def _meant(returned: Headers) -> list[str]:
    """To whom the message that came back was on its way: as its last server noted, or else as it was addressed."""
    noted = [found[1] for line in returned.every("received") if (found := _FOR.search(line))]
    return noted[:1] or ADDRESS.findall(returned.get("to"))[:1]


def _echoed(report: str) -> list[str]:
    """To whom the message was addressed, where the report repeats that of its head."""
    lines = [line for line in report.split("\n") if ECHO.match(line)]
    return ADDRESS.findall(" ".join(lines))[:1]


def _each_once(failed: Iterable[Failed]) -> tuple[Failed, ...]:
    """Every person once, by the first that is said of them."""
    first: dict[str, Failed] = {}
    for one in failed:
        if one.email:
            first.setdefault(one.email.lower(), one)
    return tuple(first.values())
