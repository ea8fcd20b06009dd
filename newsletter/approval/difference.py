"""What has changed between two renderings of an issue, in lines that a comms lead can read."""

import difflib
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import lxml.html

from newsletter.edition import Edition, Personal, fill_html, fill_text

_LINES = 60  # of all changes together
_WIDTH = 100  # characters of a line
_CONTEXT = 1  # lines shown round a change
_PICTURE = re.compile(r"cid:([^\"'@]+)@newsletter")
# The words that stand for personal values hang on the content: here they must not differ.
_PERSONAL = Personal(greeting="[greeting]", reason="[why the reader gets this]", stop="[how to stop]")


def differences(before: Mapping[str, Edition], after: Mapping[str, Edition]) -> list[str]:
    """Lines for each edition that is new, gone or changed; the same change in several is told once."""
    lines = [f"No longer made: the edition for {name}." for name in before if name not in after]
    lines += [f"New: an edition for {name}." for name in after if name not in before]
    told: dict[tuple[str, ...], list[str]] = {}
    for audience, edition in after.items():
        if audience in before and before[audience].digest != edition.digest:
            told.setdefault(tuple(_changes(before[audience], edition)), []).append(audience)
    if told and not any(told) and not lines:
        return ["Nothing that a reader sees has changed; what has is in the file or in the settings."]
    for changes, audiences in told.items():
        if not changes:
            continue  # only the words that stand for personal values differ: they hang on the whole issue
        lines += [f"In the edition for {', '.join(audiences)}:", *(f"  {line}" for line in changes)]
    return _bounded(lines)


def _changes(before: Edition, after: Edition) -> Iterator[str]:
    for name in ("subject", "preheader", "language"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield from (f"{name}:", f"- {old}", f"+ {new}")
    texts = [_short_lines(fill_text(edition, _PERSONAL).splitlines()) for edition in (before, after)]
    pages = [fill_html(edition, _PERSONAL) for edition in (before, after)]
    trees = [lxml.html.document_fromstring(page) for page in pages]
    yield from _pictures(before, after, [_shown_in(tree) for tree in trees])
    changed = list(_hunks(texts[0], texts[1], _titles(trees[1])))
    if not changed and _PICTURE.sub("", pages[0]) != _PICTURE.sub("", pages[1]):
        told = [_short_lines(_told(tree)) for tree in trees]
        changed = list(_hunks(told[0], told[1], _titles(trees[1])))
        changed = changed or ["the look of the HTML; its words, links and pictures are the same"]
    yield from changed


def _pictures(before: Edition, after: Edition, shown: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Pictures by what they show, since their names hang on their bytes."""
    old, new = ({picture.name for picture in edition.pictures} for edition in (before, after))
    gone = [shown[0].get(name, name) for name in sorted(old - new)]
    come = [shown[1].get(name, name) for name in sorted(new - old)]
    yield from (f"the picture's file has changed: {what}" for what in gone if what in come)
    yield from (f"picture taken out: {what}" for what in gone if what not in come)
    yield from (f"picture added: {what}" for what in come if what not in gone)


def _shown_in(tree: Any) -> dict[str, str]:
    """The name of each picture of the message -> its alternative text, in quotes."""
    images = ((_PICTURE.match(image.get("src", "")), image.get("alt")) for image in tree.iter("img"))
    return {found[1]: f"'{alt}'" if alt else "a decorative one" for found, alt in images if found}


def _hunks(old: Sequence[str], new: Sequence[str], titles: set[str]) -> Iterator[str]:
    """A unified diff of lines, each hunk under the title of its section."""
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        start = next(new_from for tag, _, _, new_from, _ in group if tag != "equal")
        title = _title_above(new[: start + 1], titles)
        yield f"under '{title}':" if title else "at the beginning:"
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                yield from (f"  {line}" for line in new[new_from:new_to] if line.strip())
                continue
            yield from (f"- {line}" for line in old[old_from:old_to] if line.strip())
            yield from (f"+ {line}" for line in new[new_from:new_to] if line.strip())


def _title_above(lines: Sequence[str], titles: set[str]) -> str:
    for line in reversed(lines):
        if _plain(line) in titles:
            return " ".join(line.strip("#=-*_ ").split())
    return ""


def _titles(tree: Any) -> set[str]:
    return {_plain("".join(heading.itertext())) for heading in tree.iter("h1", "h2")} - {""}


def _told(tree: Any) -> Iterator[str]:
    """What the HTML says, line by line: its words, where its links lead, what its pictures show."""
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in {"style", "script"}:
            text = ""
        else:
            text = " ".join((element.text or "").split())
        target, alt = (
            (element.get("href"), element.get("alt")) if isinstance(element.tag, str) else (None, None)
        )
        yield from (line for line in (text, target and f"link: {target}", alt and f"picture: {alt}") if line)
        if tail := " ".join((element.tail or "").split()):
            yield tail


def _short_lines(lines: Iterable[str]) -> list[str]:
    """Long lines broken, so that a change near the end of one is seen."""
    return [part for line in lines for part in textwrap.wrap(line, _WIDTH) or [""]]


def _plain(line: str) -> str:
    return " ".join(line.strip("#=-*_ ").casefold().split())


def _bounded(lines: Sequence[str]) -> list[str]:
    short = [line if len(line) <= 2 * _WIDTH else line[: 2 * _WIDTH - 1] + "…" for line in lines]
    more = [f"… and {len(short) - _LINES} lines more"] if len(short) > _LINES else []
    return [*short[:_LINES], *more]
