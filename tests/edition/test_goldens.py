"""What each section type looks like in each medium, kept in tests/golden: rewrite with --update-goldens."""

import re
from collections.abc import Callable
from typing import Any

import lxml.html
import pytest

from newsletter.config import Config
from newsletter.edition import Edition, render_edition
from newsletter.issue import SECTION_TYPES, Issue

Render = Callable[..., Edition]
Same = Callable[[str, str], None]


def steady(text: str, marker: str) -> str:
    """`text` without what hangs on how this machine's zlib packs the drawn pictures."""
    return re.sub(r"[0-9a-f]{20}(?=\.(?:png|jpg|gif))", "PICTURE", text.replace(marker, "MARKER"))


def one_tag_a_line(html: str) -> str:
    """HTML that a difference can be read in."""
    tags = r"(?=<(?:/?(?:div|table|tbody|tr|td|ul|ol)|p|h\d|li|img|a|blockquote|!--)\b)"
    return re.sub(r"\s*\n\s*", "\n", re.sub(tags, "\n", html)).strip() + "\n"


def section_of(edition: Edition) -> str:
    """The HTML of the section alone: what follows the greeting and the intro on the sheet."""
    tree = lxml.html.document_fromstring(edition.html)
    (sheet,) = tree.xpath("//div[@class='nl-paper']/table/tbody/tr/td")
    rest = [part for part in sheet.getchildren() if isinstance(part.tag, str)][1:]
    return "".join(lxml.html.tostring(part, encoding="unicode", with_tail=False) for part in rest)


@pytest.mark.parametrize("kind", SECTION_TYPES)
def test_a_section_looks_as_it_did(
    kind: str, render: Render, sections: dict[str, dict[str, Any]], same_as_golden: Same
) -> None:
    edition = render(sections[kind])
    same_as_golden(f"email/{kind}.html", one_tag_a_line(steady(section_of(edition), edition.marker)))


@pytest.mark.parametrize("kind", SECTION_TYPES)
def test_a_section_reads_as_it_did(
    kind: str, render: Render, sections: dict[str, dict[str, Any]], same_as_golden: Same
) -> None:
    edition = render(sections[kind])
    body = edition.text.split("\n\n\n")[1]
    same_as_golden(f"text/{kind}.txt", body + "\n")


def test_the_whole_email_looks_as_it_did(rich: Issue, config: Config, same_as_golden: Same) -> None:
    edition = render_edition(rich, (), config)
    same_as_golden("email/layout.html", one_tag_a_line(steady(edition.html, edition.marker)))


def test_the_whole_text_reads_as_it_did(rich: Issue, config: Config, same_as_golden: Same) -> None:
    edition = render_edition(rich, (), config)
    same_as_golden("text/layout.txt", steady(edition.text, edition.marker))
