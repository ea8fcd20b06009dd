"""Whether a message is a bounce, and what it says of whom."""

import re

from newsletter.replies.amazon import claims_of_amazon
from newsletter.replies.judging import judged
from newsletter.replies.model import Failed, Reply
from newsletter.replies.plain import people_in
from newsletter.replies.returned import (
    message_id_of,
    queue_ids_of,
    report_of,
    returned_of,
    sender_of,
    tokens_of,
)
from newsletter.replies.status import ADDRESS, Claim, claims_in
from newsletter.replies.structure import Message

_FAILED = ("failed", "delayed", "expired", "")
_DAEMON = re.compile(
    r"mailer-?daemon|post[-_]?master|mail[ ._-]?deliver\w*|delivery[ ._-]?(?:system|subsystem|agent)|mail[ ._-]?admin|mailerdaemon",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"""undeliver | returned\ mail | failure\ notice | (?:mail|message|delivery)\ .{0,20}fail | delivery\ (?:status|notification|problem|error)
      | non-?\ ?deliver | not\ (?:be\ )?deliver | could\ not\ (?:be\ )?(?:send|sent|deliver) | returning\ (?:message\ )?to\ sender | bounce | error\ sending
      | unzustellbar | nicht\ (?:zugestellt|zustellbar) | non\ remis | remise\ .{0,20}(?:[ée]chou|impossible) | [ée]chec\ de | no\ se\ (?:puede|ha\ podido)\ entregar
      | impossibile\ recapitare | mancato\ recapito | n[ãa]o\ .{0,12}entregue | onbestelbaar | niet\ bezorgd | niedostarcz | не\ доставлен | недоставлен
      | 配信(?:でき|不能|失敗) | 送信(?:でき|エラー) | 退信 | 无法(?:送达|投递) | 無法(?:傳遞|傳送) | 배달.{0,6}(?:실패|못)""",
    re.VERBOSE | re.IGNORECASE,
)
_NO_BOUNCE = re.compile(
    r"auto(?:matic)?[ -]?(?:reply|response|matische)|out of (?:the )?office|abwesen|absence", re.IGNORECASE
)
_FIELDS = re.compile(r"^[ \t]*(?:Final|Original)-Recipient[ \t]*:", re.IGNORECASE | re.MULTILINE)
_TEXT = ("text/plain", "multipart/")


def bounce_in(message: Message) -> Reply | None:
    """The bounce, or None where the message is something else, such as a report that all went well."""
    if message.of_type("message/feedback-report", "message/disposition-notification", level=0):
        return None
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
                if claim.action in _FAILED
            ]
        )
    people, _ = claims_of_amazon(report)
    if not people and _is_returned(message):
        people = _people(message, report)
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
    people = people_in(report, senders, least=3 if noted else 1)
    if people:
        return people
    noted = noted or ADDRESS.findall(returned_of(message).get("to"))[:1]
    return [Claim(email, words=report) for email in noted]


def _is_returned(message: Message) -> bool:
    """Whether a mail program sent it, and not a person or a person's auto-reply."""
    head = message.headers
    if head.get("x-failed-recipients"):
        return True
    subject, sender = head.get("subject"), head.get("from")
    if _NO_BOUNCE.search(subject):
        return False
    empty = head.get("return-path").strip() == "<>" or not ADDRESS.search(sender)
    return bool(_DAEMON.search(sender)) or (empty and bool(_SUBJECT.search(subject)))


def _each_once(failed: list[Failed]) -> tuple[Failed, ...]:
    """Every person once, by the first that is said of them."""
    return tuple({one.email.lower(): one for one in reversed([one for one in failed if one.email])}.values())[
        ::-1
    ]
