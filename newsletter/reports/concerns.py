"""What in the figures should worry somebody: where mail comes back, who complains, which list loses people."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from newsletter.reports.breakdown import Group
from newsletter.reports.figures import Figures
from newsletter.reports.growth import Growth

Worry = Literal["domain-blocks", "domain-fails", "many-bounces", "complaints", "list-shrinks"]

#: Fewer than so many failures say nothing about a domain or a mailing.
_LEAST = 3
#: Of the messages to one domain; a newsletter of willing readers sees one in fifty come back.
_DOMAIN_SHARE = 0.2
_BLOCKED_SHARE = 0.1
#: Of a whole mailing: beyond these shares large providers begin to refuse the sender altogether.
_DEAD_SHARE = 0.05
_COMPLAINT_SHARE = 0.003
#: Of a list, in three months.
_LOST_SHARE = 0.05
_RECENT = 3


@dataclass(frozen=True, slots=True)
class Concern:
    """One worry: about which list, domain or issue, with the numbers that make it: `failed` of `of`, and one more."""

    worry: Worry
    about: str
    failed: int
    of: int
    more: int = 0


def domain_concerns(groups: Iterable[Group]) -> list[Concern]:
    """The domains that block us or send much back, those with the most first."""
    found = []
    for group in groups:
        figures = group.figures
        tried = figures.sent + figures.refused
        blocked = figures.policy
        if not group.real or not tried:
            continue
        if blocked >= _LEAST and blocked >= tried * _BLOCKED_SHARE:
            found.append(Concern("domain-blocks", group.name, blocked, tried, figures.failed))
        elif figures.failed >= _LEAST and figures.failed >= tried * _DOMAIN_SHARE:
            found.append(
                Concern("domain-fails", group.name, figures.failed, tried, figures.hard + figures.refused)
            )
    return sorted(found, key=lambda one: -one.failed)


def mailing_concerns(issue: str, figures: Figures) -> list[Concern]:
    """What a whole mailing shows: dead addresses, complaints."""
    found = []
    tried = figures.sent + figures.refused
    dead = figures.hard + figures.refused
    if dead >= _LEAST and dead >= tried * _DEAD_SHARE:
        found.append(Concern("many-bounces", issue, dead, tried))
    if figures.complaints >= 2 and figures.complaints >= figures.sent * _COMPLAINT_SHARE:
        found.append(Concern("complaints", issue, figures.complaints, figures.sent))
    return found


def list_concerns(lists: Sequence[Growth]) -> list[Concern]:
    """The lists that lost more people than they gained of late, and not just a few."""
    found = []
    for one in lists:
        recent = one.months[-_RECENT:]
        lost, joined = sum(month.lost for month in recent), sum(month.joined for month in recent)
        before = one.members + lost
        if lost > joined and lost - joined >= _LEAST and lost >= before * _LOST_SHARE:
            found.append(Concern("list-shrinks", one.name, lost, one.members, joined))
    return sorted(found, key=lambda one: one.more - one.failed)


_WORDS: dict[Worry, str] = {
    "domain-blocks": "{about} does not want our mail: {failed} of {of} messages were turned away for what they are.",
    "domain-fails": "{about}: {failed} of {of} messages came back or were refused, {more} of them for good.",
    "many-bounces": "{about}: {failed} of {of} addresses are dead. So many make large providers distrust the sender.",
    "complaints": "{about}: {failed} of {of} readers marked it as junk. Above 3 in 1,000 large providers turn mail away.",
    "list-shrinks": "{about}: {failed} lost in three months, {more} joined; {of} are on it now.",
}


def in_words(concern: Concern, say: Callable[[int], str]) -> str:
    """The worry as a sentence, its numbers as `say` gives them."""
    numbers = {name: say(getattr(concern, name)) for name in ("failed", "of", "more")}
    return _WORDS[concern.worry].format(about=concern.about, **numbers)
