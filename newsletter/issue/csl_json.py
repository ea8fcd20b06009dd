"""CSL-JSON files, item by item, so that a broken one is named with its line."""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from newsletter.issue.fields import bare_doi

_SPACE = re.compile(r"[ \t\n\r]*")
_NAMED = re.compile(r'"(?:id|DOI|citation-key)"\s*:\s*"?([^"\n,}]{1,80})')


class BrokenItem(ValueError):
    """An item cannot be read."""


def read_csl_json(text: str, wanted: Collection[str]) -> list[dict[str, Any]] | str:
    """All items as they stand, or what is wrong with the file and in which line."""
    try:
        return [row for _, row in items_of(text)]
    except BrokenItem as error:
        return str(error)


def is_wanted(key: object, doi: object, wanted: Collection[str]) -> bool:
    """Whether key or DOI is one of `wanted`, which are case folded."""
    named = {str(key or "").strip().casefold()} | {bare_doi(str(doi or "")).casefold()}
    return not named.isdisjoint(wanted)


def items_of(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every item with its line, from 1. Raises BrokenItem with the line and name of the first broken one.

    A single item, and Zotero's `{"items": […]}`, are taken too.
    """
    decoder, start = json.JSONDecoder(), _after_space(text, 0)
    if text[start : start + 1] != "[":
        yield from _of_whole(text)
        return
    line, counted, last = 1, 0, ""
    position = _after_space(text, start + 1)
    while text[position : position + 1] != "]":
        line, counted = line + text.count("\n", counted, position), position
        row, position = _decoded(decoder, text, position, last)
        if not isinstance(row, dict):
            raise BrokenItem(f"is not CSL-JSON: line {line} holds no reference{_behind(last)}")
        yield line, row
        last = str(row.get("id") or row.get("DOI") or "")[:80]
        position = _after_space(text, position)
        if text[position : position + 1] == ",":
            position = _after_space(text, position + 1)
        elif text[position : position + 1] != "]":
            at = text.count("\n", 0, position) + 1
            raise BrokenItem(f"is not JSON: line {at}: a comma or a bracket is missing{_behind(last)}")
    if _after_space(text, position + 1) < len(text):
        at = text.count("\n", 0, _after_space(text, position + 1)) + 1
        raise BrokenItem(f"is not JSON: line {at}: something stands behind the closing bracket")


def _decoded(decoder: json.JSONDecoder, text: str, position: int, last: str) -> tuple[Any, int]:
    try:
        return decoder.raw_decode(text, position)
    except json.JSONDecodeError as error:
        # The names that stand between the item's start and the fault tell which item it is.
        name = _NAMED.search(text, position, max(error.pos, position + 1))
        which = f" in the entry '{name[1].strip()}'" if name else _behind(last)
        raise BrokenItem(f"is not JSON: line {error.lineno}: {error.msg}{which}") from None
    except ValueError:
        raise BrokenItem("is not JSON that can be read") from None


def _of_whole(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise BrokenItem(f"is not JSON: line {error.lineno}: {error.msg}") from None
    except ValueError:
        raise BrokenItem("is not JSON that can be read") from None
    rows = found.get("items", [found]) if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BrokenItem("is not CSL-JSON: a list of references is wanted")
    yield from ((1, row) for row in rows)


def _behind(last: str) -> str:
    return f" (after the entry '{last}')" if last else ""


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position
