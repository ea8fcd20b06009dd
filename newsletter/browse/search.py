"""Turns what somebody types into a query of the full-text index: every word, by its beginning."""

import re

from newsletter.browse.hooks import Datasette, rows, value

_WORD = re.compile(r"\w", re.UNICODE)


def prefix_query(text: str | None) -> str:
    """An FTS5 query that finds `okaf` in Okafor; each word quoted, so that no syntax gets through.

    Text without a letter or digit gives a query that finds nothing.
    """
    # A control character, NUL above all, would end the query within its quotes.
    printable = "".join(char if char.isprintable() and char != '"' else " " for char in text or "")
    return " ".join(f'"{word}"*' for word in printable.split() if _WORD.search(word)) or '""'


async def count_found(datasette: Datasette, text: str) -> int:
    """How many people are found by what somebody typed."""
    sql = "SELECT count(*) FROM people_search WHERE people_search MATCH ?"
    return int(await value(datasette, sql, prefix_query(text)))


async def found_ids(datasette: Datasette, text: str, at_most: int) -> list[int] | None:
    """The people who are found by what somebody typed, or None where there are more."""
    sql = "SELECT rowid FROM people_search WHERE people_search MATCH ? LIMIT ?"
    found = await rows(datasette, sql, prefix_query(text), at_most + 1)
    return [row[0] for row in found] if len(found) <= at_most else None
