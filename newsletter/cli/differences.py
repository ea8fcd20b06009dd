"""What an import would do, in words: the numbers, and the first people with what changes of each."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newsletter.contacts import Plan

#: What is said of one, and of any other number.
_ROWS = {
    "added": ("person added", "people added"),
    "changed": ("person changed", "people changed"),
    "unchanged": ("person unchanged", "people unchanged"),
    "consents": ("consent recorded", "consents recorded"),
    "withdrawals": ("withdrawal recorded", "withdrawals recorded"),
    "barred": (
        "address that must never be written to again",
        "addresses that must never be written to again",
    ),
    "kept_withdrawn": ("kept withdrawn (a file never undoes a withdrawal)",) * 2,
    "suppressed": ("left out, since their address must never be written to",) * 2,
    "rejected": ("line rejected", "lines rejected"),
}
#: What stands before somebody of whom something is to be done.
MARKS = {"added": "+", "changed": "~", "barred": "!"}
_WHY = {"bounced": "it bounced", "complaint": "they complained", "request": "they were blocked there"}
_SINGLE = ("given_name", "position", "language", "postal_address", "stop", "notes")
_WIDTH = 60


def summary(plan: "Plan", title: str) -> str:
    """The numbers under a title, with what should be known of how the file was read."""
    counts = plan.counts()
    shown = [
        f"  {number:>9,}  {_ROWS[name][number != 1]}"
        for name, number in counts.items()
        if number or name == "added"
    ]
    if counts["suppressed"]:
        shown.append(f"             those are on lines {_some(plan.suppressed(12), counts['suppressed'])}")
    if plan.columns.ignored:
        ignored = plan.columns.ignored
        shown.append(f"  Columns passed over: {_some(ignored[:12], len(ignored))}.")
    shown += [f"  Note: {note}." for note in plan.notes]
    return "\n".join([title, *shown])


def differences(plan: "Plan", most: int) -> Iterator[str]:
    """The first people who would be added or changed, each with what, and how many more there are."""
    counts = plan.counts()
    for fate, mark in MARKS.items():
        for person in plan.people(fate, most):
            told = difference(person)
            yield f"{mark} {_who(told)} (line {told['line']})"
            yield from (f"      {change}" for change in told["changes"])
        if counts[fate] > most:
            yield f"{mark} … and {counts[fate] - most:,} more ({fate}); --show {counts[fate]} shows all"


def difference(person: Any) -> dict[str, Any]:
    """One person of a plan as plain data: who, on which line, and what changes, in words."""
    if person.suppress:
        changes = [f"never to be written to again: {_WHY[person.suppress]}"]
    else:
        changes = _known(person) if person.contact_id else _new(person)
        changes += [_agreed(given) for given in person.given.values()]
    return {
        "line": person.line,
        "fate": person.fate,
        "email": person.address.email,
        "name": person.contact.name,
        "id": person.contact_id,
        "changes": changes,
    }


def _known(person: Any) -> list[str]:
    return [
        f"{name.replace('_', ' ').removeprefix('field:')}: "
        + (f"{_short(was)!r} becomes {_short(to)!r}" if name in ("name", *_SINGLE) else f"+ {_short(to)}")
        for name, was, to in person.changes
    ]


def _new(person: Any) -> list[str]:
    contact = person.contact
    told = [(name, getattr(contact, name)) for name in _SINGLE]
    told += [("organisation", text) for text in contact.organisations]
    told += [("role", text) for text in contact.roles]
    told += [("tag", text) for text in contact.tags]
    told += [("address", address.email) for address in person.others]
    told += list(person.own.items())
    return [f"{name.replace('_', ' ')}: {_short(text)}" for name, text in told if text]


def _agreed(given: Any) -> str:
    from newsletter.contacts import said

    if given.kind == "withdrawn":
        since = f" on {said(given.effective_at)}" if given.dated else "; the file does not say when"
        return f"{given.list}: withdrawn{since}"
    if given.basis == "unknown":
        return f"{given.list}: on the list; the basis is unknown, so nothing is sent"
    return f"{given.list}: {given.basis} given on {said(given.effective_at)}, from {_short(given.source)!r}"


def _who(told: dict[str, Any]) -> str:
    return f"{told['name']} <{told['email']}>" if told["name"] else str(told["email"])


def _short(text: str) -> str:
    line = text.replace("\n", " / ")
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"


def _some(things: Any, number: int) -> str:
    more = f" and {number - len(things)} more" if number > len(things) else ""
    return ", ".join(str(thing) for thing in things) + more
