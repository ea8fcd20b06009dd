"""RIS files as CSL-JSON."""

import re
from collections.abc import Collection
from typing import Any

_TYPES = {
    "JOUR": "article-journal", "EJOUR": "article-journal", "INPR": "article-journal", "BOOK": "book",
    "EBOOK": "book", "EDBOOK": "book", "CHAP": "chapter", "ECHAP": "chapter", "RPRT": "report",
    "GOVDOC": "report", "THES": "thesis", "CPAPER": "paper-conference", "CONF": "paper-conference",
    "ELEC": "webpage", "WEB": "webpage", "BLOG": "webpage", "UNPB": "manuscript", "DATA": "dataset",
    "NEWS": "article-newspaper", "MGZN": "article-magazine",
}  # fmt: skip


# Some programs write 'TY - ', 'ER -' or blanks before the tag; rispy takes 'TY  - ' only.
_LOOSE_TAG = re.compile(r"^[ \t]*([A-Z][A-Z0-9])[ \t]{1,3}-(?:[ \t]|$)", re.MULTILINE)

#: Tags that rispy does not know -> those that say the same.
_OTHER_TAGS = {"ED": "A2", "J1": "J2", "BT": "T2", "PP": "CY"}


def read_ris(text: str, wanted: Collection[str]) -> list[dict[str, Any]] | str:
    """The entries as CSL-JSON, or what is wrong and in which line."""
    import rispy

    text = _LOOSE_TAG.sub(lambda found: f"{_OTHER_TAGS.get(found[1], found[1])}  - ", text)
    if broken := _broken(text):
        return broken
    try:
        rows = rispy.loads(text)
    except (OSError, ValueError, KeyError, IndexError, AttributeError) as error:
        return f"is not RIS: {error}"
    return [_as_csl(row) for row in rows] or "holds no RIS entry"


def _broken(text: str) -> str:
    """Where an entry begins before the one above has ended with 'ER  -'; '' where none does."""
    open_at = 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("TY  -"):
            if open_at:
                return (
                    f"is broken: the entry of line {open_at} is not ended with 'ER  -' before line {number}"
                )
            open_at = number
        elif line.startswith("ER  -"):
            open_at = 0
    return f"is broken: the entry of line {open_at} is not ended with 'ER  -'" if open_at else ""


def _as_csl(row: dict[str, Any]) -> dict[str, Any]:
    urls = row.get("urls")
    kind = _TYPES.get(str(row.get("type_of_reference", "")), "document")
    said = {
        "id": row.get("id"),
        "type": kind,
        "title": row.get("title") or row.get("primary_title"),
        "container-title": row.get("secondary_title")
        or row.get("journal_name")
        or row.get("alternate_title3")
        or row.get("alternate_title2")
        or row.get("alternate_title1"),
        "container-title-short": row.get("alternate_title2") or row.get("alternate_title1"),
        "volume": row.get("volume"),
        "page": "-".join(str(row[key]) for key in ("start_page", "end_page") if row.get(key)),
        "article-number": row.get("custom7"),
        "publisher": row.get("publisher"),
        "publisher-place": row.get("place_published"),
        "edition": row.get("edition"),
        "genre": row.get("type_of_work") if kind in {"thesis", "report"} else None,
        "number" if kind == "report" else "issue": row.get("number"),
        "DOI": row.get("doi"),
        "URL": urls[0] if isinstance(urls, list) and urls else row.get("url"),
    }
    people = {
        "author": [*row.get("authors", ()), *row.get("first_authors", ())],
        "editor": row.get("secondary_authors") or row.get("editors"),
    }
    names = {role: [_name(str(name)) for name in found] for role, found in people.items() if found}
    return {key: value for key, value in said.items() if value} | names | {"issued": _issued(row)}


def _issued(row: dict[str, Any]) -> dict[str, Any]:
    said = str(row.get("date") or row.get("year") or row.get("publication_year") or "")
    parts = re.match(r"(\d{4})(?:/(\d{1,2}))?(?:/(\d{1,2}))?", said)
    return {"date-parts": [[int(part) for part in parts.groups() if part]]} if parts else {"raw": said}


def _name(text: str) -> dict[str, str]:
    """'Family, Given, Suffix', as RIS orders a name; without a comma it is a group's."""
    family, *rest = (part.strip() for part in text.split(","))
    if not rest or not family:
        return {"literal": text.strip()}
    return {
        key: part for key, part in zip(("family", "given", "suffix"), (family, *rest), strict=False) if part
    }
