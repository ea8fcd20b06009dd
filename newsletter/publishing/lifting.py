"""An email's HTML as a part of a page: its styles in a file, as a strict policy wants them, and nobody's values in it."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from lxml import etree, html

#: Raises a class above every rule that an email's own styles have, as the attribute stood above them.
_ABOVE = ":not(#lifted)"
_UNSEEN = re.compile(r"display:\s*none")


@dataclass(frozen=True, slots=True)
class Lifted:
    """The inside of a body, the class of the body itself, the styles, and the words of the title."""

    body: str
    kind: str
    css: str
    title: str


def lift(email: str, without: Collection[str]) -> Lifted:
    """The email without styles in its elements, scripts or comments, and without the links that lead to `without`."""
    document = html.document_fromstring(email)
    etree.strip_tags(document, etree.Comment)
    title = " ".join((document.findtext(".//title") or "").split())
    styles = [_sheet(one) for one in document.iter("style")]
    body = document.body
    for element in list(body.iter("script", "style")):
        element.drop_tree()
    _drop_preheader(body)
    for element in body.iter():
        # Here it is a page: only a mail program's reader should hear 'email'.
        element.attrib.pop("aria-roledescription", None)
    for link in list(body.iter("a")):
        if link.get("href") in without:
            _drop_link(link)
    styles += _classes(body)
    inside = (body.text or "") + "".join(html.tostring(child, encoding="unicode") for child in body)
    return Lifted(inside, body.get("class", ""), "\n".join(styles), title)


def _sheet(style: html.HtmlElement) -> str:
    text, media = style.text or "", style.get("media")
    return f"@media {media} {{ {text} }}" if media else text


def _classes(body: html.HtmlElement) -> list[str]:
    """Put a class in place of each style that stands in an element; the rules of these classes."""
    names: dict[str, str] = {}
    for element in body.iter():
        style = element.attrib.pop("style", "").strip()
        if style:
            name = names.setdefault(style, f"l{len(names) + 1}")
            element.set("class", f"{element.get('class', '')} {name}".strip())
    return [f".{name}{_ABOVE} {{ {style} }}" for style, name in names.items()]


def _drop_preheader(body: html.HtmlElement) -> None:
    """The inbox's second line, which a mail program shows and a page hides."""
    first = next(iter(body), None)
    while first is not None and _UNSEEN.search(first.get("style", "")):
        first.drop_tree()
        first = next(iter(body), None)


def _drop_link(link: html.HtmlElement) -> None:
    """A link, and the dot that parted it from the next; with it a paragraph in which nothing else stands."""
    parent = link.getparent()
    link.tail = re.sub(r"^[\s\xa0]*·[\s\xa0]*", "", link.tail or "")
    link.drop_tree()
    if parent is not None and not len(parent) and not (parent.text or "").strip():
        parent.drop_tree()
