"""Files of references, CSL-JSON, BibTeX and RIS, as entries with the issue file's own field names."""

import html
import json
import re
from collections.abc import Callable, Collection
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
    except RecursionError:
        return "has brackets in brackets beyond measure"
    except UnicodeDecodeError as error:
        return f"is not saved as UTF-8 (line {data[: error.start].count(10) + 1})"


def _csl_json(text: str, wanted: Collection[str]) -> list[Entry] | str:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        return f"is not JSON: line {error.lineno}: {error.msg}"
    except ValueError:
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

    # Its own warnings would reach the terminal; what matters is said as a problem.
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    rows = [
        (entry.key, {field.key.lower(): str(field.value) for field in entry.fields})
        for entry in parse_string(text).entries
    ]
    sought = {word.casefold() for word in wanted}
    entries = []
    for key, row in rows:
        doi = bare_doi(row.get("doi", ""))
        whole = key.casefold() in sought or doi.casefold() in sought
        entries.append(_from_bibtex(key, row) if whole else Entry(key, doi, (), {}))
    return entries or "holds no BibTeX entry"


def _from_bibtex(key: str, row: dict[str, str]) -> Entry:
    from pylatexenc.latex2text import LatexNodes2Text

    plain = LatexNodes2Text(math_mode="verbatim").latex_to_text
    said = {
        "title": row.get("title"),
        "journal": row.get("journal") or row.get("journaltitle") or row.get("booktitle"),
        "year": row.get("year") or row.get("date"),
        "volume": row.get("volume"),
        "number": row.get("number"),
        "pages": row.get("pages"),
        "article_number": row.get("eid") or row.get("article-number"),
        "publisher": row.get("publisher") or row.get("institution"),
    }
    decoded = {name: plain(text) for name, text in said.items() if text}
    people = [plain(name) for name in _bibtex_names(row.get("author", ""))]
    return _entry(key, row.get("doi"), people, {**decoded, "url": row.get("url")})


def _bibtex_names(text: str) -> list[str]:
    """The names of an author field in the order of speech; 'and others' becomes 'et al.'"""
    from bibtexparser.middlewares.names import (
        InvalidNameError,
        parse_single_name_into_parts,
        split_multiple_persons_names,
    )

    names = []
    for name in split_multiple_persons_names(text):
        try:
            parts = parse_single_name_into_parts(name)
            name_in_order = " ".join([*parts.first, *parts.von, *parts.last, *parts.jr])
        except InvalidNameError:
            name_in_order = name
        names.append("et al." if name == "others" else name_in_order)
    return names


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
