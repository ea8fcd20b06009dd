"""Files of references, CSL-JSON, BibTeX and RIS, as entries with the issue file's own field names."""

import html
import json
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from newsletter.issue.fields import bare_doi, hidden

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_YEAR = re.compile(r"\d{4}")
_LONGEST = 1500


@dataclass(frozen=True, slots=True)
class Entry:
    """One reference: its key, its DOI, and what it says under the names of a publication's fields."""

    key: str
    doi: str
    authors: tuple[str, ...]
    fields: dict[str, str]


def read_entries(data: bytes, suffix: str, wanted: Collection[str]) -> list[Entry] | str:
    """The entries of a file, or why they cannot be read.

    Of a BibTeX file only the `wanted` ones (keys, DOIs) come whole, since decoding LaTeX is slow.
    """
    readers: dict[str, Callable[[str, Collection[str]], list[Entry] | str]] = {
        ".json": _csl_json,
        ".bib": _bibtex,
        ".ris": _ris,
    }
    if suffix not in readers:
        return "is of a kind that is not known"
    try:
        return readers[suffix](data.decode("utf-8-sig").replace("\r\n", "\n"), wanted)
    except UnicodeDecodeError as error:
        return f"is not saved as UTF-8 (line {data[: error.start].count(10) + 1})"


def _csl_json(text: str, wanted: Collection[str]) -> list[Entry] | str:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        return f"is not JSON: line {error.lineno}: {error.msg}"
    except (RecursionError, ValueError):
        return "is not JSON that can be read"
    rows = found.get("items", [found]) if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return "is not CSL-JSON: a list of references is wanted"
    return [_from_csl(row) for row in rows]


def _from_csl(row: dict[str, Any]) -> Entry:
    names = row.get("author")
    issued = row.get("issued")
    parts = issued.get("date-parts") if isinstance(issued, dict) else None
    first = parts[0] if isinstance(parts, list) and parts else None
    year = (
        first[0]
        if isinstance(first, list) and first
        else issued.get("raw")
        if isinstance(issued, dict)
        else ""
    )
    said = {
        "title": row.get("title"),
        "journal": row.get("container-title"),
        "year": year,
        "volume": row.get("volume"),
        "number": row.get("issue"),
        "pages": row.get("page"),
        "article_number": row.get("article-number") or row.get("number"),
        "publisher": "" if row.get("container-title") else row.get("publisher"),
        "url": row.get("URL"),
    }
    people = [_csl_name(name) for name in names if isinstance(name, dict)] if isinstance(names, list) else []
    return _entry(str(row.get("id", "")), row.get("DOI"), people, said)


def _csl_name(name: dict[str, Any]) -> str:
    if name.get("literal"):
        return _clean(name["literal"])
    keys = ("given", "dropping-particle", "non-dropping-particle", "family", "suffix")
    return " ".join(word for key in keys if (word := _clean(name.get(key))))


def _bibtex(text: str, wanted: Collection[str]) -> list[Entry] | str:
    import logging

    from bibtexparser.entrypoint import parse_string
    from bibtexparser.library import Library
    from bibtexparser.middlewares import LatexDecodingMiddleware, SeparateCoAuthors, SplitNameParts

    # Its own warnings would reach the terminal; what matters is said as a problem.
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    library = parse_string(text)
    if not library.entries:
        return "holds no BibTeX entry"
    sought = {word.casefold() for word in wanted}
    entries = []
    for entry in library.entries:
        row = {field.key.lower(): field.value for field in entry.fields}
        doi = bare_doi(str(row.get("doi", "")))
        if entry.key.casefold() not in sought and doi.casefold() not in sought:
            entries.append(Entry(entry.key, doi, (), {}))
            continue
        one = Library([entry])
        for middleware in (SeparateCoAuthors(), SplitNameParts(), LatexDecodingMiddleware()):
            one = middleware.transform(one)
        entries += [_from_bibtex(whole.key, whole.fields) for whole in one.entries]
    return entries


def _from_bibtex(key: str, fields: Iterable[Any]) -> Entry:
    row = {field.key.lower(): field.value for field in fields}
    names = row.get("author")
    people = [_bibtex_name(name) for name in names] if isinstance(names, list) else []
    said = {
        "title": row.get("title"),
        "journal": row.get("journal") or row.get("journaltitle") or row.get("booktitle"),
        "year": row.get("year") or row.get("date"),
        "volume": row.get("volume"),
        "number": row.get("number"),
        "pages": str(row.get("pages", "")).replace("--", "–"),
        "article_number": row.get("eid") or row.get("article-number"),
        "publisher": row.get("publisher") or row.get("institution"),
        "url": row.get("url"),
    }
    return _entry(key, row.get("doi"), people, said)


def _bibtex_name(name: Any) -> str:
    words = [*name.first, *name.von, *name.last, *name.jr]
    return "et al." if words == ["others"] else " ".join(_clean(word) for word in words)


def _ris(text: str, wanted: Collection[str]) -> list[Entry] | str:
    import rispy

    try:
        rows = rispy.loads(text)
    except (OSError, ValueError, KeyError, IndexError, AttributeError) as error:
        return f"is not RIS: {error}"
    return [_from_ris(row) for row in rows] or "holds no RIS entry"


def _from_ris(row: dict[str, Any]) -> Entry:
    people = [_turned(str(name)) for name in row.get("authors") or row.get("first_authors") or ()]
    pages = "-".join(str(row[key]) for key in ("start_page", "end_page") if row.get(key))
    urls = row.get("urls")
    said = {
        "title": row.get("title") or row.get("primary_title"),
        "journal": row.get("secondary_title") or row.get("journal_name") or row.get("alternate_title3"),
        "year": row.get("year") or row.get("publication_year") or row.get("date"),
        "volume": row.get("volume"),
        "number": row.get("number"),
        "pages": pages,
        "publisher": row.get("publisher"),
        "url": urls[0] if isinstance(urls, list) and urls else row.get("url"),
    }
    return _entry(str(row.get("id", "")), row.get("doi"), people, said)


def _turned(name: str) -> str:
    family, comma, given = name.partition(",")
    return f"{given.strip()} {family.strip()}".strip() if comma else name.strip()


def _entry(key: str, doi: Any, people: list[str], said: dict[str, Any]) -> Entry:
    """What a file says, made fit for an issue: no marks, no empty fields, a year of four digits."""
    fields = {name: text for name, value in said.items() if (text := _clean(value))}
    if (year := _YEAR.search(fields.get("year", ""))) is not None:
        fields["year"] = year[0]
    # A link that only leads to the DOI says nothing new, and one that is no web address is of no use.
    if "doi.org/" in fields.get("url", "") or not re.match(r"https?://[^\s\\<>\"]+$", fields.get("url", "")):
        fields.pop("url", None)
    if _DOI.fullmatch(bare := bare_doi(_clean(doi))):
        fields["doi"] = bare
    authors = tuple(clean for person in people if (clean := _clean(person)))
    return Entry(_clean(key), fields.get("doi", ""), authors, fields)


def _clean(value: Any) -> str:
    """One line of plain text out of what a file of references may hold."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    text = html.unescape(_TAG.sub("", str(value)))
    return " ".join("".join(" " if hidden(char) else char for char in text).split())[:_LONGEST]
