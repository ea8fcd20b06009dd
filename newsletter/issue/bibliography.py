"""Files of references, CSL-JSON, BibTeX and RIS, as entries with the issue file's own field names."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from newsletter.issue.bibtex import read_bibtex
from newsletter.issue.csl import clean, kept_record, spoken
from newsletter.issue.csl_json import is_wanted, read_csl_json
from newsletter.issue.fields import bare_doi
from newsletter.issue.ris import read_ris

#: CSL types whose container is no journal.
_IN_BOOKS = {"chapter", "paper-conference", "entry", "entry-encyclopedia", "entry-dictionary"}
_SAME = {
    "title": "title", "volume": "volume", "number": "issue", "pages": "page",
    "article_number": "article-number", "publisher": "publisher", "place": "publisher-place",
    "edition": "edition", "url": "URL", "doi": "DOI",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One reference: its key, its DOI, what it says under a publication's field names, and as CSL-JSON."""

    key: str
    doi: str
    authors: tuple[str, ...]
    editors: tuple[str, ...]
    fields: dict[str, str]
    csl: dict[str, Any] = field(default_factory=dict)


def read_entries(data: bytes, suffix: str, wanted: Collection[str]) -> list[Entry] | str:
    """The entries of a file, or why they cannot be read, with line and key of the one that is broken.

    Only the `wanted` ones (keys, DOIs) come whole, since cleaning and decoding thousands is slow.
    """
    readers: dict[str, Callable[[str, Collection[str]], list[dict[str, Any]] | str]] = {
        ".json": read_csl_json,
        ".bib": read_bibtex,
        ".ris": read_ris,
    }
    if suffix not in readers:
        return "is of a kind that is not known"
    sought = {word.casefold() for word in wanted}
    try:
        rows = readers[suffix](data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n"), sought)
    except RecursionError:
        return "has brackets in brackets beyond measure"
    except UnicodeDecodeError as error:
        return f"is not saved as UTF-8 (line {data[: error.start].count(10) + 1})"
    return rows if isinstance(rows, str) else [_entry(row, sought) for row in rows]


def _entry(row: dict[str, Any], sought: Collection[str]) -> Entry:
    key, doi = clean(row.get("id")), bare_doi(clean(row.get("DOI")))
    return entry_of(row) if is_wanted(key, doi, sought) else Entry(key, doi, (), (), {})


def entry_of(row: dict[str, Any]) -> Entry:
    """One CSL-JSON item as an entry."""
    csl = kept_record(row)
    fields = {name: csl[source] for name, source in _SAME.items() if source in csl}
    if "article_number" in fields:
        fields.pop("pages", None)
    if "container-title" in csl:
        fields["book" if csl["type"] in _IN_BOOKS else "journal"] = csl["container-title"]
        if csl["type"] not in _IN_BOOKS:
            # A journal's publisher is not named in a reference.
            fields.pop("publisher", None)
    issued = csl.get("issued", {})
    if year := str(issued["date-parts"][0][0]) if "date-parts" in issued else issued.get("literal", ""):
        fields["year"] = year
    if csl.get("custom", {}).get("open_access"):
        fields["open_access"] = "true"
    authors, editors = (tuple(map(spoken, csl.get(role, ()))) for role in ("author", "editor"))
    return Entry(csl["id"], csl.get("DOI", ""), authors, editors, fields, csl)


def as_text(csl: dict[str, Any]) -> str:
    """CSL-JSON as the one line in which a publication carries it."""
    return json.dumps(csl, ensure_ascii=False, sort_keys=True)
