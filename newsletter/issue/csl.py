"""A publication as CSL-JSON, the form that citation styles read: cleaned, and made from what an editor wrote."""

import html
import json
import re
from collections.abc import Mapping
from typing import Any

from newsletter.issue.fields import bare_doi, hidden
from newsletter.issue.model import Publication

#: Fields of one line of text that are kept, in no order that matters; all else (abstracts, links …) is dropped.
_TEXTS = (
    "title", "container-title", "container-title-short", "collection-title", "collection-number", "event",
    "event-place", "edition", "volume", "issue", "page", "number", "article-number", "publisher",
    "publisher-place", "genre", "status", "version",
)  # fmt: skip
_ROLES = ("author", "editor", "translator")
_NAME_PARTS = ("family", "given", "non-dropping-particle", "dropping-particle", "suffix")
#: The registries' own words for types that CSL names otherwise.
_TYPES = {
    "journal-article": "article-journal", "posted-content": "article", "preprint": "article",
    "book-chapter": "chapter", "book-section": "chapter", "book-part": "chapter", "monograph": "book",
    "edited-book": "book", "reference-book": "book", "proceedings-article": "paper-conference",
    "dissertation": "thesis", "report-component": "report", "report-series": "report",
    "peer-review": "review", "other": "document", "": "document",
}  # fmt: skip
#: What an editor writes as `kind` -> type and genre.
KINDS = {
    "article": ("article-journal", ""), "preprint": ("article", "Preprint"), "report": ("report", ""),
    "chapter": ("chapter", ""), "thesis": ("thesis", "Thesis"), "PhD thesis": ("thesis", "PhD thesis"),
    "master's thesis": ("thesis", "Master's thesis"), "book": ("book", ""),
    "conference paper": ("paper-conference", ""), "web page": ("webpage", ""), "dataset": ("dataset", ""),
    "magazine": ("article-magazine", ""), "newspaper": ("article-newspaper", ""),
}  # fmt: skip
#: A field of a publication -> the CSL fields that it stands for.
VARIABLES = {
    "authors": ("author",), "title": ("title",), "journal": ("container-title", "container-title-short"),
    "book": ("container-title", "container-title-short"), "year": ("issued", "status"), "volume": ("volume",),
    "number": ("issue",), "pages": ("page",), "article_number": ("article-number",),
    "publisher": ("publisher",), "place": ("publisher-place",), "edition": ("edition",),
    "editors": ("editor",), "kind": ("type", "genre"), "url": ("URL",), "doi": ("DOI",),
}  # fmt: skip
_RELATIONS = {
    "is-retracted-by": "retraction", "is-corrected-by": "correction", "has-correction": "correction",
    "has-erratum": "correction", "is-withdrawn-by": "withdrawal", "is-replaced-by": "new version",
    "is-superseded-by": "new version", "is-preprint-of": "publication",
}  # fmt: skip
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_YEAR = re.compile(r"\d{4}")
_INITIALS_LAST = re.compile(r"(\w[^,]*?)\s+((?:[^\W\d_a-z]\.?[ -]?){1,4})")
# 'RETRACTED: …', 'Retracted Article: …', '[Retracted] …'; not 'Withdrawal symptoms in …'.
_SAYS_SO = re.compile(r"\W*(retracted|retraction|withdrawn)(?: \w+)?\s*[:\]]", re.IGNORECASE)
# That a paper is not held up any more, as a summary says it: in English, Welsh, German, French, Spanish, Dutch.
_OWNS_UP = re.compile(
    r"retract|withdr[ae]w|removed by|[td]ynn\w*\b.{0,40}\bôl\b|zurückge|r[ée]tract|retirad|(?:in|terug)getrokken",
    re.IGNORECASE,
)
_EDITION_WORD = re.compile(r"\s+(?:ed\.?|edn\.?|edition)$", re.IGNORECASE)
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip
_LONGEST = 1500
_MOST_NAMES = 2000


def kept_record(row: Mapping[str, Any]) -> dict[str, Any]:
    """What is used of one CSL-JSON item, made fit to be shown: no marks, no empty fields, no abstract.

    What a registry says of open access and of later notices is kept under `custom`.
    """
    kind = clean(row.get("type")).lower()
    found: dict[str, Any] = {"id": clean(row.get("id")), "type": _TYPES.get(kind, kind)}
    found |= {name: text for name in _TEXTS if (text := clean(row.get(name)))}
    if "edition" in found:
        found["edition"] = _edition(found["edition"])
    if (subtitle := clean(row.get("subtitle"))) and subtitle.casefold() not in found.get(
        "title", ""
    ).casefold():
        found["title"] = f"{found['title']}: {subtitle}" if "title" in found else subtitle
    if clean(row.get("subtype")) == "preprint" or kind == "preprint":
        found.setdefault("genre", "Preprint")
    found |= {role: names for role in _ROLES if (names := _names(row.get(role)))}
    found |= _date(row.get("issued")) | _links(row)
    custom = _custom(row)
    return found | ({"custom": custom} if custom else {})


def csl_of(item: Publication) -> dict[str, Any]:
    """The publication as CSL-JSON: the entry it was looked up in, and over it what was written by hand."""
    found: dict[str, Any] = json.loads(item.csl) if item.csl else {}
    written: dict[str, Any] = {
        "author": [parse_name(name) for name in item.authors],
        "editor": [parse_name(name) for name in item.editors],
        "title": item.title,
        "container-title": item.journal or item.book,
        "volume": item.volume,
        "issue": item.number,
        "page": item.pages,
        "article-number": item.article_number,
        "publisher": item.publisher,
        "publisher-place": item.place,
        "edition": _edition(item.edition),
        "URL": item.url,
        "DOI": item.doi,
        **_issued(item.year),
    }
    found |= {name: value for name, value in written.items() if value and name not in found}
    kind, genre = KINDS[item.kind] if item.kind else (_guessed(item), "")
    found.setdefault("type", kind)
    return found | ({"genre": genre} if genre and "genre" not in found else {})


def _edition(text: str) -> str:
    """The number of an edition as a style wants it, from '2nd ed.' or 'Second edition'; other words as they are."""
    bare = _EDITION_WORD.sub("", text.strip())
    if numbered := re.fullmatch(r"(\d+)\s*(?:st|nd|rd|th)?", bare, re.IGNORECASE):
        return numbered[1]
    return str(_ORDINALS.index(bare.lower()) + 1) if bare.lower() in _ORDINALS else text


def parse_name(text: str) -> dict[str, str]:
    """A name in the parts that its writing shows: 'Tierney, S.' and 'Tierney S'; else whole, as it is spoken."""
    family, comma, given = (part.strip() for part in text.partition(","))
    if comma and family and given and "," not in given:
        return {"family": family, "given": given}
    if (found := _INITIALS_LAST.fullmatch(text.strip())) and found[2].isupper() and not found[1].isupper():
        initials = re.sub(r"[.\s-]", "", found[2])
        return {"family": found[1], "given": " ".join(f"{letter}." for letter in initials)}
    return {"literal": text.strip()}


def notices_of(csl: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What has happened to a publication since, each as its kind (retraction, correction …) and the notice's DOI.

    From what the registry said, and from a title that says it.
    """
    custom = csl.get("custom") if isinstance(csl.get("custom"), dict) else {}
    found = [(row["type"], row["DOI"]) for row in (custom or {}).get("changed_by", ())]
    title = _SAYS_SO.match(str(csl.get("title", "")))
    kind = ("withdrawal" if title[1].lower() == "withdrawn" else "retraction") if title else ""
    return found if not kind or kind in {one for one, _ in found} else [*found, (kind, "")]


def owns_up(summary: str) -> bool:
    """Whether the words that lead a publication tell readers that it was retracted, withdrawn or removed."""
    return _OWNS_UP.search(summary) is not None


def spoken(name: Mapping[str, str]) -> str:
    """A CSL name in the order of speech."""
    keys = ("given", "dropping-particle", "non-dropping-particle", "family", "suffix")
    return name.get("literal", "") or " ".join(name[key] for key in keys if name.get(key))


def clean(value: Any) -> str:
    """One line of plain text out of what a file of references may hold."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    text = html.unescape(_TAG.sub("", str(value)[: 20 * _LONGEST]))
    return " ".join("".join(" " if hidden(char) else char for char in text).split())[:_LONGEST]


def _names(value: Any) -> list[dict[str, str]]:
    rows = value[:_MOST_NAMES] if isinstance(value, list) else []
    return [name for row in rows if isinstance(row, dict) and (name := _name(row))]


def _name(row: Mapping[str, Any]) -> dict[str, str]:
    # Crossref gives a group of people as `name`, CSL as `literal`.
    if whole := clean(row.get("literal") or row.get("name")):
        return {"literal": whole}
    parts = {key: text for key in _NAME_PARTS if (text := clean(row.get(key)))}
    return parts if "family" in parts else {"literal": parts["given"]} if "given" in parts else {}


def _date(value: Any) -> dict[str, Any]:
    """The day, month or year of publication; words such as 'in press' where there is no year."""
    if not isinstance(value, dict):
        # Some programs write the date as one text; words that are no year say nothing there.
        return _issued(clean(value)) if _YEAR.search(clean(value)) else {}
    rows = value.get("date-parts")
    first = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], list) else []
    numbers = [int(text) for part in first[:3] if (text := clean(part)).isdecimal() and len(text) < 5]
    if numbers and numbers[0]:
        most = (9999, 12, 31)
        good = [number for number, top in zip(numbers, most, strict=False) if 0 < number <= top]
        return {"issued": {"date-parts": [good if len(good) == len(numbers) else numbers[:1]]}}
    return _issued(clean(value.get("literal") or value.get("raw")))


def _issued(text: str) -> dict[str, Any]:
    if year := _YEAR.search(text):
        return {"issued": {"date-parts": [[int(year[0])]]}}
    return {"issued": {"literal": text}} if text else {}


def _links(row: Mapping[str, Any]) -> dict[str, str]:
    """DOI and address; one that only leads to the DOI says nothing new, and one of no web page is of no use."""
    found = {}
    if _DOI.fullmatch(doi := bare_doi(clean(row.get("DOI")))):
        found["DOI"] = doi
    address = clean(row.get("URL"))
    if "doi.org/" not in address and re.fullmatch(r"https?://[^\s\\<>\"]+", address):
        found["URL"] = address
    return found


def _custom(row: Mapping[str, Any]) -> dict[str, Any]:
    own = row.get("custom") if isinstance(row.get("custom"), dict) else {}
    found: dict[str, Any] = {}
    if _is_free(row.get("license")) or (own or {}).get("open_access") is True:
        found["open_access"] = True
    for name, source in (("changed_by", "updated-by"), ("notice_for", "update-to")):
        notices = _notices(row.get(source)) + _notices((own or {}).get(name))
        if name == "changed_by":
            notices += _related(row.get("relation"))
        if notices:
            found[name] = sorted(
                (dict(pair) for pair in {tuple(sorted(notice.items())) for notice in notices}),
                key=lambda notice: (notice["type"], notice["DOI"]),
            )
    return found


def _notices(rows: Any) -> list[dict[str, str]]:
    return [
        {"type": clean(row.get("type")).lower(), "DOI": bare_doi(clean(row.get("DOI"))).lower()}
        for row in _rows(rows)
        if clean(row.get("type"))
    ]


def _related(value: Any) -> list[dict[str, str]]:
    relations = value if isinstance(value, dict) else {}
    return [
        {"type": kind, "DOI": bare_doi(clean(row.get("id"))).lower()}
        for name, kind in _RELATIONS.items()
        for row in _rows(relations.get(name))
    ]


def _is_free(licences: Any) -> bool:
    """Whether a Creative Commons licence holds from the day of publication on."""
    return any(
        re.match(r"https?://creativecommons\.org/", clean(row.get("URL"))) is not None
        and clean(row.get("content-version")) in {"", "vor", "unspecified"}
        and not row.get("delay-in-days")
        for row in _rows(licences)
    )


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value[:50] if isinstance(row, dict)] if isinstance(value, list) else []


def _guessed(item: Publication) -> str:
    """What an entry by hand is, where its `kind` is not said."""
    if item.journal:
        return "article-journal"
    if item.book:
        return "chapter"
    return "report" if item.publisher else "webpage" if item.url and not item.doi else "document"
