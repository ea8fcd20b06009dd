"""Media: everybody who is shown has agreed to that, and the issue names where that is recorded."""

from collections.abc import Iterator

from newsletter.checks.rules import Rule, Subject, finding
from newsletter.errors import Problem
from newsletter.issue import Shown, names_person, people_named_in, shown_in

MEMBER = Rule(
    "media.member",
    "warning",
    "A face or somebody's own words are theirs: they agree before it is shown, and may take it back.",
)
PICTURE = Rule(
    "media.picture", "warning", "Whoever can be known in a picture agrees before it goes to everybody."
)

RULES = (MEMBER, PICTURE)

_REMEDY = (
    "record it with `newsletter media add`, and name it beside this: `permission: M-12`; where nobody real is "
    "shown, allow this with the reason"
)


def check(subject: Subject) -> Iterator[Problem]:
    """Findings about people and pictures without a permission; whether one is in force, `approve` asks."""
    people = people_named_in(subject.issue)
    for shown in shown_in(subject.issue):
        if shown.permissions:
            continue
        if shown.name:
            yield from _member(subject, shown)
        elif name := next((name for name in people if names_person(shown.words, name)), ""):
            message = f"{name} is named with this picture, and no permission is"
            yield finding(subject, PICTURE, shown.field, message, remedy=_REMEDY)


def _member(subject: Subject, shown: Shown) -> Iterator[Problem]:
    what = {"photo": "a picture", "quote": "words of their own"}
    found = " and ".join(what[cover] for cover in ("photo", "quote") if cover in shown.covers)
    if found:
        message = f"{shown.name} is shown with {found}, and no permission is named"
        yield finding(subject, MEMBER, shown.field, message, remedy=_REMEDY)
