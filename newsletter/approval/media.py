"""Nobody is shown who has not agreed to it: the permissions that an issue names, asked of the ledger."""

import datetime as dt
from collections.abc import Iterator, Mapping

from newsletter.contacts import Permission, keep_use, permissions, permissions_lost
from newsletter.database import Database
from newsletter.errors import NotAllowed, Problem
from newsletter.issue import Issue, Shown, names_person, shown_in

_TITLES = {
    "dr",
    "prof",
    "professor",
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "sir",
    "dame",
    "rev",
    "reverend",
    "phd",
}
_ADD = "newsletter media add {} --person ADDRESS --covers photo,name --given-on DATE --source TEXT"


class NotPermitted(NotAllowed):
    """Somebody is shown whose permission does not allow it."""


def require_permissions(db: Database, issue: Issue, now: dt.datetime) -> tuple[str, ...]:
    """The permissions that the issue names, all of them known, in force today and covering what is shown.

    Raises NotPermitted with every one that is not, its place in the YAML, and the mend.
    """
    shown = [one for one in shown_in(issue) if one.permissions]
    names = tuple(dict.fromkeys(name for one in shown for name in one.permissions))
    known = {found.permission: found for found in permissions(db, names)} if names else {}
    day = now.astimezone(dt.UTC).date().isoformat()
    problems = [problem for one in shown for problem in _problems(issue, one, known, day)]
    if problems:
        raise NotPermitted(
            problems=problems, remedy=_remedy(db, issue.slug, [n for n in names if n not in known])
        )
    return names


def keep_permissions(db: Database, issue: Issue, now: dt.datetime, *, queued: bool = False) -> None:
    """Keep which permissions the issue leans on, so that a withdrawal finds it. Raises as `require_permissions`.

    `queued`: a mailing of it began with pictures of its own, and keeps what those lean on.
    """
    keep_use(db, issue.slug, require_permissions(db, issue, now), now, beside=queued)


def require_kept_permissions(db: Database, slug: str, now: dt.datetime) -> None:
    """Ask again for what was queued as it is: its own words and pictures, whatever the YAML says by now.

    Raises NotPermitted where a permission that it was queued with no longer holds.
    """
    lost = permissions_lost(db, slug, now)
    if lost:
        told = "; ".join(f"{name}: {reason}" for name, reason in lost.items())
        raise NotPermitted(
            f"{slug} shows people who do not allow it any more: {told}",
            remedy="What waits is not sent, and what was sent cannot be called back. The messages that wait were "
            "frozen as they are: whom they were for a new issue can reach, without what is shown. If the person "
            f"agrees again, record it with `newsletter media add` and type `newsletter send {slug}` once more.",
        )


def _problems(issue: Issue, shown: Shown, known: Mapping[str, Permission], day: str) -> Iterator[Problem]:
    found = [known[name] for name in shown.permissions if name in known]
    for name in shown.permissions:
        if name not in known:
            message = f"the permission {name} is not known to this database"
            yield _problem(issue, shown, message, "record it, or correct the word")
        elif reason := known[name].reason_not_to_show(day):
            message = f"the permission {name} does not hold: {reason}"
            yield _problem(
                issue, shown, message, "take out what is shown, or ask the person anew and record it"
            )
    if len(found) == len(shown.permissions):
        yield from _uncovered(issue, shown, found)


def _uncovered(issue: Issue, shown: Shown, found: list[Permission]) -> Iterator[Problem]:
    """What is shown and not covered; a picture may show several people, each with a permission of their own."""
    if shown.name:
        if not any(_same_person(shown.name, one.person) for one in found):
            message = f"the permission {found[0].permission} is not {shown.name}'s, but {found[0].person}'s"
            yield _problem(
                issue,
                shown,
                message,
                "name the permission of the person who is shown; for one person with two names, write them alike",
            )
            return
        covered = {cover for one in found for cover in one.covers}
        yield from _missing(issue, shown, found[0].permission, [c for c in shown.covers if c not in covered])
        return
    for one in found:
        wanted = [*shown.covers, *(["name"] if names_person(shown.words, one.person) else [])]
        yield from _missing(issue, shown, one.permission, [c for c in wanted if c not in one.covers])


def _missing(issue: Issue, shown: Shown, name: str, missing: list[str]) -> Iterator[Problem]:
    if missing:
        what = " and ".join(missing)
        message = f"the permission {name} does not cover what is shown: {what}"
        yield _problem(issue, shown, message, f"take out the {what}, or ask for it and record it")


def _problem(issue: Issue, shown: Shown, message: str, remedy: str) -> Problem:
    field = f"{shown.field}.permission"
    place = issue.place(field)
    return Problem("media.permission", "error", place.path, place.line, field, message, remedy)


def _remedy(db: Database, slug: str, unknown: list[str]) -> str:
    if unknown and not permissions(db):
        return (
            "No permission to show anybody is recorded in this database yet. Record each as it was given:\n"
            + "\n".join(f"  {_ADD.format(name)}" for name in unknown)
        )
    return (
        f"See what is recorded with `newsletter media list`; then look again with `newsletter check {slug}`."
    )


def _same_person(name: str, other: str) -> bool:
    """Whether two names may be one person's: titles, middle names and maiden names come and go.

    A family name alone is not enough where the given names are others: that is a sister, or a namesake.
    """
    if "@" in other or not other:
        return True
    ours, theirs = _words(name), _words(other)
    if not any(len(word) > 1 for word in set(ours) & set(theirs)):
        return False
    return ours[0] in theirs or theirs[0] in ours or ours[0][0] == theirs[0][0]


def _words(name: str) -> list[str]:
    """The words of a name without titles, in small letters."""
    words = (word.strip(".,’'").casefold() for word in name.split())
    return [word for word in words if word and word not in _TITLES]
