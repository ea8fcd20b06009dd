"""Writes a publication the way a reference list does, as runs of plain, strong and emphasised text."""

import html
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from newsletter.issue import Publication

#: More authors than this are cut to the first few and 'et al.'.
_MOST_AUTHORS = 8
_SHOWN_OF_MANY = 6
_ET_AL = re.compile(r"et\.? al\.?|and others", re.IGNORECASE)
_DOI_PREFIX = re.compile(r"\s*(?:https?://(?:dx\.)?doi\.org/|doi:?\s*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one manner."""

    text: str
    manner: Literal["plain", "strong", "em"] = "plain"


def cite(item: Publication) -> tuple[Run, ...]:
    """Authors (Year). Title. *Journal*, volume(number), pages or article number.

    What is not known is left out with its punctuation. The DOI is not part of it: `doi_of` gives it.
    """
    sentences = [_authors(item), _title(item), _source(item), _publisher(item)]
    runs = [run for sentence in sentences if sentence for run in (Run(" "), *sentence)]
    return tuple(runs[1:])


def citation_text(runs: tuple[Run, ...]) -> str:
    """The citation as plain text."""
    return "".join(run.text for run in runs)


def citation_html(runs: tuple[Run, ...]) -> str:
    """The citation as HTML, every run escaped."""
    return "".join(
        html.escape(run.text)
        if run.manner == "plain"
        else f"<{run.manner}>{html.escape(run.text)}</{run.manner}>"
        for run in runs
    )


def doi_of(item: Publication) -> str:
    """The bare DOI, such as '10.1111/hsc.13949', however it was written; '' for none."""
    return _DOI_PREFIX.sub("", item.doi).strip()


def doi_url(doi: str) -> str:
    """Where a DOI leads."""
    return "https://doi.org/" + quote(doi, safe="/:;()._-")


def _authors(item: Publication) -> list[Run]:
    names = [name.strip().rstrip(",") for name in item.authors if name.strip()]
    more = bool(names) and bool(_ET_AL.fullmatch(names[-1]))
    names = names[:-1] if more else names
    if len(names) > _MOST_AUTHORS:
        names, more = names[:_SHOWN_OF_MANY], True
    year = f" ({item.year})" if item.year else ""
    if not names:
        return [Run(f"({item.year}).")] if item.year else []
    first, rest = names[0], names[1:]
    if more:
        tail = "".join(f", {name}" for name in rest) + " et al."
    elif rest:
        tail = "".join(f", {name}" for name in rest[:-1]) + f" and {rest[-1]}"
    else:
        tail = ""
    return [Run(first, "strong"), Run(_ended(tail + year, first))]


def _title(item: Publication) -> list[Run]:
    title = item.title.strip()
    return [Run(_ended(title))] if title else []


def _source(item: Publication) -> list[Run]:
    volume = f"{item.volume}({item.number})" if item.volume and item.number else item.volume or item.number
    pages = item.article_number or re.sub(r"(?<=\w)\s*--?\s*(?=\w)", "–", item.pages)
    details = ", ".join(part for part in (volume, pages) if part)
    if item.journal:
        return [Run(item.journal.strip().rstrip("."), "em"), Run(f", {details}." if details else ".")]
    return [Run(f"{details}.")] if details else []


def _publisher(item: Publication) -> list[Run]:
    return [Run(_ended(item.publisher.strip()))] if item.publisher.strip() else []


def _ended(text: str, before: str = "") -> str:
    """`text` with a full stop, unless `before` and it end a sentence already ('?', '.', or these in quotes)."""
    return text if re.search(r"[.?!…。？！][\"'”’»)\]]?$", before + text) else text + "."
