"""Online: what the servers behind the links answered, where they have been asked."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from newsletter.checks.asking import MOST_LINKS, Answer
from newsletter.checks.links import web_targets
from newsletter.checks.rules import Rule, Spot, Subject, finding
from newsletter.errors import Problem

BROKEN = Rule(
    "online.broken", "warning", "Readers come to a page that says 'not found', and think less of the rest."
)
MOVED = Rule("online.moved", "note", "Forwarding from old addresses is switched off some day.")
UNREACHABLE = Rule(
    "online.unreachable", "note", "It may be down, or answer people only: look at it in a browser."
)
PRIVATE = Rule("online.private", "warning", "Readers outside your network cannot open it.")
NOT_ASKED = Rule("online.not-asked", "note", "A check that takes all day is run by nobody.")

RULES = (BROKEN, MOVED, UNREACHABLE, PRIVATE, NOT_ASKED)


def check(subject: Subject) -> Iterator[Problem]:
    """Findings about every link for which `subject.answers` has an answer; none where nobody asked."""
    if not subject.answers:
        return
    if len(subject.answers) > 1 and all(answer.gone for answer in subject.answers.values()):
        message = "not one of the hosts is known; this machine seems to be offline"
        yield finding(subject, UNREACHABLE, "sections", message, remedy="try again when it is online")
        return
    missing = 0
    told: set[str] = set()
    for field, target in web_targets(subject):
        answer = subject.answers.get(target)
        missing += answer is None
        if answer and target not in told:
            told.add(target)
            yield from _about(subject, Spot(field, target), target, answer)
    if missing:
        message = f"{missing} links were not asked; {MOST_LINKS} are at most"
        yield finding(subject, NOT_ASKED, "sections", message, remedy="look at the others by hand")


def _about(subject: Subject, spot: Spot, target: str, answer: Answer) -> Iterator[Problem]:
    if answer.private:
        message = f"'{target}' was not asked: {answer.trouble}"
        yield finding(subject, PRIVATE, spot, message, remedy="link to a page that everybody can open")
    elif answer.status in {404, 410} or answer.gone:
        said = answer.trouble or f"the server says {answer.status}, not found"
        remedy = "correct the address, or take the link out"
        yield finding(subject, BROKEN, spot, f"'{target}' leads nowhere: {said}", remedy=remedy)
    elif answer.trouble or answer.status >= 400:
        said = answer.trouble or f"the server says {answer.status}"
        remedy = "open it in a browser; if it works there, all is well"
        yield finding(subject, UNREACHABLE, spot, f"'{target}' could not be looked at: {said}", remedy=remedy)
    elif answer.moved and _place(answer.final) != _place(target):
        message = f"'{target}' has moved for good to '{answer.final}'"
        yield finding(subject, MOVED, spot, message, remedy=f"write {answer.final}")


def _place(target: str) -> tuple[str, str, str]:
    parts = urlsplit(target)
    return (parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/"), parts.query)
