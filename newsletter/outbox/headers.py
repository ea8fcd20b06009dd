"""Header lines that hold for any name on earth: RFC 5322 phrases, RFC 2047 encoded words, folding."""

import re
import unicodedata
from binascii import b2a_base64
from urllib.parse import quote as percent_encode

_WORD = 75  # an encoded word's greatest length, and a continuation line's with its blank is 76 (RFC 2047 section 2)
_FRAME = len("=?utf-8?B??=")
_LINE = 76
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_SEPARATORS = {"Cc", "Zl", "Zp", "Cs"}


def one_line(text: str) -> str:
    """`text` with a blank for every control, line separator and lone surrogate: nothing can begin a header."""
    if text.isprintable():  # as nearly every name is: none of these counts as printable
        return text
    return "".join(" " if unicodedata.category(char) in _SEPARATORS else char for char in text)


def text_header(name: str, text: str) -> str:
    """An unstructured header such as Subject, ended by CRLF."""
    clean = one_line(text).strip()
    start = f"{name}: "
    if _stands_as_it_is(clean) and len(start) + len(clean) <= _LINE:
        return f"{start}{clean}\r\n"
    return _folded(start, encoded_words(clean, _LINE - len(start)))


def mailbox_header(name: str, person: str, email: str) -> str:
    """From, To, List-Id and the like: a phrase and one address or id in angle brackets, ended by CRLF."""
    line = f"{name}: {person} <{email}>"
    if len(line) <= _LINE and _ATOMS.fullmatch(person) and "=?" not in line and email.isprintable():
        return f"{line}\r\n"  # as most are
    start = f"{name}: "
    return _folded(start, [*_phrase(one_line(person).strip(), _LINE - len(start)), f"<{one_line(email)}>"])


def encoded_words(text: str, first: int) -> list[str]:
    """`text` as RFC 2047 B words that never cut a character; the first has at most `first` octets."""
    words: list[str] = []
    chunk, room = b"", _capacity(first)
    if len(whole := text.encode("utf-8")) <= room:
        return [_word(whole)]
    for char in text:
        octets = char.encode("utf-8")
        if chunk and len(chunk) + len(octets) > room:
            words.append(_word(chunk))
            chunk, room = b"", _capacity(_WORD)
        chunk += octets
    return [*words, _word(chunk)]


def mailto(email: str, subject: str) -> str:
    """A `mailto:` with a subject (RFC 6068)."""
    return f"mailto:{percent_encode(email, safe='@')}?subject={percent_encode(subject)}"


def _phrase(person: str, first: int) -> list[str]:
    if not person:
        return []
    if not _stands_as_it_is(person) or len(person) > first - 2:
        return encoded_words(person, first)
    if _ATOMS.fullmatch(person):
        return [person]
    escaped = person.replace("\\", "\\\\").replace('"', '\\"')
    return [f'"{escaped}"']


def _stands_as_it_is(text: str) -> bool:
    # '=?' in plain ASCII would be read as an encoded word; runs of blanks may fall together on the way.
    return text.isascii() and "=?" not in text and "  " not in text


def _capacity(length: int) -> int:
    """How many octets fit into an encoded word of `length`."""
    return (min(length, _WORD) - _FRAME) // 4 * 3


def _word(octets: bytes) -> str:
    return f"=?utf-8?B?{b2a_base64(octets, newline=False).decode('ascii')}?="


def _folded(start: str, pieces: list[str]) -> str:
    """`pieces` with blanks between, on as many lines as keep each within 76 octets where it can be."""
    lines, current = [], start + pieces[0]
    for piece in pieces[1:]:
        if len(current) + 1 + len(piece) > _LINE:
            lines.append(current)
            current = f" {piece}"
        else:
            current = f"{current} {piece}"
    return "\r\n".join([*lines, current]) + "\r\n"
