"""All that the page shows at one moment, put in words."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError

from newsletter.checks import RULES
from newsletter.errors import Problem
from newsletter.preview.drawing import Checked, Drawn, Faulty
from newsletter.preview.session import Scene
from newsletter.preview.source import SourceFile, anchor

#: Gmail shows about 102 kB of a message's HTML and hides the rest behind a link; the checks warn and fail before.
GMAIL_CUTS, WARNS, FAILS = 102_000, 90_000, 100_000
_LEVELS = {
    "error": ("Errors", "mend these first; nothing is sent until then"),
    "warning": ("Warnings", "look at these"),
    "note": ("Notes", "good to know"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding with where it leads: a line of the source, and a section of the email, '' where there is none."""

    problem: Problem
    place: str
    anchor: str
    section: str
    why: str


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one level."""

    level: str
    title: str
    advice: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Meter:
    """A size against Gmail's limit, in words and as a share from 0 to 100."""

    share: float
    level: str
    words: str


def problems_of(scene: Scene, checked: Checked | Faulty | None) -> tuple[Problem, ...]:
    """What is to be mended: what stands against drawing, else what the checks found."""
    found = scene.faulty or checked
    return tuple(dict.fromkeys(found.problems)) if found else ()


def groups_of(
    problems: Iterable[Problem], files: Sequence[SourceFile], issue: str, drawn: Drawn | None
) -> tuple[Group, ...]:
    """The findings by level, the grave ones first."""
    findings = [
        Finding(one, _place(one, issue), anchor(files, one), _section(one, drawn), _why(one))
        for one in problems
    ]
    groups = (
        Group(level, title, advice, tuple(one for one in findings if one.problem.level == level))
        for level, (title, advice) in _LEVELS.items()
    )
    return tuple(group for group in groups if group.findings)


def status_of(scene: Scene, checked: Checked | Faulty | None, zone: dt.tzinfo) -> str:
    """What happened last, in a sentence or two, as a screen reader announces it; None: not checked yet."""
    at = f"{scene.drawn_at.astimezone(zone):%H:%M:%S}" if scene.drawn_at else ""
    if scene.faulty:
        number = _counted(len(scene.faulty.problems), "problem")
        rest = f"What you see is the last good version, of {at}." if at else "Nothing could be drawn yet."
        return f"{number} to mend. {rest}"
    if checked is None:
        return f"Redrawn at {at}. Checking …"
    counts = [_counted(sum(one.level == level for one in checked.problems), level) for level in _LEVELS]
    said = ", ".join(count for count in counts if not count.startswith("0 "))
    return f"Redrawn at {at}. {said or 'The checks found nothing'}."


def meter_of(drawn: Drawn) -> Meter:
    """How large the HTML is that this audience gets."""
    size = len(drawn.edition.html.encode())
    level = "error" if size >= FAILS else "warning" if size >= WARNS else "good"
    advice = {
        "error": "Too large: Gmail would cut the end off.",
        "warning": "Near the limit: shorten it, or link to the rest.",
        "good": "Well within the limit.",
    }[level]
    words = f"{size / 1000:.1f} kB of the {GMAIL_CUTS // 1000} kB that Gmail shows. {advice}"
    return Meter(min(100.0, size * 100 / GMAIL_CUTS), level, words)


def language_name(tag: str) -> str:
    """'Welsh' for cy, as the page's own English calls it; the tag itself where it has no name."""
    try:
        return Locale.parse(tag, sep="-").get_display_name("en") or tag
    except (UnknownLocaleError, ValueError):
        return tag


def languages_named(tags: Sequence[str]) -> str:
    """'Welsh, then English': the languages of one message in their order."""
    return ", then ".join(language_name(tag) for tag in tags)


def _place(problem: Problem, issue: str) -> str:
    if not problem.line:
        return problem.path
    return f"Line {problem.line}" if problem.path == issue else f"{problem.path}, line {problem.line}"


def _section(problem: Problem, drawn: Drawn | None) -> str:
    """The anchor in the email of the section that a field belongs to."""
    steps = problem.field.split(".")
    if drawn is None or len(steps) < 2 or steps[0] != "sections" or not steps[1].isdecimal():
        return ""
    index = int(steps[1])
    return f"section-{drawn.shown.index(index) + 1}" if index in drawn.shown else ""


def _why(problem: Problem) -> str:
    return RULES[problem.check].why if problem.check in RULES else ""


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
