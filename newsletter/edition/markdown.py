"""Turns an author's Markdown into safe HTML and into plain text, from the same tokens."""

import functools
import re
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from newsletter.edition.plain import plain_text, wrap_text

#: Lists and quotations deeper than this cannot be read on a phone, and deep nesting crashes mail programs.
DEEPEST = 8
#: A list item, a list and its paragraph each count as a level in markdown-it.
_TOKEN_LEVELS = 2 * DEEPEST + 1
_INLINE_LEVELS = 12
SCHEMES = ("https", "http", "mailto", "tel")
_TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "th": {"align", "scope"}, "td": {"align"}}
# What XML forbids, and noncharacters, which templating uses for its own marks.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
#: Lines that begin with a letter and have no sign in them that means anything to Markdown or to HTML.
_LINE = r"[^\W\d_](?:[^\W_]|[,.;:?!'\"()’‘“”–—%/+@=#$-]| (?=[^ \n]))*"
_PLAIN = re.compile(rf"{_LINE}(?:\n{_LINE})*")
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={"script", "style"},
    attributes=_ATTRIBUTES,
    url_schemes=set(SCHEMES),
    link_rel=None,
    strip_comments=True,
)


class MarkdownError(ValueError):
    """The text cannot be set; the message says why, for the field's author."""


@dataclass(frozen=True, slots=True)
class Rich:
    """One text in both media: safe HTML, and plain text wrapped for mail."""

    html: str
    text: str


def clean(text: str) -> str:
    """`text` without characters that no medium can carry; line ends as newlines."""
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


@functools.lru_cache(maxsize=512)
def render_markdown(text: str, top: int = 3) -> Rich:
    """`text` in both media; its highest heading becomes `h{top}` and no level is skipped.

    Raises MarkdownError where lists or quotations lie too deep or a picture stands in the text.
    """
    text = clean(text)
    return _prose(text) or _parsed(text, top)


def _parsed(text: str, top: int) -> Rich:
    tokens = _parser().parse(text)
    for token in tokens:
        _refuse(token)
    _shift_headings(tokens, top)
    for token in tokens:
        _mend(token)
    markup = _CLEANER.clean(_parser().renderer.render(tokens, _parser().options, {}))
    return Rich(html=_respace(markup), text=plain_text(SyntaxTreeNode(tokens)))


def _prose(text: str) -> Rich | None:
    """What most texts are: paragraphs without a single mark of Markdown's, which need no parser."""
    paragraphs = text.rstrip("\n").split("\n\n")
    if not all(map(_PLAIN.fullmatch, paragraphs)):
        return None
    html = " ".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return Rich(
        html=html, text="\n\n".join(wrap_text(paragraph.replace("\n", " ")) for paragraph in paragraphs)
    )


def allowed_url(url: str) -> bool:
    """Whether `url` may be a link in a message: https, http, mailto or tel, and nothing odd in it."""
    scheme, colon, rest = url.partition(":")
    if not colon or scheme.lower() not in SCHEMES or re.search(r"[\s\x00-\x1f\x7f<>\"\\]", url):
        return False
    return bool(re.match(r"//[^/?#]+", rest)) if scheme.lower() in {"https", "http"} else bool(rest)


@functools.lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 4 * DEEPEST + 8, "typographer": False})
    # HTML is not let through; so these two would only look for it.
    return parser.enable(["table", "strikethrough"]).disable(["html_block", "html_inline"])


def _refuse(token: Token) -> None:
    if token.level > _TOKEN_LEVELS:
        raise MarkdownError(f"lists or quotations lie more than {DEEPEST} deep; say it with fewer levels")
    for child in token.children or ():
        if child.level > _INLINE_LEVELS:
            raise MarkdownError("emphasis and links are nested too deep; use fewer asterisks and brackets")
        if child.type == "image":
            raise MarkdownError(
                f"a picture stands in the text ({child.attrGet('src')}); name it under 'images:' instead, with its alt text"
            )


def _shift_headings(tokens: list[Token], top: int) -> None:
    """Give headings the levels that their nesting means, from `top` down to h6."""
    open_levels: list[int] = []
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
            while open_levels and open_levels[-1] >= level:
                open_levels.pop()
            open_levels.append(level)
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(top + len(open_levels) - 1, 6)}"


def _mend(token: Token) -> None:
    for child in token.children or ():
        # `&#13;` and its like become characters only here, after the text itself was cleaned.
        child.content = _on_one_line(child.content)
        child.attrs.update(
            {name: _on_one_line(value) for name, value in child.attrs.items() if isinstance(value, str)}
        )
    if token.type in {"th_open", "td_open"}:
        align = str(token.attrs.pop("style", "")).partition("text-align:")[2]
        token.attrs.update({"align": align} if align else {})
        token.attrs.update({"scope": "col"} if token.type == "th_open" else {})
    if token.children:
        token.children = _without_bad_links(token.children)


def _on_one_line(text: str) -> str:
    return re.sub(r"[\n\x85\u2028\u2029]", " ", clean(text))


def _without_bad_links(children: list[Token]) -> list[Token]:
    """Links that lead nowhere from a message (relative ones, anchors, odd schemes) keep their words only."""
    kept: list[Token] = []
    dropping = False
    for child in children:
        if child.type == "link_open":
            dropping = not allowed_url(str(child.attrGet("href") or ""))
        if child.type not in {"link_open", "link_close"} or not dropping:
            kept.append(child)
        if child.type == "link_close":
            dropping = False
    return kept


def _respace(markup: str) -> str:
    # mrml drops white space between inline elements where it holds a newline; a space is kept.
    head, *rest = re.split(r"(<pre>.*?</pre>)", markup, flags=re.DOTALL)
    pieces = [head, *rest]
    return "".join(
        piece if piece.startswith("<pre>") else re.sub(r">[^\S\xa0]*\n[^\S\xa0]*<", "> <", piece)
        for piece in pieces
    ).strip()
