"""BibTeX files as CSL-JSON."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from typing import Any

from newsletter.issue.csl_json import is_wanted
from newsletter.issue.fields import bare_doi

_TYPES = {
    "article": "article-journal", "book": "book", "mvbook": "book", "collection": "book", "booklet": "book",
    "manual": "report", "inbook": "chapter", "incollection": "chapter", "inproceedings": "paper-conference",
    "conference": "paper-conference", "proceedings": "book", "phdthesis": "thesis",
    "mastersthesis": "thesis", "thesis": "thesis", "techreport": "report", "report": "report",
    "online": "webpage", "electronic": "webpage", "www": "webpage", "dataset": "dataset",
    "unpublished": "manuscript",
}  # fmt: skip
_GENRES = {"phdthesis": "PhD thesis", "mastersthesis": "Master's thesis"}
_GENRE_CODES = {"phdthesis": "PhD thesis", "mathesis": "Master's thesis", "techreport": "", "resreport": ""}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PUBLISHERS = ("publisher", "institution", "school", "organization")
#: What biblatex calls the state of what has no date yet.
_STATES = {
    "inpress": "in press", "forthcoming": "forthcoming", "inpreparation": "in preparation",
    "submitted": "submitted", "prepublished": "published online",
}  # fmt: skip
_Plain = Callable[[str], str]


def read_bibtex(text: str, wanted: Collection[str]) -> list[dict[str, Any]] | str:
    """The entries as CSL-JSON, or what is wrong and in which line.

    Those that are not `wanted` (keys and DOIs, case folded) come with their names alone: decoding
    the LaTeX of thousands takes its time.
    """
    import logging

    from bibtexparser.entrypoint import parse_string

    # Its own warnings would reach the terminal; what matters is said as a problem.
    for name in ("bibtexparser", "pylatexenc"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    library = parse_string(text)
    if broken := _broken(library):
        return broken
    if not library.entries:
        return "holds no BibTeX entry"
    found = []
    for entry in library.entries:
        row = {one.key.lower(): str(one.value) for one in entry.fields}
        doi = _unescaped(row.get("doi", ""))
        whole, thin = is_wanted(entry.key, doi, wanted), {"id": entry.key, "DOI": doi}
        found.append(_as_csl(entry.key, entry.entry_type.lower(), row) if whole else thin)
    return found


def _broken(library: Any) -> str:
    """Line and key of the first entry that was not understood; '' where all were."""
    from bibtexparser.model import DuplicateBlockKeyBlock, DuplicateFieldKeyBlock

    for block in library.failed_blocks:
        if isinstance(block, DuplicateBlockKeyBlock | DuplicateFieldKeyBlock):
            continue
        key = re.match(r"\s*@\s*\w+\s*[{(]\s*([^,\s{}]{1,80})", block.raw or "")
        name = f"the entry '{key[1]}'" if key else "an entry"
        return f"is broken at line {(block.start_line or 0) + 1}: {name} is not closed or not understood"
    return ""


def _as_csl(key: str, kind: str, row: dict[str, str]) -> dict[str, Any]:
    plain = _plain_text
    said = {
        "title": _joined(row.get("title"), row.get("subtitle")),
        "container-title": row.get("journal") or row.get("journaltitle") or row.get("booktitle"),
        "container-title-short": row.get("shortjournal"),
        "collection-title": row.get("series"),
        "volume": row.get("volume"),
        "page": row.get("pages"),
        "article-number": row.get("eid") or row.get("article-number"),
        "publisher": next((row[name] for name in _PUBLISHERS if row.get(name)), ""),
        "publisher-place": row.get("address") or row.get("location"),
        "edition": row.get("edition"),
        "genre": _GENRES.get(kind) or _GENRE_CODES.get(row.get("type", ""), row.get("type", "")),
        # A report's number is its own; an article's is that of the issue.
        "number" if kind in {"techreport", "report"} else "issue": row.get("number") or row.get("issue"),
    }
    names = {role: _names(row[role], plain) for role in ("author", "editor", "translator") if role in row}
    csl = {
        "id": key,
        "type": _TYPES.get(kind, "document"),
        "DOI": bare_doi(_unescaped(row.get("doi", ""))),
        "URL": _unescaped(row.get("url", "")) or _archived(row),
    }
    csl |= {name: plain(text) for name, text in said.items() if text}
    return csl | names | _preprint(kind, row) | {"issued": _issued(row)}


def _plain_text(text: str) -> str:
    """LaTeX as plain text. What pylatexenc cannot take, it is given without: links, marks without end."""
    from pylatexenc.latex2text import LatexNodes2Text

    text = re.sub(r"\\href\s*\{[^{}]*\}\s*(?=\{)|\\(?:url|path)(?![A-Za-z])", "", text)
    try:
        found = str(LatexNodes2Text(math_mode="verbatim").latex_to_text(text))
    except (IndexError, ValueError, AttributeError, TypeError):
        found = re.sub(r"\\[A-Za-z]+\s*|[{}\\]", "", text)
    # An opening quotation mark is typed as a grave accent, and left so.
    return unicodedata.normalize("NFC", found.replace("`", "‘"))


def _unescaped(text: str) -> str:
    """An address or DOI without the backslashes that LaTeX asks for: Springer's end in '\\_6'."""
    return re.sub(r"\\([%_&#~$])", r"\1", re.sub(r"\{\\_\}", "_", text)).strip(" {}")


def _archived(row: dict[str, str]) -> str:
    """Where an e-print of arXiv can be read; '' for those of others."""
    archive = (row.get("eprinttype") or row.get("archiveprefix") or "").lower()
    number = row.get("eprint", "")
    fits = archive == "arxiv" and re.fullmatch(r"[\w./-]{4,40}", number)
    return f"https://arxiv.org/abs/{number}" if fits else ""


def _joined(title: str | None, subtitle: str | None) -> str:
    return ": ".join(part for part in (title, subtitle) if part)


def _preprint(kind: str, row: dict[str, str]) -> dict[str, str]:
    """arXiv and its kin name themselves in `eprinttype` or `archiveprefix`."""
    archive = row.get("eprinttype") or row.get("archiveprefix")
    if not archive or kind not in {"misc", "online", "unpublished", "article"} or row.get("journal"):
        return {}
    return {"type": "article", "genre": "Preprint", "publisher": archive}


def _issued(row: dict[str, str]) -> dict[str, Any]:
    date = re.match(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", row.get("date", ""))
    if date:
        return {"date-parts": [[int(part) for part in date.groups() if part]]}
    year, month = row.get("year", ""), row.get("month", "").strip("{}").lower()
    if not re.fullmatch(r"\{?\d{4}\}?", year.strip()):
        state = row.get("pubstate", "")
        return {"raw": year or row.get("date") or _STATES.get(state.strip(" {}").lower(), state)}
    number = (
        int(month)
        if month.isdecimal()
        else next((n for n, m in enumerate(_MONTHS, 1) if month.startswith(m)), 0)
    )
    return {"date-parts": [[int(year.strip(" {}")), *([number] if number else [])]]}


def _names(text: str, plain: _Plain) -> list[dict[str, str]]:
    """The names of an author field; 'and others' becomes 'et al.', {a name in braces} stays whole."""
    return [_name(name, plain) for name in _each(text) if name]


def _each(text: str) -> Iterator[str]:
    """The text between one 'and' and the next that stand in no braces.

    bibtexparser's own way of it eats an accent right behind an 'and'.
    """
    depth, last = 0, 0
    for found in re.finditer(r"\\.|[{}]|(?<=\s)and(?=\s)", text, re.IGNORECASE | re.DOTALL):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0 and found[0].lower() == "and":
            yield text[last : found.start()].strip()
            last = found.end()
    yield text[last:].strip()


def _name(name: str, plain: _Plain) -> dict[str, str]:
    from bibtexparser.middlewares.names import InvalidNameError, parse_single_name_into_parts

    if name == "others":
        return {"literal": "et al."}
    if re.fullmatch(r"\s*\{[^{}]*\}\s*", name):
        return {"literal": plain(name)}
    try:
        parts = parse_single_name_into_parts(name)
    except InvalidNameError:
        return {"literal": plain(name)}
    said = {
        "given": parts.first,
        "non-dropping-particle": parts.von,
        "family": parts.last,
        "suffix": parts.jr,
    }
    return {part: plain(" ".join(words)) for part, words in said.items() if words}
