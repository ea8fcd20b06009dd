"""How each text of the finished HTML looks: colour, ground, size and setting, as mail programs inherit them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from newsletter.checks.colours import BLACK, WHITE, Colour, over, read_colour

_NOT_SEEN = {"head", "style", "script", "title", "noscript", "template"}
_HEADINGS = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "h5": 0.83, "h6": 0.67}
_NAMED_SIZES = {
    "xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0,
    "xx-large": 32.0,
}  # fmt: skip
_UNITS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 37.8, "mm": 3.78, "rem": 16.0}
_LINK: Colour = (0, 0, 238, 1)


@dataclass(frozen=True, slots=True)
class Look:
    """How a text is seen. `ground` is None over a picture or gradient, whose colours cannot be known."""

    colour: Colour = BLACK
    ground: Colour | None = WHITE
    size: float = 16.0  # CSS pixels
    bold: bool = False
    align: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """One text of the finished HTML, with blanks squeezed, and how it looks."""

    text: str
    look: Look


def seen_texts(tree: Any) -> Iterator[Seen]:
    """Every text that a reader sees, in the order of the page, as the styles in the elements make it."""
    yield from _walk(tree.getroottree().getroot(), Look())


def _walk(element: Any, above: Look) -> Iterator[Seen]:
    if not isinstance(element.tag, str) or element.tag in _NOT_SEEN:
        return
    look = _look(element, above)
    if look.hidden:
        return
    for text, child in ((element.text, None), *((child.tail, child) for child in element)):
        if child is not None:
            yield from _walk(child, look)
        words = " ".join((text or "").split())
        # Marks that only hold space (the inbox's line is filled with them) are no text.
        if any(char.isalnum() for char in words):
            yield Seen(words, look)


def _look(element: Any, above: Look) -> Look:
    style = declarations(element.get("style") or "")
    look = replace(
        above, ground=_ground(element, style, above.ground), size=_size(element, style, above.size)
    )
    if element.tag == "a":
        look = replace(look, colour=_LINK)
    if colour := read_colour(style.get("color", element.get("color") or "")):
        look = replace(look, colour=colour)
    if element.tag in {"b", "strong", "th"} or element.tag in _HEADINGS:
        look = replace(look, bold=True)
    if weight := style.get("font-weight"):
        look = replace(look, bold=weight in {"bold", "bolder"} or (weight.isdecimal() and int(weight) >= 700))
    align = style.get("text-align", (element.get("align") or "").lower())
    return replace(look, align=align or look.align, hidden=_is_hidden(style, element))


@lru_cache(maxsize=2048)
def _declared(style: str) -> tuple[tuple[str, str], ...]:
    pairs = (part.partition(":") for part in re.split(r";(?![^()]*\))", style))
    return tuple(
        (name.strip().lower(), value.replace("!important", "").strip().lower())
        for name, colon, value in pairs
        if colon
    )


def declarations(style: str) -> dict[str, str]:
    """The properties of a `style` attribute; the last of each wins."""
    return dict(_declared(style))


def _ground(element: Any, style: dict[str, str], above: Colour | None) -> Colour | None:
    short = style.get("background", "")
    if "url(" in short or "gradient(" in short or style.get("background-image", "none") != "none":
        return None
    named = (style.get("background-color", ""), *short.split()[:1], short, element.get("bgcolor") or "")
    colour = next((found for text in named if text and (found := read_colour(text))), None)
    if colour is None or colour[3] == 0:
        return above
    return over(colour, above or WHITE) if colour[3] == 1 or above else None


def _size(element: Any, style: dict[str, str], above: float) -> float:
    written = style.get("font-size", "")
    if written in _NAMED_SIZES:
        return _NAMED_SIZES[written]
    if parts := re.fullmatch(r"([\d.]+)\s*(px|pt|pc|in|cm|mm|rem|em|%)", written):
        number = float(parts[1]) if parts[1].count(".") < 2 else above
        return number * {**_UNITS, "em": above, "%": above / 100}[parts[2]]
    if written in {"smaller", "larger"} or element.tag in {"small", "big"}:
        return above * (1.2 if written == "larger" or element.tag == "big" else 0.83)
    return above * _HEADINGS.get(element.tag, 1.0)


def _is_hidden(style: dict[str, str], element: Any) -> bool:
    return (
        style.get("display") == "none"
        or style.get("visibility") == "hidden"
        or style.get("opacity") in {"0", "0.0"}
        or style.get("mso-hide") == "all"
        or element.get("hidden") is not None
    )
