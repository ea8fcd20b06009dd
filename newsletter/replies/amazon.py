"""What Amazon SES writes about a message as JSON: by itself, or inside a notification of its SNS."""

import json
import re

from newsletter.replies.status import Claim

_MARK = re.compile(r'"notificationType\\?"\s*:|"eventType\\?"\s*:')
_FOLD = re.compile(r"\n ?")  # lines broken for the mail's sake, also in the middle of a string
_LIMIT = 300_000


def claims_of_amazon(text: str) -> tuple[list[Claim], str]:
    """Those whom a bounce of SES names, and SES's name of the message; nobody where the text is no such thing."""
    report = _report(text)
    bounce, mail = report.get("bounce"), report.get("mail")
    named = str(mail.get("messageId", "")) if isinstance(mail, dict) else ""
    people = bounce.get("bouncedRecipients") if isinstance(bounce, dict) else None
    if not isinstance(people, list):
        return [], named
    return [_claim(person) for person in people if isinstance(person, dict)], named


def _report(text: str) -> dict[str, object]:
    if not text.lstrip().startswith("{") or not _MARK.search(text):
        return {}
    outer = _object(_FOLD.sub("", text[:_LIMIT])) or _object(_FOLD.sub(" ", text[:_LIMIT]))
    inner = outer.get("Message")
    return _object(inner) if isinstance(inner, str) else outer


def _object(text: str) -> dict[str, object]:
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _claim(person: dict[str, object]) -> Claim:
    return Claim(
        email=str(person.get("emailAddress", "")),
        words=str(person.get("diagnosticCode", "")),
        action=str(person.get("action", "")).lower(),
        status=str(person.get("status", "")),
    )
