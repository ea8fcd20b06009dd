"""Writes the author's CSS into the elements, for mail programs that read no stylesheet, and nothing else."""

import functools
import logging
import os
import re
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from newsletter.edition.templating import fault

_NOT_INLINE = re.compile(
    r"@[\w-]+|:{1,2}(?:hover|focus|active|visited|before|after|link|root|is|where|has)\b"
)
#: Selectors that ask for more than an element and what it lies in: its neighbours, or its place among them.
_NEIGHBOURS = re.compile(r"[:+~*]")
#: Shapes kept for one stylesheet; an issue has some 200.
_MOST_SHAPES = 20_000
_STYLE = ""
_MARK = "data-premailer"

#: The elements met so far, from the root down: (tag, attributes) -> what lies in such an element, with
#: the style that premailer gave it, None if it left its own, under `_STYLE`.
_Shape = dict[Any, Any]


@dataclass(slots=True)
class _Sheet:
    """A stylesheet that can be inlined, and the shapes it has styled.

    `further` names the attributes that its selectors read beyond class and style.
    """

    css: str
    further: tuple[str, ...]
    by_shape: bool
    shapes: _Shape = field(default_factory=dict)
    size: int = 0


def inline_css(document: str, css: str, template: str) -> str:
    """`document` with the rules of `css` as style attributes; `template` names the CSS in errors.

    premailer looks for each rule's elements in the whole document, which is dear; but what it gives an
    element hangs on the element and on those it lies in alone. So it is asked once for each such shape,
    and new words in known shapes cost it nothing. Raises TemplateError for rules that cannot be inlined:
    at-rules and states of an element.
    """
    sheet = _sheet(css, template)
    page = etree.fromstring(document.strip(), etree.HTMLParser())
    if sheet.by_shape:
        _style(page, sheet)
    else:
        _transform(page, css)
    # mrml's doctype, without which browsers fall into quirks mode, is not part of the element.
    return "<!doctype html>\n" + str(etree.tostring(page, method="html", encoding="utf-8"), "utf-8")


def _style(page: Any, sheet: _Sheet) -> None:
    if sheet.size > _MOST_SHAPES:
        sheet.shapes, sheet.size = {}, 0
    found = _shapes(page, sheet)
    if all(_STYLE in shape for shape in found.values()):
        for element, shape in found.items():
            if shape[_STYLE] is not None:
                element.set("style", shape[_STYLE])
        return
    before = [element.get("style") for element in found]
    _transform(page, sheet.css)
    for (element, shape), style in zip(found.items(), before, strict=True):
        after = element.get("style")
        shape[_STYLE] = after if after != style else None


def _shapes(page: Any, sheet: _Sheet) -> dict[Any, _Shape]:
    """Every element of the page with its shape, new ones made; a parent comes before what lies in it."""
    found: dict[Any, _Shape] = {}
    top, further = sheet.shapes, sheet.further
    for element in page.iter("*"):
        above = found.get(element.getparent(), top)
        get = element.get
        key: tuple[Any, ...] = (element.tag, get("class"), get("style"))
        for name in further:
            key += (get(name),)
        shape = above.get(key)
        if shape is None:
            shape = above[key] = {}
            sheet.size += 1
        found[element] = shape
    return found


@functools.lru_cache(maxsize=8)
def _sheet(css: str, template: str) -> _Sheet:
    """The stylesheet, looked through once."""
    plain = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m[0]), css, flags=re.DOTALL)
    found = _NOT_INLINE.search(plain)
    if found:
        raise fault(
            template,
            css.count("\n", 0, found.start()) + 1,
            f"{found[0]!r} cannot be written into an element",
            "put it into mj-style in layout.mjml",
        )
    rules, leftover = _rules(css, 0)
    selectors = [selector for _, selector, _ in rules]
    read = {name for selector in selectors for name in re.findall(r"\[\s*([\w-]+)", selector)}
    read |= {"id"} if any("#" in selector for selector in selectors) else set()
    return _Sheet(
        css,
        further=tuple(sorted(read - {"class", "style"})),
        by_shape=not leftover and not any(map(_NEIGHBOURS.search, selectors)),
    )


def _transform(page: Any, css: str) -> None:
    """Let premailer write `css` into the elements of `page`, and leave mrml's own styles alone."""
    for style in page.iter("style"):
        style.set(_MARK, "ignore")
    _premailer()(page, css_text=[css], **_SETTINGS).transform()
    etree.strip_attributes(page, _MARK)


def _rules(css: str, index: int) -> Any:
    return _premailer()("", **_SETTINGS)._parse_style_rules(css, index)


#: What keeps premailer from the network, from mrml's own styles and from the attributes that Outlook reads.
_SETTINGS = {
    "allow_network": False,
    "allow_loading_external_files": False,
    "strip_important": False,
    "keep_style_tags": False,
    "disable_validation": True,
    "align_floating_images": False,
    "remove_unset_properties": False,
    "disable_basic_attributes": ["align", "valign", "bgcolor", "width", "height"],
}


@functools.lru_cache(maxsize=1)
def _premailer() -> type:
    """premailer's class, reading a stylesheet once and not once an edition."""
    # One cache serves all its functions, and its 128 places are too few for our rules.
    os.environ.setdefault("PREMAILER_CACHE_MAXSIZE", "4096")
    # Imported late: it takes a third of a second.
    import cssutils
    from premailer import Premailer

    # It warns about every property that it does not know, such as mso-padding-alt.
    cssutils.log.setLevel(logging.CRITICAL)

    @functools.lru_cache(maxsize=8)
    def rules(css: str, index: int) -> Any:
        return Premailer("", **_SETTINGS)._parse_style_rules(css, index)

    class Quick(Premailer):  # type: ignore[misc]
        def _parse_style_rules(self, css_body: str, ruleset_index: int) -> Any:
            return rules(css_body, ruleset_index)

    return Quick
