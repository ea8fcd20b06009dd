"""What Markdown means: headings, links and words, with targets as they were written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

_LEFT_OUT = "\ufffc"  # OBJECT REPLACEMENT CHARACTER: neither a letter nor a blank


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class MarkdownLink:
    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """The words of one paragraph, heading or cell: `kind` is what holds them, such as `p`, `h2` or `td`."""

    kind: str
    words: str
    prose: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Markdown:
    """What a piece of Markdown holds; `words` is what is read, without marks and targets.

    `prose` is the words that stand neither in code nor in a link; `blocks` the prose of each paragraph,
    heading and cell by itself; `bare_tables` the header rows of tables that leave a header empty.
    """

    headings: tuple[Heading, ...]
    links: tuple[MarkdownLink, ...]
    words: str
    prose: str
    blocks: tuple[Block, ...]
    bare_tables: tuple[str, ...]


@lru_cache(maxsize=256)
def read_markdown(text: str) -> Markdown:
    """What `text` holds, with targets exactly as written, so that the bad ones are seen too."""
    tokens = _parser().parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    return Markdown(
        headings=tuple(_headings(tokens)),
        links=tuple(_links(inline)),
        words="\n".join(_words(token.children or ()) for token in tokens if token.type == "inline"),
        prose="\n".join(_prose(token.children or ()) for token in tokens if token.type == "inline"),
        blocks=tuple(_blocks(tokens)),
        bare_tables=tuple(_bare_tables(tokens, text)),
    )


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # html off as in the edition: what stands between tags is Markdown, and the tags are text.
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # The parser would leave out a `javascript:` link and rewrite others; a check must see them.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    return parser


def _headings(tokens: Sequence[Token]) -> Iterator[Heading]:
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            yield Heading(int(opening.tag[1]), _words(inline.children or ()))


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    quotes = 0
    for opening, token in pairwise(tokens):
        quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(opening.type, 0)
        if token.type == "inline":
            read = token.children or ()
            yield Block(opening.tag, _words(read), _prose(read), quotes > 0)


def _bare_tables(tokens: Sequence[Token], text: str) -> Iterator[str]:
    lines, headers, line = text.splitlines(), list[str](), 0
    for opening, token in pairwise(tokens):
        if opening.type == "thead_open":
            headers, line = [], opening.map[0] if opening.map else 0
        elif opening.type == "th_open":
            headers.append(token.content.strip())
        elif opening.type == "thead_close" and not all(headers):
            yield lines[line].strip()


def _links(inline: Sequence[Token]) -> Iterator[MarkdownLink]:
    for number, token in enumerate(inline):
        if token.type == "link_open":
            end = next(i for i, other in enumerate(inline[number:], number) if other.type == "link_close")
            yield MarkdownLink(str(token.attrGet("href") or ""), _words(inline[number + 1 : end]))


def _words(tokens: Sequence[Token]) -> str:
    parts = {"softbreak": "\n", "hardbreak": "\n"}
    read = ("text", "code_inline", "image")
    return "".join(parts.get(token.type, token.content if token.type in read else "") for token in tokens)


def _prose(tokens: Sequence[Token]) -> str:
    depths = accumulate({"link_open": 1, "link_close": -1}.get(token.type, 0) for token in tokens)
    parts = [
        # What is left out leaves a mark, so that the words on its two sides are no neighbours.
        _LEFT_OUT if token.type in {"link_close", "code_inline"} else "" if depth else _words([token])
        for token, depth in zip(tokens, depths, strict=True)
    ]
    return "".join(parts)
