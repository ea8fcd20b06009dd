"""Preferences by a signed link: lists on and off, format, language, a pause; what is stored is never shown.

Messages are passed on, and their links with them. So a link may take away, pause and reshape at once,
but a yes to a list that is not in force yet waits for the answer to a message that asks to confirm, with
the words that were shown.
"""

import sqlite3

from newsletter.contacts import (
    Changes,
    ConsentEvent,
    contact_card,
    edit_contact,
    held_since,
    stamp,
    standing,
)
from newsletter.database import Database
from newsletter.replies.forms import Preferring, arrived_at, preferring
from newsletter.replies.joining import ON_PAPER, ask_to_confirm, wants
from newsletter.replies.optouts import delivery_of, leave_lists
from newsletter.replies.sealing import Arrival
from newsletter.replies.taking import Desk, Outcome, Word, closed_in, unknown_in, why_closed

_WORDS: tuple[Word, ...] = ("asked", "done", "stood", "held", "refused")


def prefer(desk: Desk, arrival: Arrival, only: tuple[str, ...] = ()) -> Outcome:
    """Change what the holder of a link asks to have changed. `only` are lists that had to wait the last time."""
    form = preferring(arrival)
    row = delivery_of(desk.db, "preferences", form.token)
    if row is None:
        return Outcome("refused", "its link is none of ours, or not for this")
    if not row["person"]:
        return Outcome("gone")
    joining = tuple(name for name in form.lists if not only or name in only)
    closed = closed_in(desk, joining)
    missing = unknown_in(desk, tuple(name for name in joining if name not in closed), dict(form.wordings))
    words = [] if only else [*_leave(desk, arrival, form, row), *_settle(desk, form, row["person"])]
    joined = {name: _join(desk, arrival, form, row, name) for name in joining if name not in missing}
    if missing:
        return Outcome("aside", "; ".join(sorted(missing.values())), tuple(missing))
    refused = [name for name, word in joined.items() if word == "refused"]
    return Outcome(min([*words, *joined.values()], key=_WORDS.index, default="stood"), why_closed(refused))


def _leave(desk: Desk, arrival: Arrival, form: Preferring, row: sqlite3.Row) -> list[Word]:
    known = {name for (name,) in desk.db.conn.execute("SELECT list FROM lists")}
    lists = [name for name in form.stop if name in known]
    if form.stop_all_but is not None:
        named = {*lists, *form.lists, *form.stop_all_but}
        lists += [name for name in _on(desk, row["person"]) if name in known - named]
    gone = leave_lists(desk.db, row, lists, desk.now, at=arrived_at(arrival, desk.now), channel="web")
    return ["done" if gone else "stood"] if lists else []


def _on(desk: Desk, person: int) -> list[str]:
    """The lists that somebody gets, or has asked for."""
    return [
        info.list
        for info in contact_card(desk.db, person, desk.now).lists
        if info.state in ("given", "unconfirmed")
    ]


def _settle(desk: Desk, form: Preferring, person: int) -> list[Word]:
    """Set format, language and pause; paper waits, under a tag, until there is a postal address."""
    values = {"language": form.language} if form.language else {}
    if form.pause_until:
        values["paused_until"] = "" if form.pause_until == "end" else form.pause_until
    tags: tuple[str, ...] = ()
    if form.format in ON_PAPER and not _has_postal_address(desk.db, person):
        tags = (wants(form.format),)
    elif form.format:
        values["format"] = form.format
    if not values and not tags:
        return []
    edit_contact(desk.db, person, Changes(fields=values, add_tags=tags), desk.now)
    return ["done"]


def _has_postal_address(db: Database, person: int) -> bool:
    row = db.one("SELECT postal_address FROM contacts WHERE id = ?", person)
    return bool(row and row["postal_address"])


def _join(desk: Desk, arrival: Arrival, form: Preferring, row: sqlite3.Row, name: str) -> Word:
    person = row["person"]
    address = desk.db.one(
        "SELECT address_key, email FROM addresses WHERE contact_id = ? AND is_primary = 1", person
    )
    if address is None or _barred(desk.db, person, address["address_key"]):
        return "held"
    stood = standing(desk.db, person, name)
    if stood.holds_on(stamp(desk.now)[:10]) and stood.basis == "consent":
        return "stood"
    if closed_in(desk, (name,)):
        return "refused"
    event = ConsentEvent(
        person,
        name,
        "given",
        "consent",
        arrived_at(arrival, desk.now),
        "web",
        "reader",
        wording_digest=form.wordings[name],
        detail={"source": "preferences on the public pages"},
    )
    return ask_to_confirm(desk, [event], address["email"])


def _barred(db: Database, person: int, key: str) -> bool:
    """Whether nobody writes to them, or to their address."""
    return bool(
        db.one("SELECT 1 FROM contacts WHERE id = ? AND stop <> ''", person)
        or db.one("SELECT 1 FROM suppressions WHERE address_key = ?", key)
        or held_since(db, person)
    )
