"""What is told to somebody who asks why they are written to: in words that can be pasted into an answer."""

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from newsletter.cli.entries import line_in_words
from newsletter.cli.people import state_in_words, who_in_words
from newsletter.contacts import (
    CardList,
    Line,
    basis_of,
    contact_card,
    history,
    purposes,
    said,
    wording_text,
)

if TYPE_CHECKING:
    import datetime as dt

    from newsletter.config import Config
    from newsletter.database import Database

_WIDTH = 76


def letter_to(db: "Database", contact_id: int, config: "Config", now: "dt.datetime") -> str:
    """All that is on record about why we write to one person, list by list; plain text."""
    card, lines = contact_card(db, contact_id, now), history(db, contact_id)
    about = {info.list: info for info in card.lists}
    names = dict.fromkeys([*about, *(line.entry.list for line in lines)])
    parts = [
        f"This is what we have on record about {who_in_words(db, contact_id)}, on {said(now.date().isoformat())}.",
        *(_list_part(db, about.get(name), name, lines) for name in names),
        *([] if names else ["There is no list that you are on, and nothing that you agreed to."]),
        *_ending(config),
    ]
    return "\n\n".join(parts) + "\n"


def _list_part(db: "Database", info: "CardList | None", name: str, lines: "list[Line]") -> str:
    mine = [line for line in lines if line.entry.list == name]
    last = mine[-1].entry if mine else None
    title = info.name if info else name
    parts = [title, "-" * len(title)]
    if purpose := _purpose(db, name, last.effective_at if last else ""):
        parts.append(_wrapped(f"What it is for: {purpose}"))
    if info:
        parts.append(
            _wrapped(f"How it stands: {state_in_words(info.state, info.basis, info.since, info.channel)}.")
        )
        if info.state == "given":
            basis = basis_of(info.basis)
            parts.append(_wrapped(f"On what lawful basis: {basis.name} ({basis.law})."))
    parts += ["", "What was recorded, oldest first:"]
    parts += [_wrapped(line_in_words(line), "  - ") for line in mine] or ["  nothing"]
    for words, text in _wordings(db, mine):
        parts += ["", f"The words of {words}:", textwrap.indent(text.strip(), "  > ", lambda line: True)]
    return "\n".join(parts)


def _wordings(db: "Database", lines: "list[Line]") -> Iterator[tuple[str, str]]:
    digests = {line.entry.wording_digest: line.wording for line in lines if line.entry.wording_digest}
    return ((name, wording_text(db, digest)) for digest, name in digests.items())


def _purpose(db: "Database", name: str, day: str) -> str:
    """What people were told the list is for on that day; the oldest that is known where it began later."""
    told = [one for one in purposes(db) if one.list == name and one.purpose]
    before = [one for one in told if one.since[:10] <= day[:10]]
    return (before[-1] if before else told[0]).purpose if told else ""


def _ending(config: "Config") -> Iterator[str]:
    sender = config.sender
    to = sender.reply_to or sender.email
    yield _wrapped(
        f"You can stop any of this at any time, and need give no reason: answer this message, or write to {to}. "
        "You may also see, correct or have erased what we keep about you."
    )
    notice = f" How we look after your details: {sender.privacy_notice}." if sender.privacy_notice else ""
    yield _wrapped(
        "If you are not content with how we have handled this, tell us; we acknowledge a complaint within 30 "
        f"days. You can also complain to the Information Commissioner (https://ico.org.uk).{notice}"
    )


def _wrapped(text: str, first: str = "") -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )
