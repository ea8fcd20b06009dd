"""Sets Markdown as plain text for mail: paragraphs wrapped, links with their address, tables in columns."""

import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterator

from markdown_it.tree import SyntaxTreeNode

WIDTH = 72
_ODD_BLANKS = re.compile(r"[^\S ]|  |^ | $")


def plain_text(root: SyntaxTreeNode, width: int = WIDTH) -> str:
    """The whole text; blocks stand apart by an empty line."""
    return "\n\n".join(_blocks(root.children, width))


def wrap_text(text: str, width: int = WIDTH) -> str:
    """Each line of `text` wrapped; words and addresses are never broken."""
    lines: list[str] = []
    width = max(width, 20)
    for line in text.split("\n"):
        if _ODD_BLANKS.search(line):
            lines += textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""]
        else:
            lines += _wrapped(line, width)
    return "\n".join(lines)


def _wrapped(line: str, width: int) -> Iterator[str]:
    """As textwrap does it, for words with one space between them: a search a line, and not a step a word."""
    start = 0
    while len(line) - start > width:
        end = line.rfind(" ", start, start + width + 1)
        if end < 0:  # a word that is longer than the line
            end = line.find(" ", start + width)
        if end < 0:
            break
        yield line[start:end]
        start = end + 1
    yield line[start:]


def indent_text(text: str, first: str, rest: str | None = None) -> str:
    """`text` with `first` before its first line and `rest` (default: as many spaces) before the others."""
    rest = " " * len(first) if rest is None else rest
    lines = text.split("\n")
    return "\n".join(
        (first if n == 0 else rest) + line if line or n == 0 else rest.rstrip()
        for n, line in enumerate(lines)
    )


def underline_text(text: str, char: str = "-", width: int = WIDTH) -> str:
    """A heading, wrapped, with a line of `char` as wide as it looks."""
    wrapped = wrap_text(text, width)
    return f"{wrapped}\n{char * min(max(map(columns, wrapped.split(chr(10)))), width)}"


def columns(text: str) -> int:
    """How many columns `text` takes in a fixed-width font: wide signs two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def _blocks(nodes: list[SyntaxTreeNode], width: int) -> list[str]:
    return [block for node in nodes if (block := _block(node, width))]


def _block(node: SyntaxTreeNode, width: int) -> str:
    setter = _SETTERS.get(node.type)
    return setter(node, width) if setter else wrap_text(_inline(node.children), width)


def _heading(node: SyntaxTreeNode, width: int) -> str:
    return underline_text(_inline(node.children), "-", width)


def _quotation(node: SyntaxTreeNode, width: int) -> str:
    return indent_text("\n\n".join(_blocks(node.children, width - 2)), "> ", "> ")


def _code(node: SyntaxTreeNode, width: int) -> str:
    return indent_text(node.content.rstrip("\n"), "    ")


def _rule(node: SyntaxTreeNode, width: int) -> str:
    return "* * *"


def _list(node: SyntaxTreeNode, width: int) -> str:
    start = int(str(node.attrs.get("start", 1)))
    # A list without empty lines between its items is tight: markdown-it hides its paragraphs.
    tight = all(
        child.hidden for item in node.children for child in item.children if child.type == "paragraph"
    )
    last = len(f"{start + len(node.children) - 1}. ")
    items = []
    for number, item in enumerate(node.children, start):
        sign = "- " if node.type == "bullet_list" else f"{number}. ".ljust(last)
        blocks = _blocks(item.children, width - len(sign))
        items.append(indent_text(("\n" if tight else "\n\n").join(blocks), sign))
    return ("\n" if tight else "\n\n").join(items)


def _table(node: SyntaxTreeNode, width: int) -> str:
    rows = [
        [_inline(cell.children) for cell in row.children] for part in node.children for row in part.children
    ]
    widths = [max(columns(cell) for cell in column) for column in zip(*rows, strict=True)]
    if sum(widths) + 2 * len(widths) > width:
        return "\n\n".join(_record(rows[0], row, width) for row in rows[1:])
    lines = [
        "  ".join(_padded(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "  ".join("-" * size for size in widths), *lines[1:]])


def _record(heads: list[str], row: list[str], width: int) -> str:
    return "\n".join(
        wrap_text(f"{head}: {cell}" if head else cell, width) for head, cell in zip(heads, row, strict=True)
    )


def _padded(text: str, size: int) -> str:
    return text + " " * (size - columns(text))


def _inline(nodes: list[SyntaxTreeNode]) -> str:
    return "".join(_spans(nodes))


def _spans(nodes: list[SyntaxTreeNode]) -> Iterator[str]:
    for node in nodes:
        match node.type:
            case "softbreak":
                yield " "
            case "hardbreak":
                yield "\n"
            case "link":
                yield link_text(_inline(node.children), str(node.attrs.get("href", "")))
            case _ if node.children:
                yield from _spans(node.children)
            case _:
                yield node.content


def link_text(label: str, url: str) -> str:
    """'label <url>'; the address alone where the label says the same."""
    bare = url.removeprefix("mailto:").removeprefix("tel:")
    return label if label in {url, bare} else f"{label} <{bare if url.startswith('mailto:') else url}>"


_SETTERS: dict[str, Callable[[SyntaxTreeNode, int], str]] = {
    "heading": _heading,
    "bullet_list": _list,
    "ordered_list": _list,
    "blockquote": _quotation,
    "fence": _code,
    "code_block": _code,
    "hr": _rule,
    "table": _table,
}
