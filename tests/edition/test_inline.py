"""premailer is asked about shapes and not about words: what is remembered never shows in the bytes."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from premailer import Premailer

from newsletter.config import Config
from newsletter.edition import Edition, inline, render_edition
from newsletter.issue import SECTION_TYPES, Issue

Render = Callable[..., Edition]

CSS = """
p { margin: 0; } .a { color: #123456; padding: 1px; padding-left: 2px; } .a .b { color: red !important; }
.b > p { color: #0f0; margin-top: 3px; } #x { font-weight: bold; } td[align='right'] { text-align: right; }
.a, .c p { mso-hide: all; } .b td { color: {{}}; }
""".replace("{{}}", "blue")


def whole_document(document: str, css: str) -> str:
    """What premailer makes of the document, with nothing remembered."""
    marked = document.replace("<style", '<style data-premailer="ignore"')
    made = Premailer(marked, css_text=[css], **inline._SETTINGS).transform(pretty_print=False)
    return "<!doctype html>\n" + made.replace(' data-premailer="ignore"', "")


def page(body: str) -> str:
    head = '<head><title>T</title><style media="print">p { color: red; }</style></head>'
    return f'<html xmlns:v="urn:v">{head}<body class="a">{body}</body></html>'


@pytest.fixture
def forget() -> Iterator[Callable[[], None]]:
    inline._sheet.cache_clear()
    yield inline._sheet.cache_clear
    inline._sheet.cache_clear()


TAGS = st.sampled_from(["p", "div", "td", "a", "v:rect", "h2"])
ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "class": st.sampled_from(["a", "b", "a b", " b  c ", "none"]),
        "style": st.sampled_from(["color:blue", "margin: 1px; padding:0 !important", ""]),
        "id": st.sampled_from(["x", "y"]),
        "align": st.sampled_from(["right", "left"]),
        "href": st.text("ab&\u0915 ", max_size=5),
    },
)
WORDS = st.text("ab \u0915\u094d\u00a0&", max_size=8)


def element(tag: str, attributes: dict[str, str], inner: list[str]) -> str:
    given = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<{tag}{given}>{''.join(inner)}</{tag}>"


BODIES = st.recursive(
    st.builds(element, TAGS, ATTRIBUTES, st.lists(WORDS, max_size=1)),
    lambda inner: st.builds(element, TAGS, ATTRIBUTES, st.lists(WORDS | inner, max_size=4)),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "further", ["", "h2 + p { color: red; }", "p:first-child { color: red; }", "p:empty { color: red; }"]
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(BODIES, min_size=1, max_size=4))
def test_every_document_comes_out_as_premailer_alone_makes_it(
    forget: Callable[[], None], further: str, bodies: list[str]
) -> None:
    css = CSS + further
    wanted = [whole_document(page(body), css) for body in bodies]
    forget()
    assert [inline.inline_css(page(body), css, "t") for body in bodies] == wanted
    assert [inline.inline_css(page(body), css, "t") for body in bodies] == wanted
    assert [inline.inline_css(page(body), css, "t") for body in reversed(bodies)] == wanted[::-1]


@pytest.mark.parametrize("kind", SECTION_TYPES)
def test_an_issue_is_the_same_after_others_as_before_all(
    kind: str,
    forget: Callable[[], None],
    render: Render,
    rich: Issue,
    sections: dict[str, Any],
    config: Config,
) -> None:
    first = render(sections[kind])
    forget()
    render_edition(rich, (), config)
    assert render(sections[kind]) == first


def test_new_words_in_known_shapes_need_no_premailer(
    forget: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    inline.inline_css(page('<p class="b">One</p>'), CSS, "t")
    monkeypatch.setattr(inline, "_transform", lambda *_: pytest.fail("premailer was asked again"))
    assert "Another" in inline.inline_css(page('<p class="b">Another</p>'), CSS, "t")


def test_what_is_remembered_is_bounded(forget: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inline, "_MOST_SHAPES", 10)
    for number in range(50):
        document = page(f'<p class="a n{number}">x</p>')
        assert inline.inline_css(document, CSS, "t") == whole_document(document, CSS)
        assert inline._sheet(CSS, "t").size <= 20


def test_styles_that_are_not_for_elements_stay(forget: Callable[[], None]) -> None:
    for _ in range(2):
        html = inline.inline_css(page("<p>x</p>"), CSS, "t")
        assert '<style media="print">p { color: red; }</style>' in html
        assert not re.search("data-premailer", html)
