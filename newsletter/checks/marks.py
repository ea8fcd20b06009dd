"""Which elements, attributes, pictures and parts of CSS a finished page uses."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from newsletter.checks.cascade import read_style

_FUNCTION = re.compile(r"([a-z-]+)\(")
_UNIT = re.compile(r"(?<![\w#.-])[+-]?\d*\.?\d+([a-z]+)\b")
_VALUE = re.compile(
    r"(?<![\w-])(fit-content|min-content|max-content|initial|system-ui|ui-(?:serif|sans-serif|rounded|monospace))(?![\w-])"
)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|url\([^)]*\)")
_PSEUDO = re.compile(r"::?[a-z-]+")
_PICTURES = {
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "table": ("background",),
    "td": ("background",),
}
_URL = re.compile(r"url\(\s*[\"']?([^\"')]+)")
# What joins or makes up a selector, by how it is called in the data.
_SELECTORS = (
    ("selector +", re.compile(r"\+")),
    ("selector ~", re.compile(r"~(?!=)")),
    ("selector >", re.compile(r">")),
    ("selector []", re.compile(r"\[")),
    ("selector #", re.compile(r"#")),
    ("selector .", re.compile(r"\.")),
    ("selector .a.b", re.compile(r"[.#][\w-]+[.#]")),
    ("selector *", re.compile(r"\*(?!=)")),
    ("selector a", re.compile(r"(?:^|[\s>+~,(])[a-z]")),
    ("selector ' '", re.compile(r"[\w\])*]\s+(?=[\w.#\[*:])")),
    ("selector ,", re.compile(r",")),
)


def marks_in(tree: Any) -> frozenset[str]:
    """Every mark of the page, such as `<video>`, `srcset=`, `gap`, `display:flex`, `@media`, `:hover`, `min()`.

    Also `unit rem`, `value initial`, `selector >`, `image webp`: the words are those of `support.marks_of`.
    """
    return frozenset(_marks(tree.getroottree().getroot()))


def _marks(root: Any) -> Iterator[str]:
    for element in root.iter():
        # What only Outlook reads stands in comments, and is meant for it.
        if not isinstance(element.tag, str):
            continue
        yield f"<{element.tag}>"
        if kind := element.get("type"):
            yield f"<{element.tag} type={kind}>"
        if element.tag == "meta" and (name := element.get("name")):
            yield f"<meta name={name}>"
        if element.get("href", "").startswith("#"):
            yield "href=#"
        for name in element.attrib:
            yield f"{name}="
        for name in _PICTURES.get(element.tag, ()):
            yield from _pictured(element.get(name) or "")
        if style := element.get("style"):
            yield from _declared((one.name, one.value, one.important) for one in read_style(style))
        if element.tag == "style":
            yield from _sheet(element.text or "")


def _pictured(addresses: str) -> Iterator[str]:
    """The kinds of the pictures that `src`, `srcset` or a `url()` name."""
    if kind := re.match(r"\s*data:image/([a-z]+)", addresses, re.IGNORECASE):
        yield "image base64"
        yield f"image {kind[1].lower()}"
        return
    for address in addresses.split(","):
        name = (address.split() or [""])[0]
        if kind := re.search(r"\.([a-z0-9]{2,5})(?:[?#].*)?$", name, re.IGNORECASE):
            yield f"image {kind[1].lower()}"


def _declared(pairs: Iterable[tuple[str, str, bool]]) -> Iterator[str]:
    for name, value, important in pairs:
        yield name
        if important:
            yield "!important"
        if re.fullmatch(r"[a-z-]+", value):
            yield f"{name}:{value}"
        for function in _FUNCTION.findall(value):
            yield f"{function}()"
        for address in _URL.findall(value):
            yield from _pictured(address)
        bare = _QUOTED.sub("", value)
        yield from (f"unit {unit}" for unit in _UNIT.findall(bare))
        yield from (f"value {word}" for word in _VALUE.findall(bare))


def _sheet(text: str) -> Iterator[str]:
    import tinycss2

    if "/*" in text:
        yield "/* */"
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
        yield from _selector(serialize(rule.prelude).strip())
        found = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
        if any(one.type in {"qualified-rule", "at-rule"} for one in found):
            yield "{ { } }"
        pairs = (
            (d.lower_name, serialize(d.value).strip().lower(), d.important)
            for d in found
            if d.type == "declaration"
        )
        yield from _declared(pairs)


def _selector(text: str) -> Iterator[str]:
    yield from _PSEUDO.findall(text)
    # What stands in brackets of its own is told by `[]` or by the pseudo-class.
    bare = re.sub(r"\[[^\]]*\]", "[]", re.sub(r"::?[a-z-]+(?:\([^()]*\))?", "", text))
    yield from (mark for mark, pattern in _SELECTORS if pattern.search(bare))
