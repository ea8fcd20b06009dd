"""Which declarations hold for each element: the page's style sheets with its `style` attributes (CSS cascade)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from newsletter.checks.colours import read_colour


@dataclass(frozen=True, slots=True)
class Screen:
    """How a message is looked at; `sheets` is False in mail programs that drop every <style>."""

    said: str
    width: int = 700  # CSS pixels
    dark: bool = False
    sheets: bool = True


#: What is looked at, the usual first. A screen on which nothing looks different is passed over.
SCREENS = (
    Screen(""),
    Screen(" on a dark screen", dark=True),
    Screen(" on a phone", width=375),
    Screen(" where style sheets are dropped", sheets=False),
)


@dataclass(frozen=True, slots=True)
class Declaration:
    name: str
    value: str
    important: bool = False


@dataclass(frozen=True, slots=True)
class _Rule:
    """One selector with what it sets; `media` are the conditions around it, all of which must hold."""

    xpath: Any
    specificity: tuple[int, int, int]
    media: tuple[str, ...]
    sets: tuple[Declaration, ...]


# What the look of a text hangs on; the rest of a sheet costs nothing.
_LOOKS = re.compile(
    r"color|background|background-color|background-image|font|font-size|font-weight|text-align|display|visibility"
    r"|opacity|max-height|overflow|color-scheme"
)
_WIDTH = re.compile(r"\((?:(min|max)-width:|width(<=|>=|<|>))([\d.]+)(px|em|rem)\)")
_PICTURE = re.compile(r"url\(|gradient\(|image-set\(")


@lru_cache(maxsize=4096)
def read_style(text: str) -> tuple[Declaration, ...]:
    """The declarations of a `style` attribute in their order, names and values in small letters."""
    found = []
    for part in re.split(r";(?![^()]*\))", text):
        name, colon, value = part.partition(":")
        value, important, _ = value.lower().partition("!important")
        if colon:
            found.append(Declaration(name.strip().lower(), value.strip(), bool(important)))
    return tuple(found)


def sheet_styles(tree: Any, screen: Screen) -> dict[Any, tuple[tuple[tuple[object, ...], Declaration], ...]]:
    """For each element that the page's style sheets reach on `screen`: what they set, with its weight."""
    found: dict[Any, list[tuple[tuple[object, ...], Declaration]]] = {}
    rules = _page_rules(tree) if screen.sheets else ()
    for order, rule in enumerate(rules):
        if all(_holds(condition, screen) for condition in rule.media):
            for element in rule.xpath(tree):
                found.setdefault(element, []).extend(
                    ((one.important, False, rule.specificity, order), one) for one in rule.sets
                )
    return {element: tuple(sets) for element, sets in found.items()}


def computed(
    element: Any, sheets: Mapping[Any, tuple[tuple[tuple[object, ...], Declaration], ...]]
) -> dict[str, str]:
    """The properties that hold for the element: of each the declaration that weighs most, or stands last."""
    own = read_style(element.get("style") or "")
    weighed = [*sheets.get(element, ()), *(((one.important, True, (0, 0, 0), 0), one) for one in own)]
    weighed.sort(key=lambda pair: pair[0])  # stable: of equal weight the last wins
    return {name: value for _, one in weighed for name, value in _expanded(one)}


def _expanded(one: Declaration) -> Iterator[tuple[str, str]]:
    """A declaration, with the parts that matter here where it sets several at once."""
    if one.name == "background":
        colours = [part for part in re.split(r"\s+(?![^()]*\))", one.value) if read_colour(part)]
        picture = _PICTURE.search(one.value)
        plain = one.value if not picture and " " not in one.value else "transparent"
        yield "background-color", colours[0] if colours else "transparent" if plain == "none" else plain
        yield "background-image", one.value if picture else "none"
    elif one.name == "font" and (size := re.search(r"(?:^|\s)([\d.]+(?:px|pt|em|rem|%))", one.value)):
        yield "font-size", size[1]
        yield "font-weight", "bold" if re.search(r"\b(?:bold|bolder|[7-9]00)\b", one.value) else "normal"
    else:
        yield one.name, one.value


def _page_rules(tree: Any) -> tuple[_Rule, ...]:
    return tuple(
        rule
        for style in tree.getroottree().getroot().iter("style")
        for rule in _sheet_rules(style.text or "", style.get("media") or "")
    )


@lru_cache(maxsize=16)
def _sheet_rules(text: str, media: str) -> tuple[_Rule, ...]:
    import tinycss2

    rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    return tuple(_read_rules(rules, (media,) if media else ()))


def _read_rules(rules: Any, media: tuple[str, ...]) -> Iterator[_Rule]:
    import tinycss2

    for rule in rules:
        if rule.type == "at-rule" and rule.lower_at_keyword == "media" and rule.content:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            yield from _read_rules(inner, (*media, tinycss2.serialize(rule.prelude)))
        elif rule.type == "qualified-rule":
            found = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
            sets = tuple(
                Declaration(one.lower_name, tinycss2.serialize(one.value).strip().lower(), one.important)
                for one in found
                if one.type == "declaration" and _LOOKS.fullmatch(one.lower_name)
            )
            if sets:
                yield from _selected(tinycss2.serialize(rule.prelude).strip(), media, sets)


def _selected(selectors: str, media: tuple[str, ...], sets: tuple[Declaration, ...]) -> Iterator[_Rule]:
    from cssselect import HTMLTranslator, SelectorError, parse
    from lxml import etree

    translator = HTMLTranslator()
    try:
        for selector in parse(selectors):
            # What `::before` makes is no text of the page; `:hover` matches nothing by itself.
            if selector.pseudo_element is None:
                xpath = translator.selector_to_xpath(selector, prefix="/descendant-or-self::")
                yield _Rule(etree.XPath(xpath), selector.specificity(), media, sets)
    except SelectorError:
        return  # CSS drops a rule whose selector cannot be read, and so do mail programs


def _holds(media: str, screen: Screen) -> bool:
    return any(_all_hold(query, screen) for query in media.lower().split(","))


def _all_hold(query: str, screen: Screen) -> bool:
    for part in re.split(r"\s+and\s+", query.strip()):
        condition = re.sub(r"\s+", "", part).removeprefix("only")
        if width := _WIDTH.fullmatch(condition):
            limit = float(width[3]) * (1 if width[4] == "px" else 16)
            held = (
                screen.width >= limit
                if width[1] == "min" or (width[2] or "")[:1] == ">"
                else screen.width <= limit
            )
        elif condition.startswith("(prefers-color-scheme:"):
            held = condition.endswith(":dark)") == screen.dark
        else:
            held = condition in {"screen", "all", ""}
        if not held:
            return False
    return True
