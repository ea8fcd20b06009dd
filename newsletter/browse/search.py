"""Turns what somebody types into a query of the full-text index: every word, by its beginning."""

import re

_WORD = re.compile(r"\w", re.UNICODE)


def prefix_query(text: str | None) -> str:
    """An FTS5 query that finds `okaf` in Okafor; each word quoted, so that no syntax gets through.

    Text without a letter or digit gives a query that finds nothing.
    """
    # A control character, NUL above all, would end the query within its quotes.
    printable = "".join(char if char.isprintable() and char != '"' else " " for char in text or "")
    return " ".join(f'"{word}"*' for word in printable.split() if _WORD.search(word)) or '""'
