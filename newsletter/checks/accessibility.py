"""Accessibility: texts that stand out from their ground, large enough, set evenly, and tables with headers."""

import re
from collections.abc import Iterator

from newsletter.checks.colours import contrast, over, shown
from newsletter.checks.markdown import read_markdown
from newsletter.checks.rules import Rule, Spot, Subject, finding, template_finding
from newsletter.checks.styles import Look, Seen, seen_on_screens
from newsletter.checks.templates import Clues
from newsletter.errors import Problem

CONTRAST = Rule(
    "accessibility.contrast",
    "error",
    "About one person in twelve sees colours or contrast less well, and everybody does in the sun.",
)
CONTRAST_UNKNOWN = Rule(
    "accessibility.contrast-unknown",
    "note",
    "No program can tell whether this can be read; a pair of eyes can.",
)
TEXT_SMALL = Rule(
    "accessibility.text-small",
    "warning",
    "Small type is hard on a phone, and phones enlarge it and break lines.",
)
JUSTIFIED = Rule(
    "accessibility.justified",
    "warning",
    "Justified lines have gaps, which many people with dyslexia stumble over.",
)
TABLE_HEADERS = Rule(
    "accessibility.table-headers",
    "warning",
    "A screen reader says the header with each cell; without it, numbers only.",
)
ALL_CAPITALS = Rule(
    "accessibility.capitals",
    "note",
    "Words in capitals lose their shape, and some screen readers spell them out.",
)

RULES = (CONTRAST, CONTRAST_UNKNOWN, TEXT_SMALL, JUSTIFIED, TABLE_HEADERS, ALL_CAPITALS)

CONTRAST_WANTED, CONTRAST_LARGE = 4.5, 3.0  # WCAG 2.2, 1.4.3 (AA)
LARGE, LARGE_BOLD = 24.0, 18.66  # CSS pixels: 18 pt, or 14 pt in bold
SMALLEST = 14.0  # CSS pixels
_CAPITAL_WORDS = 4


def check(subject: Subject) -> Iterator[Problem]:
    """Findings about the looks of each finished edition, each kind of fault told once for all of them."""
    known: set[tuple[object, ...]] = set()
    for page in subject.pages:
        for screen, seen in seen_on_screens(page.tree):
            # Where a personal value will stand there is the marker with the value's name.
            words = re.sub(rf"{page.edition.marker}([A-Z]+)", lambda slot: f"({slot[1].lower()})", seen.text)
            where = f"in {page.name}{screen.said} '{_short(words)}'"
            look = seen.look
            yield from _new(known, _contrast(subject, where, seen), (_colours(look), "contrast"))
            yield from _new(known, _unknown(subject, where, seen), (look.pictured, "unknown"))
            yield from _new(known, _size(subject, where, seen), (look.size, "size"))
            yield from _new(known, _setting(subject, where, seen), (look.align, "align"))
    for text in subject.texts:
        if text.kind == "markdown":
            for header in read_markdown(text.value).bare_tables:
                message = f"a table has a column without a header (its first row is '{header}')"
                remedy = "write in the first row what stands in each column"
                yield finding(subject, TABLE_HEADERS, Spot(text.field, header), message, remedy=remedy)
    yield from _capitals(subject)


def _new(
    known: set[tuple[object, ...]], found: Iterator[Problem], key: tuple[object, ...]
) -> Iterator[Problem]:
    if key not in known:
        for problem in found:
            known.add(key)
            yield problem


def _colours(look: Look) -> tuple[object, ...]:
    return look.colour, look.ground, look.opacity, look.pictured, _is_large(look)


def _contrast(subject: Subject, where: str, seen: Seen) -> Iterator[Problem]:
    look = seen.look
    if look.ground is None or look.colour is None:
        return
    colour = over((*look.colour[:3], look.colour[3] * look.opacity), look.ground)
    ratio = contrast(colour, look.ground)
    wanted = CONTRAST_LARGE if _is_large(look) else CONTRAST_WANTED
    if ratio < wanted:
        off = " where pictures are off," if look.pictured else ""
        pair = f"{shown(colour)} on {shown(look.ground)}"
        message = f"{where} is set {pair}:{off} contrast {ratio:.2f}, wanted is {wanted}"
        remedy = "choose a darker text or a lighter ground (the other way round on a dark one) in your theme or template"
        clues = Clues((seen.text, shown(look.colour)))
        yield template_finding(subject, CONTRAST, clues, message, remedy=remedy)


def _unknown(subject: Subject, where: str, seen: Seen) -> Iterator[Problem]:
    look = seen.look
    if look.pictured:
        message = f"{where} lies over a picture or gradient: its contrast is not known"
        remedy = "look at it, or give the text a ground of one colour"
    elif look.colour is None or look.ground is None:
        message = f"{where} has a colour written in a way that is not read here: its contrast is not known"
        remedy = "write the colour as #rrggbb, which every mail program knows too"
    else:
        return
    yield template_finding(subject, CONTRAST_UNKNOWN, Clues((seen.text,)), message, remedy=remedy)


def _size(subject: Subject, where: str, seen: Seen) -> Iterator[Problem]:
    if seen.look.size < SMALLEST - 0.01:
        message = f"{where} is set in {seen.look.size:.3g} pixels"
        remedy = f"set it in {SMALLEST:.0f} pixels or more in your theme or template"
        size = f"{seen.look.size:.3g}px"
        clues = Clues((seen.text, f"font-size: {size}", f'font-size="{size}"'))
        yield template_finding(subject, TEXT_SMALL, clues, message, remedy=remedy)


def _setting(subject: Subject, where: str, seen: Seen) -> Iterator[Problem]:
    if seen.look.align == "justify":
        message, remedy = f"{where} is justified", "set it left-aligned in your template"
        yield template_finding(subject, JUSTIFIED, Clues(("justify",)), message, remedy=remedy)


def _capitals(subject: Subject) -> Iterator[Problem]:
    for text in subject.texts:
        if text.kind not in {"markdown", "plain"}:
            continue
        lines = read_markdown(text.value).words.splitlines() if text.kind == "markdown" else [text.value]
        for line in lines:
            words = [word for word in line.split() if word.isalpha()]
            if (
                sum(len(word) > 3 for word in words) >= _CAPITAL_WORDS
                and line == line.upper() != line.lower()
            ):
                message = f"'{_short(line)}' is all in capitals"
                remedy = "write it in small letters; **two stars** make it strong"
                yield finding(subject, ALL_CAPITALS, Spot(text.field, line), message, remedy=remedy)


def _is_large(look: Look) -> bool:
    return look.size >= (LARGE_BOLD if look.bold else LARGE)


def _short(text: str) -> str:
    return text if len(text) <= 50 else text[:49] + "…"
