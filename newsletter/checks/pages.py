"""The finished HTML of each edition, read once for all families."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lxml.html
from lxml import etree

from newsletter.edition import Edition


@dataclass(frozen=True, slots=True)
class Page:
    """One edition with its HTML as a tree; `audiences` are all that get it."""

    audiences: tuple[str, ...]
    edition: Edition
    tree: Any

    @property
    def name(self) -> str:
        """How the edition is called in a message: `the edition for partners`."""
        return "the edition for " + ", ".join(self.audiences)


def read_pages(editions: Mapping[str, Edition]) -> tuple[Page, ...]:
    """One page for each edition that differs, in the order given."""
    shared: dict[str, list[str]] = {}
    for audience, edition in editions.items():
        shared.setdefault(edition.digest, []).append(audience)
    return tuple(
        Page(tuple(audiences), editions[audiences[0]], _tree(editions[audiences[0]].html))
        for audiences in shared.values()
    )


def words_of(element: Any) -> str:
    """The words inside an element, with blanks squeezed."""
    return " ".join("".join(element.itertext()).split())


def _tree(html: str) -> Any:
    try:
        return lxml.html.document_fromstring(html)
    except etree.ParserError:  # nothing in it at all: an empty page has none of what is asked for
        return lxml.html.document_fromstring("<html></html>")
