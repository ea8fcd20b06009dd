"""Why a mail server refused a message at its door, from the codes that its answer begins with, and all reasons in words."""

import re

#: Reasons of bounces and refusals, as they are said to people.
IN_WORDS = {
    "user-unknown": "no such mailbox",
    "mailbox-full": "mailbox full",
    "host-unknown": "no such domain, or no way to it",
    "blocked": "our mail is not wanted there",
    "spam": "taken for spam",
    "too-big": "too large",
    "policy": "against the rules there",
    "content": "something in it was not wanted",
    "moved": "has moved",
    "other": "another reason",
}
#: What the kinds of bounces mean, as they are said to people.
SEVERITIES = {
    "hard": "dead address",
    "soft": "may work later",
    "policy": "about us or the message",
}
#: By the enhanced code (RFC 3463 and the registry of RFC 5248), its longest beginning that is named here.
_CODES = {
    "1.": "user-unknown", "1.2": "host-unknown", "1.6": "moved", "1.8": "policy", "1.10": "user-unknown",
    "2.": "other", "2.1": "user-unknown", "2.2": "mailbox-full", "2.3": "too-big",
    "3.4": "too-big", "4.": "host-unknown", "6.": "content", "7.": "policy", "7.1": "blocked",
}  # fmt: skip
_ENHANCED = re.compile(r"[45]\d\d[ -]5\.(\d{1,3}\.\d{1,3})")


def reason_of(reply: str) -> str:
    """The reason by the codes with which a reply begins (`550 5.1.1 …`); 'other' where they say nothing."""
    if not (found := _ENHANCED.match(reply)):
        return "too-big" if reply.startswith("552") else "other"
    return _CODES.get(found[1]) or _CODES.get(f"{found[1].partition('.')[0]}.", "other")
