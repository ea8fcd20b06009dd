"""What the writer of a message said, without what they quoted: our own words must not be taken for theirs."""

import re
from collections.abc import Iterator

from newsletter.replies.marks import TOKEN
from newsletter.replies.shown import words_of_html
from newsletter.replies.structure import Message

#: Characters of a message that are looked at, and lines.
LIMIT = 20_000
LINES_LIMIT = 600

# Where a mail program begins the message that is answered: '-----Original Message-----', in any language.
_RULE = re.compile(r"\s*(?:[-_=*~]{4,}\s*\S.{2,60}?\S\s*[-_=*~]{4,}|_{20,}|-{20,})\s*")
# 'On 3 May 2022 at 10:12, Ada <ada@example.org> wrote:', in any language: a colon at its end, a digit in it.
_ATTRIBUTION = re.compile(r"(?=.*\d).{8,300}[::]\s*")
_WROTE = re.compile(
    r"""\b(?:wrote|writes|said|schrieb|schreibt|[ée]crit|escribi[óo]|escreveu|ha\ scritto|scrive|schreef|skrev|skreiv|napisał\w*|napsal\w*
        |kirjoitti|ysgrifennodd|scríobh|írta|yazdı|написал\w*|пише\w*|a\ scris)\b""",
    re.VERBOSE | re.I,
)
# The fields that Outlook writes above what is answered; the first of them, by language.
_FROM = re.compile(
    r"""\s*\*{0,2}(?:from|von|de|da|van|från|fra|od|oddi\ wrth|gan|ó|lähettäjä|feladó|kimden|от|від|差出人|发件人|寄件者|보낸\ ?사람)\s?\*{0,2}\s?[::]""",
    re.VERBOSE | re.I,
)
_FIELD = re.compile(r"\s*\*{0,2}[^\W\d_][\w'’ .-]{0,24}\*{0,2}\s?[::]\*{0,2}\s")
_QUOTED = re.compile(r"\s{0,3}(?:[>|»]|&gt;)")
_SIGNATURE = re.compile(r"-- ?")
# In our own footer, where a program quotes without saying so, the token stands in a link; here it does not.
_COMMAND = re.compile(r"\s*(?:unsubscribe|confirm|renew)\W", re.I)
# Where web mail programs put it in HTML.
_HTML_QUOTE = re.compile(
    r"""<[^<>]{0,200}(?:gmail_quote|divRplyFwdMsg|appendonsend|yahoo_quoted|moz-cite-prefix|protonmail_quote|OutlookMessageHeader|mail-editor-reference-message)""",
    re.I,
)
_BLOCK = re.compile(r"<(/?)blockquote\b", re.I)


def whole_words(message: Message) -> str:
    """The words of a message, quotes too: its plain text where it has some, else what its HTML shows."""
    plain = _texts(message, "text/plain") or _texts(message, "multipart/alternative", "multipart/mixed")
    return (plain or words_of_html(_texts(message, "text/html"))).strip()


def own_words(message: Message) -> str:
    """The words of a message without quotes and signature, and without lines that only our own footer has."""
    plain = _texts(message, "text/plain")
    return without_quotes(plain or words_of_html(_unquoted_html(_texts(message, "text/html"))))


def without_quotes(text: str) -> str:
    """The text up to where another message begins in it, without lines marked as quoted, and without a signature."""
    lines = text[:LIMIT].split("\n")[:LINES_LIMIT]
    kept: list[str] = []
    number = 0
    while (
        number < len(lines) and not _begins_another(lines, number) and not _SIGNATURE.fullmatch(lines[number])
    ):
        line, skipped = lines[number], _attributing(lines, number)
        number += skipped or 1
        if TOKEN.search(line) and not _COMMAND.match(line) and not TOKEN.fullmatch(line.strip()):
            kept[-1:] = []  # and what our footer says above its link
        elif not skipped and not _QUOTED.match(line):
            kept.append(line)
    return "\n".join(kept).strip()


def _texts(message: Message, *kinds: str) -> str:
    return "\n".join(part.text for part in message.parts if part.level == 0 and part.type in kinds).strip()


def _begins_another(lines: list[str], number: int) -> bool:
    """Whether all from here on is what was answered: behind a rule, or below fields as Outlook writes them."""
    line = lines[number]
    later = list(_filled(lines, number + 1, 3))
    if _RULE.fullmatch(line) and (any(_FIELD.match(one) for one in later) or len(line.strip(" -_=*~")) > 2):
        return True
    return bool(_FROM.match(line)) and sum(bool(_FIELD.match(one)) for one in later) >= 2


def _attributing(lines: list[str], number: int) -> int:
    """How many lines from this one on say who wrote what is quoted below: 0, 1 or 2."""
    line = lines[number].strip()
    after = next(_filled(lines, number + 1, 1), "")
    if _ATTRIBUTION.fullmatch(line[:301]) and (_WROTE.search(line) or _QUOTED.match(after)):
        return 1
    if not line or number + 1 >= len(lines):
        return 0
    both = f"{line} {lines[number + 1].strip()}"[:301]
    return 2 if "@" in both and _WROTE.search(both) and _ATTRIBUTION.fullmatch(both) else 0


def _filled(lines: list[str], start: int, count: int) -> Iterator[str]:
    """The next lines that are not empty."""
    found = (line for line in lines[start : start + 3 * count] if line.strip())
    return (line for line, _ in zip(found, range(count), strict=False))


def _unquoted_html(text: str) -> str:
    found = _HTML_QUOTE.search(text)
    kept, depth, position = [], 0, 0
    for mark in _BLOCK.finditer(text := text[: found.start()] if found else text):
        if not depth:
            kept.append(text[position : mark.start()])
        depth = max(0, depth + (-1 if mark[1] else 1))
        position = mark.start()
    return "".join(kept) + (text[position:] if not depth else "")
