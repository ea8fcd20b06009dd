"""Which elements, attributes and parts of CSS a finished page uses."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from newsletter.checks.styles import declarations

_FUNCTION = re.compile(r"([a-z-]+)\(")
_PSEUDO = re.compile(r"::?[a-z-]+")


def marks_in(tree: Any) -> frozenset[str]:
    """Every mark of the page, such as `<video>`, `srcset=`, `gap`, `display:flex`, `@media`, `:hover`, `min()`."""
    return frozenset(_marks(tree.getroottree().getroot()))


def _marks(root: Any) -> Iterator[str]:
    for element in root.iter():
        # What only Outlook reads stands in comments, and is meant for it.
        if not isinstance(element.tag, str):
            continue
        yield f"<{element.tag}>"
        if kind := element.get("type"):
            yield f"<{element.tag} type={kind}>"
        for name in element.attrib:
            yield f"{name}="
        if style := element.get("style"):
            yield from _declared(declarations(style).items())
        if element.tag == "style":
            yield from _sheet(element.text or "")


def _declared(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, value in pairs:
        yield name
        if re.fullmatch(r"[a-z-]+", value):
            yield f"{name}:{value}"
        for function in _FUNCTION.findall(value):
            yield f"{function}()"


def _sheet(text: str) -> Iterator[str]:
    import tinycss2

    for rule in tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True):
        yield from _rule(rule, tinycss2.serialize)


def _rule(rule: Any, serialize: Any) -> Iterator[str]:
    import tinycss2

    if rule.type == "at-rule":
        yield f"@{rule.at_keyword}"
        yield from (
            f"@{rule.at_keyword} ({word})" for word in re.findall(r"\(\s*([a-z-]+)", serialize(rule.prelude))
        )
        for inner in tinycss2.parse_rule_list(rule.content or (), skip_comments=True, skip_whitespace=True):
            yield from _rule(inner, serialize)
    elif rule.type == "qualified-rule":
        yield from _PSEUDO.findall(serialize(rule.prelude))
        found = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
        pairs = ((d.lower_name, serialize(d.value).strip().lower()) for d in found if d.type == "declaration")
        yield from _declared(pairs)
