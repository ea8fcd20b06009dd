"""Whom a bounce is about, where it has no fields that say so: read as a person would, by where addresses stand."""

import itertools
import re
from dataclasses import dataclass

from newsletter.replies.bounces.wording import LINK
from newsletter.replies.status import ADDRESS, Claim

# An address with a line for itself, or that a line is about.
_BEFORE = re.compile(r"^[ \t>*•|-]*(?:\d+[.)] |[45]\d\d[ -])?(?:<?mailto:)?[\"'<(\[]*$")
_AFTER = re.compile(
    r"^[\"'>)\]]*[ \t]*(?:$|[:;,\[(<.]|\.\.\.|on\b|-|is\b|was\b|failed|invalid|error|unknown|does|did|has|could)",
    re.I,
)
_ABOUT = re.compile(
    r"""(?:deliver\w*|undeliver\w*|recipients?|address\w*|mailbox|users?|userid|accounts?|attempts|fail\w*|reach\w*|reject\w*
        |size|full|unknown|rcpt\ to|to\ group|not\ exist|locked|disabled|send\w*\ to|adresse|empfänger|destinat\w+|宛先|送信)
        [^@\n]{0,40}$""",
    re.VERBOSE | re.IGNORECASE,
)
_ASIDE = re.compile(
    r"""(?:mail\ from|from|sender|envelope-from|reply-to|contact|support|help|assistance|questions?|visit|hello|hi|dear|hallo|hola
        |bonjour|sent\ by|on\ behalf\ of|return-path|x-[\w-]+|message-id|cc|bcc|date|subject|f=\[?|administrator|meant|instead|try)\b[^@\n]{0,25}$""",
    re.VERBOSE | re.IGNORECASE,
)
_REFUSED = re.compile(r"(?<![\d.])[45]\d\d[ -]")  # an answer that stands behind the address
_FAILING = re.compile(
    r"[>\"')\]]*\s+(?:(?:could|was|has|did|can|does|is)\s?(?:not|n't)\b|cannot\b|failed\b|is unknown\b|no longer\b)",
    re.I,
)
_MADE_FROM = re.compile(r"(?:generated|expanded) (?:from|by):?[ \t]*<?$", re.IGNORECASE)
ECHO = re.compile(r"^[ \t|]*(?:to|an|à|para|a|do|кому|宛先)[ \t]*:", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")
# How surely somebody failed whose address stands so: for itself on a line, after a word such as `deliver to`, in some
# sentence, in what is repeated of our own headers, or as the sender or the help desk.
_ALONE, _NAMED, _MENTIONED, _ECHOED, _IN_PASSING = 4, 3, 2, 1, 0
_PEOPLE_LIMIT = 100
_MENTIONS_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class _Mention:
    """One place where an address stands, and how surely its owner is whom the report is about."""

    email: str
    weight: int
    line: int


def people_in(report: str, senders: set[str], *, plainly: bool = False) -> list[Claim]:
    """Those whom the report says it could not reach, each with the words that are about them.

    `senders` are never taken for them while there is anybody else. `plainly`: only those who have a line for themselves.
    """
    lines = report.split("\n")
    found = (mention for number, line in enumerate(lines) for mention in _mentions(number, line))
    mentions = list(itertools.islice(found, _MENTIONS_LIMIT))
    mentions = [mention for mention in mentions if mention.email.lower() not in senders] or mentions
    best = max((mention.weight for mention in mentions), default=_IN_PASSING)
    if best < (_ALONE if plainly else _MENTIONED):
        return []
    chosen = [mention for mention in mentions if mention.weight == best]
    first = {mention.email.lower(): mention for mention in reversed(chosen)}
    ordered = sorted(first.values(), key=lambda mention: mention.line)[:_PEOPLE_LIMIT]
    words = [report] if len(ordered) == 1 else [_about(mention, lines, chosen) for mention in ordered]
    return [
        Claim(mention.email, words=said, sure=best > _MENTIONED)
        for mention, said in zip(ordered, words, strict=True)
    ]


def _about(mention: _Mention, lines: list[str], mentions: list[_Mention]) -> str:
    """The rest of the line, with what is indented below it; where that is nothing, all up to the next person."""
    after = lines[mention.line].rpartition(mention.email)[2]
    others = (other.line for other in mentions if other.email.lower() != mention.email.lower())
    end = next((line for line in others if line > mention.line), len(lines))
    if len(_WORD.findall(after)) < 2:
        return "\n".join(lines[mention.line : end])
    below = itertools.takewhile(
        lambda line: line[:1] in ("\t", " ") and line.strip(), lines[mention.line + 1 : end]
    )
    return "\n".join([lines[mention.line], *below])


def _mentions(number: int, line: str) -> list[_Mention]:
    links = [link.span() for link in LINK.finditer(line[:1000])]
    found = [
        item
        for item in ADDRESS.finditer(line[:1000])
        if not any(begin <= item.start() < end for begin, end in links)
    ]
    mentions = [_Mention(item.group(), _weight(line, item), number) for item in found]
    if len(mentions) > 1 and mentions[0].weight == _ALONE:
        # `name@example.org <name@example.com>: why`: what stands in brackets is the address, the other a name
        named = line[found[0].end() : found[1].start()]
        return mentions[1:2] if named.strip() == "<" else mentions[:1]
    return mentions


def _weight(line: str, item: re.Match[str]) -> int:
    before, after = line[: item.start()], line[item.end() :]
    if ECHO.match(line):
        return _ECHOED
    if _BEFORE.match(before) and _AFTER.match(after):
        return _ALONE
    if _ASIDE.search(before) and not _MADE_FROM.search(before):
        return _IN_PASSING
    failing = _ABOUT.search(before) or _FAILING.match(after) or _REFUSED.search(after[:200])
    return _NAMED if failing else _MENTIONED
