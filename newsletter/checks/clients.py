"""Mail programs: what a template of one's own uses that some of them do not know."""

from collections.abc import Iterator
from functools import lru_cache

from newsletter.checks.marks import marks_in
from newsletter.checks.pages import Page, read_pages
from newsletter.checks.rules import Rule, Subject, finding, template_finding
from newsletter.checks.support import CLIENTS, Feature, read_support
from newsletter.checks.templates import Clues
from newsletter.config import shipped
from newsletter.edition import render_all
from newsletter.errors import InputError, Problem

UNSUPPORTED = Rule(
    "clients.unsupported", "warning", "Readers with these programs get something else than you see."
)
PARTLY = Rule("clients.partly", "note", "It works there in part or in some versions only: look at it.")
DATA = Rule("clients.data", "warning", "Without its data this family finds nothing.")

RULES = (UNSUPPORTED, PARTLY, DATA)


def check(subject: Subject) -> Iterator[Problem]:
    """Findings about what the finished HTML has beyond what the shipped templates make of the same issue."""
    try:
        features = read_support(subject.team.root)
    except InputError as error:
        remedy = "write it anew: newsletter check --refresh-clients npm"
        yield finding(subject, DATA, "", error.message, remedy=remedy)
        return
    known = shipped_marks()
    new = [(page, feature) for page in subject.pages for feature in _used(page, features, known)]
    if not new:
        return
    # Only now is it worth the time to render the issue with the shipped templates, to be exact.
    plain = read_pages(render_all(subject.issue, subject.config))
    ours = known.union(*(marks_in(page.tree) for page in plain))
    told: set[str] = set()
    for page, feature in new:
        marks = (marks_in(page.tree) - ours).intersection(feature.marks)
        if feature.slug not in told and marks:
            told.add(feature.slug)
            yield from _about(subject, page, feature, Clues(tuple(_clue(mark) for mark in sorted(marks))))


def _used(page: Page, features: tuple[Feature, ...], known: frozenset[str]) -> Iterator[Feature]:
    marks = marks_in(page.tree) - known
    return (feature for feature in features if marks.intersection(feature.marks))


def _clue(mark: str) -> str:
    """What of a mark stands in a template as it is: `<video` of `<video>`, `.webp` of `image webp`."""
    kind, _, word = mark.partition(" ")
    if kind == "image":
        return f".{word}"
    if kind == "selector":
        return ""
    return word if kind in {"value", "unit"} else mark.rstrip(">)")


def _about(subject: Subject, page: Page, feature: Feature, clues: Clues) -> Iterator[Problem]:
    remedy = f"see that it reads well without it; https://www.caniemail.com/features/{feature.slug}/ has the details"
    for rule, programs, said in (
        (UNSUPPORTED, feature.unsupported, "is not known to"),
        (PARTLY, feature.partly, "works only in part in"),
    ):
        if programs:
            names = ", ".join(CLIENTS.get(program, program) for program in programs)
            message = f"{page.name} uses '{feature.title}', which {said} {names}"
            yield template_finding(subject, rule, clues, message, remedy=remedy)


@lru_cache(maxsize=1)
def shipped_marks() -> frozenset[str]:
    """What MJML and the shipped templates make of any issue."""
    return frozenset(shipped("checks/shipped-marks.txt").read_text(encoding="utf-8").split("\n"))
