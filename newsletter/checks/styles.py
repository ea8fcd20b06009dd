"""How each text of the finished HTML looks: colour, ground, size and setting, as mail programs inherit them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from newsletter.checks.cascade import SCREENS, Declaration, Screen, computed, sheet_styles
from newsletter.checks.colours import BLACK, WHITE, Colour, over, read_colour

_NOT_SEEN = {"head", "style", "script", "title", "noscript", "template"}
_HEADINGS = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "h5": 0.83, "h6": 0.67}
_NAMED_SIZES = {
    "xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0,
    "xx-large": 32.0,
}  # fmt: skip
_UNITS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 37.8, "mm": 3.78, "rem": 16.0}
_AS_ABOVE = {"", "inherit", "currentcolor", "unset", "initial", "revert"}
_NOTHING = re.compile(r"0(?:\.0+)?(?:px|pt|em|%)?")
# A page that says it can be dark gets these of Apple Mail, on which no colour of its own stands.
_DARK_CANVAS: Colour = (30, 30, 30, 1)
_LINK, _LINK_DARK = (0.0, 0.0, 238.0, 1.0), (158.0, 158.0, 255.0, 1.0)

_Sheets = Mapping[Any, tuple[tuple[tuple[object, ...], Declaration], ...]]


@dataclass(frozen=True, slots=True)
class Look:
    """How a text is seen; `colour` and `ground` are None where they are written in a way that is not known here.

    With `pictured` a picture or gradient lies between, and `ground` is what is seen where pictures are off.
    """

    colour: Colour | None = BLACK
    ground: Colour | None = WHITE
    pictured: bool = False
    link: Colour = _LINK
    opacity: float = 1.0
    size: float = 16.0  # CSS pixels
    bold: bool = False
    align: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """One text of the finished HTML, with blanks squeezed, and how it looks."""

    text: str
    look: Look


def seen_on_screens(tree: Any) -> Iterator[tuple[Screen, Seen]]:
    """Every text that a reader sees, on each screen where something looks different from those before it."""
    done: list[tuple[_Sheets, Look]] = []
    root = tree.getroottree().getroot()
    for screen in SCREENS:
        sheets = sheet_styles(root, screen)
        start = _start(root, sheets, screen)
        if (sheets, start) not in done:
            done.append((sheets, start))
            for seen in _walk(root, start, sheets):
                yield screen, seen


def _start(root: Any, sheets: _Sheets, screen: Screen) -> Look:
    """What is there before the page sets anything."""
    schemes = [
        meta.get("content") or "" for meta in root.iter("meta") if (meta.get("name") or "") == "color-scheme"
    ]
    dark = screen.dark and "dark" in " ".join([*schemes, computed(root, sheets).get("color-scheme", "")])
    return Look(colour=WHITE, ground=_DARK_CANVAS, link=_LINK_DARK) if dark else Look()


def _walk(element: Any, above: Look, sheets: _Sheets) -> Iterator[Seen]:
    if not isinstance(element.tag, str) or element.tag in _NOT_SEEN:
        return
    look = _look(element, above, sheets)
    if look.hidden:
        return
    for text, child in ((element.text, None), *((child.tail, child) for child in element)):
        if child is not None:
            yield from _walk(child, look, sheets)
        words = " ".join((text or "").split())
        # Marks that only hold space (the inbox's line is filled with them) are no text.
        if any(char.isalnum() for char in words):
            yield Seen(words, look)


def _look(element: Any, above: Look, sheets: _Sheets) -> Look:
    style = computed(element, sheets)
    look = replace(above, size=_size(element, style, above.size), opacity=above.opacity * _opacity(style))
    look = _grounded(look, element, style)
    if element.tag == "a":
        look = replace(look, colour=look.link)
    written = style.get("color", element.get("color") or "")
    if written == "inherit":
        look = replace(look, colour=above.colour)
    elif written not in _AS_ABOVE:
        look = replace(look, colour=_written(written))
    if element.tag in {"b", "strong", "th"} or element.tag in _HEADINGS:
        look = replace(look, bold=True)
    if weight := style.get("font-weight"):
        look = replace(look, bold=weight in {"bold", "bolder"} or (weight.isdecimal() and int(weight) >= 700))
    align = style.get("text-align", (element.get("align") or "").lower())
    return replace(look, align=align or look.align, hidden=_is_hidden(style, element))


def _grounded(look: Look, element: Any, style: dict[str, str]) -> Look:
    """The look with the element's own ground laid over the one above."""
    written = style.get("background-color", element.get("bgcolor") or "")
    if written not in _AS_ABOVE:
        colour = _written(written)
        if colour is None:
            look = replace(look, ground=None)
        elif colour[3]:
            seen = (*colour[:3], colour[3] * look.opacity)
            ground = seen if seen[3] == 1 else over(seen, look.ground) if look.ground else None
            look = replace(look, ground=ground, pictured=look.pictured and seen[3] < 1)
    pictured = style.get("background-image", "none") not in {"none", *_AS_ABOVE} or element.get("background")
    return replace(look, pictured=True) if pictured else look


def _written(text: str) -> Colour | None:
    # The oldest way, which `bgcolor` still takes: six digits without their mark.
    return read_colour(f"#{text}" if re.fullmatch(r"[0-9a-fA-F]{6}", text) else text)


def _opacity(style: dict[str, str]) -> float:
    value = style.get("opacity", "")
    return min(float(value), 1.0) if re.fullmatch(r"\d*\.?\d+", value) else 1.0


def _size(element: Any, style: dict[str, str], above: float) -> float:
    written = style.get("font-size", "")
    if written in _NAMED_SIZES:
        return _NAMED_SIZES[written]
    if parts := re.fullmatch(r"(\d*\.?\d+)\s*(px|pt|pc|in|cm|mm|rem|em|%)", written):
        return float(parts[1]) * {**_UNITS, "em": above, "%": above / 100}[parts[2]]
    if written in {"smaller", "larger"} or element.tag in {"small", "big"}:
        return above * (1.2 if written == "larger" or element.tag == "big" else 0.83)
    return above * _HEADINGS.get(element.tag, 1.0)


def _is_hidden(style: dict[str, str], element: Any) -> bool:
    return (
        style.get("display") == "none"
        or style.get("visibility") == "hidden"
        or _opacity(style) == 0
        or (style.get("overflow") == "hidden" and bool(_NOTHING.fullmatch(style.get("max-height", ""))))
        or (element.get("hidden") is not None and "display" not in style)
    )
