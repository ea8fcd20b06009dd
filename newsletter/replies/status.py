"""The fields of a delivery report (RFC 3464), also where a program wrote them into plain text."""

import re
import sys
from dataclasses import dataclass

# Vowel signs and the like, without which a name of India, Thailand or Burma is none; for `re` they are no letters.
_SIGNS = r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0966-\u109f\u1780-\u17d3"
# A quoted local part, or one of anything that cannot end it; then a host with a dot in it.
ADDRESS = re.compile(
    rf"""
    (?: "[^"\s]{{1,64}}"
      | (?<![\w/.%+-]) (?: =\?[^\s@]{{1,62}}\?=                  # an encoded word, taken as it stands
          | (?!smtp=) [^\s<>()\[\]:;,"'@|\\=/（）［］【】「」《》、。，：；“”] (?: [^\s<>()\[\]:;,"@|\\/（）［］【】「」《》、。，：；“”]{{0,62}}
            [^\s<>()\[\]:;,"@|\\/.（）［］【】「」《》、。，：；“”] )? )
      | (?<=smtp=) [\w.+-]{{1,64}} )                              # in an X.400 address
    @ (?: [^\W_] [\w{_SIGNS}-]{{0,62}} \. )+ [^\W\d_] [\w{_SIGNS}-]{{0,61}} [\w{_SIGNS}]
    """,
    re.VERBOSE | re.IGNORECASE,
)
ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")

# A character of a `utf-8` address, written in ASCII (RFC 6533 section 3).
_CODED = re.compile(r"\\x\{([0-9A-F]{2,6})\}", re.IGNORECASE)
_FIELD = re.compile(r"^([A-Za-z][A-Za-z-]{2,40})[ \t]*:[ \t]*(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)
_WHOSE = ("final-recipient", "original-recipient", "x-actual-recipient")
_KNOWN = {
    *_WHOSE,
    "action",
    "status",
    "diagnostic-code",
    "x-display-name",
    "remote-mta",
    "x-failed-recipient",
}
_LIMIT = 100  # people in one report


@dataclass(frozen=True, slots=True)
class Claim:
    """What a report says of one person, before it is judged. `action` and `status` are '' where it does not say.

    `sure` is False where the address merely occurs in it: nobody is given up on that.
    """

    email: str
    words: str = ""
    action: str = ""
    status: str = ""
    sure: bool = True


def claims_in(text: str) -> list[Claim]:
    """What the fields say of each person, in their order; the fields about the message itself are skipped."""
    groups: list[dict[str, str]] = []
    for block in re.split(r"\n[ \t]*\n", text):
        for name, value in _fields(block):
            if name not in _KNOWN:
                continue
            if not groups or name in groups[-1]:
                groups.append({})
            groups[-1][name] = value
        if groups and _is_whole(groups[-1]):
            groups.append({})
    return [_claim(group) for group in groups if any(name in group for name in _WHOSE)][:_LIMIT]


def first_address(text: str) -> str:
    """The first address in the text, '' where there is none."""
    found = ADDRESS.search(text)
    return found.group() if found else ""


def _fields(block: str) -> list[tuple[str, str]]:
    return [(name.lower(), " ".join(value.split())) for name, value in _FIELD.findall(block)]


def _is_whole(group: dict[str, str]) -> bool:
    return any(name in group for name in _WHOSE) and ("action" in group or "status" in group)


def _claim(group: dict[str, str]) -> Claim:
    addresses = (first_address(_after_type(group.get(name, ""))) for name in _WHOSE)
    words = group.get("diagnostic-code", "")
    status = group.get("status", "")
    note = status.partition("(")[2].rstrip(")")  # some explain the code in brackets
    return Claim(
        email=next((address for address in addresses if address), "") or first_address(words),
        words=f"{words} ({note})" if note else words,
        action=group.get("action", "").split(" ")[0].lower(),
        status=code[0] if (code := ENHANCED.search(status)) else "",
    )


def _after_type(value: str) -> str:
    """The address behind its type (`rfc822;`, `utf-8;`), in its own letters."""
    kind, _, address = value.partition(";") if ";" in value else ("", "", value)
    return _CODED.sub(_character, address) if kind.strip().lower() == "utf-8" else address


def _character(found: re.Match[str]) -> str:
    """What is written by its number; as it stands where that is of no character that can be seen."""
    number = int(found[1], 16)
    return chr(number) if number < sys.maxunicode and chr(number).isprintable() else found[0]
