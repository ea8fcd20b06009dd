"""Text that YAML would drop in silence: what stands after ` #` where a plain text was meant to go on."""

import re

# Where these are read, a word after ` #` cannot belong to the value: a comment it is.
_EXACT = frozenset(
    {"date", "year", "start", "end", "type", "state", "doi", "url", "language", "decorative", "open_access"}
)
_REST = re.compile(r":?(?P<gap>[ \t]*)(?P<lost>#.*)")


def lost_text(line: str, column: int, name: str) -> str:
    """The words after ` #` that look like text and not like a comment, else nothing.

    `column` is where the value (or, for an empty one, its key) ends; `name` is the field's path.
    Two spaces before the # or a value of fixed form mark a comment, unless the # touches its word.
    """
    match = _REST.fullmatch(line[column:].rstrip())
    if not match or len(match["gap"]) != 1 or len(match["lost"]) == 1:
        return ""
    touches = not match["lost"][1].isspace() and match["lost"][1] != "#"
    exact = name.rpartition(".")[2] in _EXACT
    return match["lost"] if touches or not (exact or name.isdigit()) else ""
