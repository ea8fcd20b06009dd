"""What Amazon SES writes about a message as JSON: by itself, or inside a notification of its SNS."""

import json
import re

from newsletter.replies.bounces.judging import judged
from newsletter.replies.model import Failed, Reply
from newsletter.replies.returned import tokens_of
from newsletter.replies.status import Claim
from newsletter.replies.structure import Message

_MARK = re.compile(r'"(?:notificationType|eventType)\\?"\s*:')
_FOLD = re.compile(r"\n ?")  # lines broken for the mail's sake, also in the middle of a string
_LIMIT = 300_000


def amazon_in(message: Message) -> Reply | None:
    """The bounce or the complaint that it tells of, `other` where it tells that all went well; None for other mail."""
    part = next((part for part in message.parts if _MARK.search(part.text)), None)
    report = _report(part.text) if part else {}
    mail = _dict(report, "mail")
    if not mail:
        return None
    failed = tuple(judged(_claim(one)) for one in _people(report, "bounce", "bouncedRecipients"))
    complaining = tuple(_complaint(one) for one in _people(report, "complaint", "complainedRecipients"))
    return Reply(
        "bounce" if failed else "complaint" if complaining else "other",
        recipients=failed or complaining,
        message_id=str(_dict(mail, "commonHeaders").get("messageId") or ""),
        tokens=tokens_of(message),
        queue_ids=tuple(str(name) for name in [mail.get("messageId")] if name),
        subject=message.headers.get("subject"),
    )


def _report(text: str) -> dict[str, object]:
    """The report that the text is; empty where it is none."""
    if not text.lstrip().startswith("{"):
        return {}
    outer = _object(_FOLD.sub("", text[:_LIMIT])) or _object(text[:_LIMIT])
    inner = outer.get("Message")
    return _object(inner) if isinstance(inner, str) else outer


def _object(text: str) -> dict[str, object]:
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _dict(report: dict[str, object], name: str) -> dict[str, object]:
    value = report.get(name)
    return value if isinstance(value, dict) else {}


def _people(report: dict[str, object], event: str, name: str) -> list[dict[str, object]]:
    people = _dict(report, event).get(name)
    return [one for one in people if isinstance(one, dict)] if isinstance(people, list) else []


def _claim(person: dict[str, object]) -> Claim:
    email, words, action, status = (
        str(person.get(name) or "") for name in ("emailAddress", "diagnosticCode", "action", "status")
    )
    return Claim(email, words, action.lower(), status)


def _complaint(person: dict[str, object]) -> Failed:
    return Failed(str(person.get("emailAddress") or ""), severity="policy", reason="spam")
