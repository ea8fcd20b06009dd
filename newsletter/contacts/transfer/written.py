"""Addresses as people write them: with names, several in one field, from a link, in odd quotes."""

import re
from dataclasses import dataclass

# Quoted texts and what stands in angle brackets hold separators that are none.
_ONE = re.compile(r'(?:"(?:[^"\\\n]|\\.)*"|<[^<>\n]*>|[^;,\n"<]|["<])+')
_NAMED = re.compile(r'(?:"((?:[^"\\]|\\.)*)"|([^<>"]*?))\s*<\s*([^<>]*?)\s*>')
_QUOTES = (("“", "”"), ("‘", "’"), ("„", "“"), ("«", "»"), ("'", "'"), ("’", "’"))
_BLANKS = " \t\r\n\u00a0\u200b\ufeff\u2060"


@dataclass(frozen=True, slots=True)
class Written:
    """An address as it stood, the name before it, and the line within the text."""

    name: str
    email: str
    line: int


def split_addresses(text: str) -> list[Written]:
    """What a text such as `a@example.org; "Obi, Ada" <ada@example.org>` names, in its order.

    Nothing is judged: whether each is an address is asked where it is used.
    """
    found, line, at = [], 1, 0
    text = text.replace(":::", ";  ")  # Google Contacts puts this between several
    for match in _ONE.finditer(text):
        piece = match[0].strip(_BLANKS)
        if not piece:
            continue
        begins = match.start() + len(match[0]) - len(match[0].lstrip(_BLANKS))
        line += text.count("\n", at, begins)
        at = begins
        found.append(Written(*_name_and_email(piece), line))
    return found


def _name_and_email(piece: str) -> tuple[str, str]:
    named = _NAMED.fullmatch(piece)
    if not named:
        return "", _bare(piece)
    quoted = re.sub(r"\\(.)", r"\1", named[1]) if named[1] is not None else ""
    return _unquoted((quoted or named[2] or "").strip(_BLANKS)), _bare(named[3])


def _bare(piece: str) -> str:
    """An address without the quotes round it and without what makes it a link."""
    bare = _unquoted(piece.strip(_BLANKS))
    if bare[:7].casefold() == "mailto:":
        bare = bare[7:].partition("?")[0]
    return bare


def _unquoted(text: str) -> str:
    for begin, end in _QUOTES:
        if len(text) > 1 and text.startswith(begin) and text.endswith(end):
            return text[1:-1].strip(_BLANKS)
    return text
