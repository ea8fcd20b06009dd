"""What an author writes comes out as written, whatever it looks like."""

import contextlib
import re
from collections.abc import Callable
from typing import Any

import lxml.html
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.config import Config
from newsletter.edition import Edition, Personal, fill_html, fill_text, render_edition
from newsletter.edition.markdown import MarkdownError, render_markdown
from newsletter.errors import IssueError
from newsletter.issue import Issue

Render = Callable[..., Edition]

ODD = (
    "{{ 7*7 }} {% raw %} <script>alert(1)</script> </mj-text><mj-raw> \"q\" 's' \\back &amp; &lt; ❤\ufe0f नमस्ते สวัสดี "
    "مرحبا so\u00adft no\u00a0break w\u0308 \u200d 𝒳 %s --> <!-- ]]> NLabcdefghijklGREETING &#x3c;"
)


def squeezed(text: str) -> str:
    return re.sub(r"[ \n]+", " ", text).strip()


def test_titles_and_alt_texts_come_out_to_the_letter(render: Render) -> None:
    image = {"src": "pictures/sam.png", "alt": ODD, "caption": ODD}
    edition = render(
        {"type": "article", "title": ODD, "images": [image]}, title=ODD, subject=ODD, preheader=ODD
    )
    tree = lxml.html.document_fromstring(edition.html)
    assert squeezed(tree.xpath("//h1")[0].text_content()) == ODD
    assert squeezed(tree.xpath("//h2")[0].text_content()) == ODD
    assert tree.xpath("//title")[0].text == ODD
    assert tree.xpath("//div[@role='article']")[0].get("aria-label") == ODD
    assert tree.xpath("//img")[0].get("alt") == ODD
    assert squeezed(tree.xpath("//p[@class='caption']")[0].text_content()) == ODD
    assert not tree.xpath("//script")
    assert edition.subject == ODD


def test_every_field_of_every_section_may_be_odd(render: Render, sections: dict[str, dict[str, Any]]) -> None:
    kept = {
        "type",
        "src",
        "url",
        "link",
        "start",
        "end",
        "state",
        "email",
        "doi",
        "orcid",
        "deadline",
        "year",
    }

    def odd(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: odd(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [odd(inner, key) for inner in value]
        return ODD if isinstance(value, str) and key not in kept else value

    edition = render(*(odd(section) for section in sections.values()), intro=ODD)
    tree = lxml.html.document_fromstring(edition.html)
    assert not tree.xpath("//script|//iframe|//*[@onerror]")
    assert not re.search(r"\\u\{|\\t|\\n|\\\"", edition.html)
    assert len(tree.xpath("//h1")) == 1
    for button in tree.xpath("//td[contains(@class, 'nl-button')]//a")[1:]:
        assert squeezed(button.text_content()) == ODD


def test_a_value_that_looks_like_a_slot_is_not_filled(render: Render) -> None:
    edition = render({"type": "article", "title": "T", "body": "x"})
    personal = Personal(
        greeting=f"Dear {edition.marker}STOP <b>&</b>,", reason='why "so"', stop="https://x.example/?a=1&b=2"
    )
    tree = lxml.html.document_fromstring(fill_html(edition, personal))
    assert personal.greeting in tree.text_content()
    assert tree.xpath("//a[contains(@href, 'x.example')]/@href") == ["https://x.example/?a=1&b=2"]
    assert personal.greeting in fill_text(edition, personal)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "page.html", "#top", "//x.example"]
)
def test_links_that_must_not_or_cannot_work_from_a_mail_are_none(link: str) -> None:
    rich = render_markdown(f"[Read]({link}) and more")
    assert "href" not in rich.html
    assert "Read" in rich.html
    assert "Read" in rich.text


def test_html_in_markdown_is_shown_and_not_obeyed(render: Render) -> None:
    body = 'Look: <img src=x onerror="alert(1)"> <b>bold</b> <script>alert(1)</script>'
    tree = lxml.html.document_fromstring(render({"type": "article", "title": "T", "body": body}).html)
    assert body in squeezed(tree.text_content())
    assert not tree.xpath("//script|//b|//img")


@pytest.mark.parametrize(
    "body",
    ["\n".join("  " * depth + "- x" for depth in range(200)), ">" * 400 + " x", "- " * 300 + "x"],
    ids=["lists", "quotations", "lists on one line"],
)
def test_deep_nesting_is_refused_with_its_place(
    make_issue: Callable[..., Issue], config: Config, body: str
) -> None:
    issue = make_issue({"type": "article", "title": "T", "body": body})
    with pytest.raises(IssueError, match=r"sections\.0\.body: lists or quotations lie more than 8 deep"):
        render_edition(issue, (), config)


def test_long_words_do_not_widen_the_page(render: Render) -> None:
    edition = render({"type": "article", "title": "W" * 400, "body": "w" * 4000})
    assert "word-break:break-word" in edition.html
    assert "w" * 4000 in edition.text


def test_a_link_given_as_a_field_must_be_one(make_issue: Callable[..., Issue], config: Config) -> None:
    issue = make_issue({"type": "article", "title": "T", "body": "x"})
    section = issue.sections[0].model_copy(update={"link": "javascript:alert(1)"})
    with pytest.raises(IssueError, match="cannot be a link"):
        render_edition(issue.model_copy(update={"sections": (section,)}), (), config)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    title=st.text(
        st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp", "Cn")), min_size=1, max_size=60
    )
)
def test_any_title_comes_out_as_it_went_in(
    title: str, make_issue: Callable[..., Issue], config: Config
) -> None:
    title = squeezed(title) or "x"
    issue = make_issue({"type": "article", "title": "T", "body": "x"}).model_copy(update={"title": title})
    tree = lxml.html.document_fromstring(render_edition(issue, (), config).html)
    assert squeezed(tree.xpath("//h1")[0].text_content()) == title
    assert tree.xpath("//div[@role='article']")[0].get("aria-label") == title


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.text(st.sampled_from(list("ab *_-#>`[]()!<&|:\\\n\t1.~{}%\"'é❤\ufe0f\u00a0")), max_size=120))
def test_no_markdown_breaks_the_message(body: str, make_issue: Callable[..., Issue], config: Config) -> None:
    issue = make_issue({"type": "article", "title": "T", "body": "x"})
    section = issue.sections[0].model_copy(update={"body": body})
    with contextlib.suppress(MarkdownError):
        render_markdown(body)
        edition = render_edition(issue.model_copy(update={"sections": (section,)}), (), config)
        tree = lxml.html.document_fromstring(edition.html)
        assert tree.xpath("//h1")
        assert tree.xpath(f"//a[@href='{edition.marker}STOP']")


@pytest.mark.parametrize(
    "code", ["&#13;", "&#10;", "&#13;&#10;.", "&#12;", "&#8;", "&#x2028;", "&#x85;", "&#0;"]
)
def test_characters_written_in_code_cannot_bring_in_what_is_refused(render: Render, code: str) -> None:
    body = f"one{code}two `{code}` [words](https://example.org/a 'b{code}c')"
    edition = render({"type": "article", "title": "T", "body": body})
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x85\u2028\u2029]", edition.html + edition.text)
    assert "one" in edition.text
