"""Somebody decides about what came back: to stop, to leave all as it is, to take a new address, to put it aside."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from newsletter.contacts import (
    Actor,
    Changes,
    edit_contact,
    find_contacts,
    find_suppression,
    held_since,
    hold_back,
    operation,
    release,
    stamp,
    suppress_address,
    suppress_key,
    withdraw_consent,
)
from newsletter.database import Database
from newsletter.errors import InputError
from newsletter.replies.listing import Came, the_reply
from newsletter.replies.matching import holders_of

Word = Literal["stop", "keep", "take-address", "dismiss"]
WORDS: tuple[str, ...] = get_args(Word)

# The address that an automatic answer is from, where it is theirs; else the one that the message it answers went to.
_ENDS = """
    SELECT coalesce((SELECT a.address_key FROM addresses a WHERE a.address_key = r.address_key LIMIT 1),
        (SELECT d.recipient_key FROM deliveries d WHERE d.id = r.delivery_id AND d.contact_id = r.contact_id))
    FROM replies r WHERE r.id = ?
"""
_PEOPLES = ("reply", "opt-out", "auto-reply")


class CannotDecide(InputError):
    """This cannot be decided so; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision did. `people` are the ids of those it is about, `did` what was done, in sentences."""

    came: Came
    word: str
    people: tuple[int, ...]
    did: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """As scripts read it."""
        return {
            "id": self.came.id,
            "decision": self.word,
            "people": list(self.people),
            "did": list(self.did),
            "reply": self.came.as_dict(),
        }


def decide_reply(db: Database, number: int, word: Word, actor: Actor, now: dt.datetime) -> Decided:
    """Decide about one thing that came back, all or nothing. Raises NoSuchReply or CannotDecide.

    `stop` ends all that allows writing to them, and is the last word; `keep` leaves all as it
    was and lets go of whoever was held back; `take-address` writes to the new address from now on;
    `dismiss` puts aside what asks for nothing.
    """
    with operation(db, actor, f"mailbox decide {word}", now):
        came = the_reply(db, number)
        if refusal := _refusal(came, word):
            raise refusal
        people = _people(db, came)
        did = _DO[word](db, came, people, actor, now)
        _settle(db, came.id, word, actor, now)
    return Decided(came, word, tuple(people), tuple(did))


#: What 'stop' does, by what an automatic answer said.
_STOPS = dict.fromkeys(("left", "moved"), "nothing more to this address; what they agreed to stays")


def choices_of(db: Database, came: Came) -> dict[str, str]:
    """The words that can be said of it, each with what it does; none where nothing is to be decided."""
    people = _people(db, came)
    asked, waits = came.notice == "stop" and bool(people), came.state == "open"
    moved = came.notice == "moved" and bool(people and came.new_address) and came.state != "done"
    everything = "nothing more to them: every list is withdrawn"
    ends = "left" if came.kind == "bounce" else came.notice
    offered = {
        "stop": _STOPS.get(ends, everything) if people else "never write to the sender",
        "take-address": f"write to {came.new_address} from now on" if moved else "",
        "keep": "it was not meant so: they get what their lists allow again" if asked and waits else "",
        "dismiss": "put it aside" if waits and not asked else "",
    }
    if not people and "@" not in came.sender:
        del offered["stop"]
    return {word: does for word, does in offered.items() if does and _refusal(came, word) is None}


def _refusal(came: Came, word: str) -> CannotDecide | None:
    """Why this cannot be decided so, whoever it is about; None where it can."""
    final = came.decision in ("stop", "erased")
    # A new address may be taken once more: `contacts undo` leaves it as decided.
    if came.state == "settled" and (final or (word == came.decision and word != "take-address")):
        by = f" by {came.decided_by}" if came.decided_by else ""
        return CannotDecide(
            f"{came.id} was decided already{by}: {came.decision}",
            remedy=""
            if final
            else f"It can still be decided to stop: newsletter mailbox decide {came.id} stop",
        )
    if came.state == "done" and (came.kind not in _PEOPLES or word != "stop"):
        return CannotDecide(f"nothing is to be decided about {came.id}: what follows from it was done")
    return None


def _people(db: Database, came: Came) -> list[int]:
    """Whom it is about: whoever has the address that a wish came from or is held back by it, else the one that it names."""
    wished = (
        [*dict.fromkeys((*holders_of(db, _key_of(db, came)), *_held_by(db, came)))]
        if came.notice == "stop"
        else []
    )
    return wished or ([came.contact_id] if came.contact_id else [])


def _held_by(db: Database, came: Came) -> list[int]:
    """Who is held back by it, whatever their address is by now."""
    rows = db.conn.execute("SELECT contact_id FROM holds WHERE reply_id = ? ORDER BY contact_id", (came.id,))
    return [person for (held,) in rows.fetchall() for person in find_contacts(db, str(held))]


def _key_of(db: Database, came: Came) -> str:
    """The keyed hash of the address that the row is about."""
    row = db.one("SELECT address_key FROM replies WHERE id = ?", came.id)
    return str(row[0]) if row else ""


def _stop(db: Database, came: Came, people: list[int], actor: Actor, now: dt.datetime) -> Iterable[str]:
    if came.kind == "bounce" or came.notice in ("left", "moved"):
        return _give_up(db, came, actor, now)
    if not people:
        return _bar_sender(db, came, actor, now)
    did = [
        "nothing more is sent to them: every list is withdrawn; a slip, and no more, is taken back with `newsletter contacts undo`"
    ]
    if came.kind == "complaint":
        did.append("the address is never written to again; `newsletter suppress remove` lifts it")
        suppress_key(db, _key_of(db, came), "complaint", actor.name, now, f"complaint, number {came.id}")
    for person in people:
        withdraw_consent(
            db,
            person,
            None,
            now,
            effective_at=stamp(now),
            channel="complaint" if came.kind == "complaint" else "email",
            recorder=actor.name,
            source=f"message that came back, number {came.id}",
            delivery=came.delivery_id,
        )
        release(db, person)
        _settle_others(db, person, came.id, actor, now)
    return did


def _give_up(db: Database, came: Came, actor: Actor, now: dt.datetime) -> Iterable[str]:
    """Their mailbox ends. What they agreed to stays: it may be another address's."""
    row = db.one(_ENDS, came.id)
    key = row[0] if row else None
    if not key:
        raise CannotDecide(f"{came.id} does not say which address it is about")
    what = "bounce" if came.kind == "bounce" else "automatic answer"
    suppress_key(db, key, "bounced", actor.name, now, f"{what}, number {came.id}")
    return [
        "the address is never written to again; what they agreed to stays, for another address; `newsletter suppress remove` lifts it"
    ]


def _bar_sender(db: Database, came: Came, actor: Actor, now: dt.datetime) -> Iterable[str]:
    if "@" not in came.sender:
        raise CannotDecide(f"{came.id} names nobody: there is no address to stop writing to")
    suppress_address(db, came.sender, "request", actor.name, now, f"message that came back, number {came.id}")
    return [
        f"{came.sender} is nobody whom you know; it is never written to, whoever brings it; `newsletter suppress remove` lifts it"
    ]


def _keep(db: Database, came: Came, people: list[int], actor: Actor, now: dt.datetime) -> Iterable[str]:
    freed = [person for person in people if _let_go(db, person, came.id, now)]
    if freed:
        return ["they are held back no more: what their lists allow goes to them"]
    return ["nothing was changed"]


def _let_go(db: Database, person: int, number: int, now: dt.datetime) -> bool:
    """Whether nothing holds them back any more; another wish of theirs that waits goes on doing so."""
    if not release(db, person):
        return False
    others = _open_wishes(db, person, number)
    if others:
        hold_back(db, person, others[0], now)
    return not others


def _take_address(
    db: Database, came: Came, people: list[int], actor: Actor, now: dt.datetime
) -> Iterable[str]:
    new = came.new_address
    if came.notice != "moved" or not new or not people:
        raise CannotDecide(
            f"{came.id} brings no new address of a person whom you know",
            remedy="An address of somebody who took over is another person's: ask them whether they want the news."
            if came.notice == "left"
            else "",
        )
    if others := [one for one in find_contacts(db, new) if one not in people]:
        raise CannotDecide(
            f"{new} belongs to contact {others[0]} already",
            remedy=f"If they are one person: newsletter contacts merge {people[0]} {others[0]}",
        )
    if barred := find_suppression(db, new):
        raise CannotDecide(f"{new} must never be written to ({barred.reason})")
    edit_contact(db, people[0], Changes(primary=new), now)
    return [
        f"{new} is written to from now on; {came.email or 'the old address'} stays on the card; `newsletter contacts undo` takes it back"
    ]


def _dismiss(db: Database, came: Came, people: list[int], actor: Actor, now: dt.datetime) -> Iterable[str]:
    if came.notice == "stop" and people and came.state == "open":
        raise CannotDecide(
            f"{came.id} asks to stop, and holds somebody back: it cannot be put aside",
            remedy=f"newsletter mailbox decide {came.id} stop\nnewsletter mailbox decide {came.id} keep",
        )
    return ["put aside"]


_DO: dict[str, Callable[[Database, Came, list[int], Actor, dt.datetime], Iterable[str]]] = {
    "stop": _stop,
    "keep": _keep,
    "take-address": _take_address,
    "dismiss": _dismiss,
}


def _settle(db: Database, number: int, word: str, actor: Actor, now: dt.datetime) -> None:
    db.conn.execute(
        "UPDATE replies SET state = 'settled', decision = ?, decided_by = ?, decided_at = ? WHERE id = ?",
        (word, actor.name, stamp(now), number),
    )


def _settle_others(db: Database, person: int, number: int, actor: Actor, now: dt.datetime) -> None:
    """Whoever gets nothing more has had all their wishes to stop fulfilled."""
    for other in _open_wishes(db, person, number):
        # One from a shared address holds others back too, for whom it still waits.
        if not any(held_since(db, one) for one in _people(db, the_reply(db, other))):
            _settle(db, other, "stop", actor, now)


def _open_wishes(db: Database, person: int, but: int) -> list[int]:
    rows = db.conn.execute(
        "SELECT id FROM replies WHERE state = 'open' AND notice = 'stop' AND id <> ?2 AND (contact_id = ?1 OR contact_id IN "
        "(SELECT old_id FROM contact_aliases WHERE contact_id = ?1) OR (address_key <> '' AND address_key IN "
        "(SELECT address_key FROM addresses WHERE contact_id = ?1))) ORDER BY id",
        (person, but),
    )
    return [row[0] for row in rows]
