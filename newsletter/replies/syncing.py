"""What came in on the public pages becomes entries of the ledger, people, preferences and requests.

| an arrival is | how it gets there | what may follow |
|---|---|---|
| in the inbox | the public pages have answered for it | taken over, set aside |
| taken over | its effect and its id are committed together | removed from the inbox |
| set aside | it cannot be taken over as it is: kept closed, with the reason | taken over at a later sync |

Removed from the inbox is only what has been committed. Killed anywhere, the next sync finds in the inbox
what it knows by its id already, and removes it. Nothing is taken over twice.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from newsletter.addresses import BadAddress, normalise
from newsletter.contacts import Actor, operation, stamp, sync_lists
from newsletter.database import Database, reason_not_to_send, transaction
from newsletter.errors import ConfigError, InputError, NewsletterError, NotAllowed, ServerUnavailable
from newsletter.replies.forms import arrived, asked_for, one_click, token_in
from newsletter.replies.joining import confirm, renew, subscribe
from newsletter.replies.optouts import delivery_of, withdraw_by_token
from newsletter.replies.preferring import prefer
from newsletter.replies.sealing import Arrival, Sealed, Unreadable, unseal
from newsletter.replies.taking import Desk, Outcome
from newsletter.tokens import address_key

_OPTED_OUT: dict[str, Outcome] = {
    "withdrawn": Outcome("done"),
    "stood": Outcome("stood"),
    "gone": Outcome("gone"),
    "forged": Outcome("refused", "its link is none of ours, or not for this"),
}
_READER = Actor("reader", "pages")


class Intake(Protocol):
    """An inbox, here or on the public host; `name` is how it is told."""

    name: str

    def waiting(self) -> Sequence[Sealed]:
        """Some of what waits, oldest first; nothing: it is empty."""

    def remove(self, ids: Sequence[str]) -> None:
        """Take these out for good."""


@dataclass(slots=True)
class Taken:
    """What a sync has done: how many by kind and outcome, why some were refused, and what lies aside now."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    again: int = 0
    aside: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many were taken over that had not been before."""
        return sum(self.counts.values())


def take_over(
    desk: Desk,
    sources: Sequence[Intake],
    tell: Callable[[int], None] = lambda _: None,
    into: Taken | None = None,
) -> Taken:
    """Take over all that waits, and try again what lay aside; `tell` hears how many were looked at so far.

    It is counted in what is returned, or in `into`, which then has it also where this does not come to its end.

    Raises ConfigError for a database that is a copy or was restored: what came in is for the one that sends.
    Raises ServerUnavailable where a source cannot be read to its end; what was taken over until then stays.
    """
    if reason := reason_not_to_send(desk.db):
        raise ConfigError(f"nothing can be taken over: {reason}")
    sync_lists(desk.db, desk.config, desk.now)
    taken = into or Taken()
    for sealed, lists in _aside(desk.db):
        _note(taken, sealed, take(desk, sealed, again=lists), again=True)
    for source in sources:
        _drain(desk, source, taken, tell)
    taken.aside = count_aside(desk.db)
    return taken


def take(desk: Desk, sealed: Sealed, *, again: tuple[str, ...] | None = None) -> Outcome | None:
    """Take over one arrival, once; None where that was done before. `again` says that it lay aside, with these lists.

    Its id and all that comes of it are committed together.
    """
    arrival = None
    try:
        arrival = unseal(sealed, desk.db.key)
        with operation(desk.db, _READER, f"sync {arrival.kind}", desk.now):
            if again is None and _is_known(desk.db, sealed.id):
                return None
            found = _take(desk, arrival, again or ())
            _keep(desk, sealed, found, arrival)
    except (Unreadable, InputError, NotAllowed) as error:
        # Whatever it is that cannot be done with it: none of it was, and it is not lost.
        with transaction(desk.db):
            if again is None and _is_known(desk.db, sealed.id):
                return None
            found = Outcome("aside", _plain(error))
            _keep(desk, sealed, found, arrival)
    return found


def count_aside(db: Database) -> dict[str, int]:
    """How many lie aside, by reason."""
    rows = db.conn.execute("SELECT reason, count(*) FROM arrivals_aside GROUP BY reason ORDER BY reason")
    return {row[0]: row[1] for row in rows}


def forget_aside(db: Database, now: dt.datetime) -> int:
    """Give up what lies aside; how many that were."""
    with transaction(db):
        db.conn.execute(
            "UPDATE arrivals SET outcome = 'refused', taken_at = ? WHERE id IN (SELECT id FROM arrivals_aside)",
            (stamp(now),),
        )
        return db.conn.execute("DELETE FROM arrivals_aside").rowcount


def _drain(desk: Desk, source: Intake, taken: Taken, tell: Callable[[int], None]) -> None:
    number = _begin(desk, source.name)
    before, seen = taken.total, set[str]()
    try:
        while waiting := source.waiting():
            ids = [one.id for one in waiting]
            _require_removed(source, seen, ids)
            for one in waiting:
                _note(taken, one, take(desk, one))
                tell(taken.total + taken.again)
            source.remove(ids)
            seen.update(ids)
    except NewsletterError as error:
        _end(desk, number, taken.total - before, error.message)
        raise
    _end(desk, number, taken.total - before, "")


def _require_removed(source: Intake, seen: set[str], ids: Sequence[str]) -> None:
    """Raises ServerUnavailable where all of this has been removed before: it would come for ever."""
    if seen.issuperset(ids):
        raise ServerUnavailable(f"{source.name} does not remove what has been taken over")


def _take(desk: Desk, arrival: Arrival, lists: tuple[str, ...]) -> Outcome:
    if arrival.kind in ("subscribe", "preferences"):
        return (subscribe if arrival.kind == "subscribe" else prefer)(desk, arrival, lists)
    if arrival.kind == "unsubscribe":
        return _unsubscribe(desk, arrival)
    if arrival.kind in ("access", "erasure"):
        return _ask_right(desk, arrival)
    return (confirm if arrival.kind == "confirm" else renew)(desk, arrival)


def _unsubscribe(desk: Desk, arrival: Arrival) -> Outcome:
    channel = "one-click" if one_click(arrival) else "web"
    at = stamp(arrived(arrival, desk.now))
    return _OPTED_OUT[
        withdraw_by_token(desk.db, token_in(arrival), channel=channel, now=desk.now, at=at).outcome
    ]


def _ask_right(desk: Desk, arrival: Arrival) -> Outcome:
    email, words = asked_for(arrival)
    day = arrived(arrival, desk.now).astimezone(desk.config.zone).date()
    kind: Literal["access", "erasure"] = "access" if arrival.kind == "access" else "erasure"
    return Outcome("done" if desk.ask_right(kind, email, words, day) else "stood")


def _keep(desk: Desk, sealed: Sealed, found: Outcome, arrival: Arrival | None) -> None:
    """Note that it has been taken over, and what came of it; what has to wait is kept as it came."""
    db, now = desk.db, stamp(desk.now)
    row = (sealed.id, sealed.kind, sealed.at, now, found.word)
    db.conn.execute("INSERT OR REPLACE INTO arrivals VALUES (?, ?, ?, ?, ?)", row)
    if found.word != "aside":
        db.conn.execute("DELETE FROM arrivals_aside WHERE id = ?", (sealed.id,))
        return
    about = (found.why, json.dumps(found.left), _key_of(db, arrival) if arrival else "", now)
    db.conn.execute(
        "INSERT INTO arrivals_aside VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, lists = excluded.lists, "
        "address_key = coalesce(nullif(excluded.address_key, ''), address_key)",
        (sealed.id, sealed.kind, sealed.at, sealed.blob, *about),
    )


def _key_of(db: Database, arrival: Arrival) -> str:
    """The keyed hash of the address that it comes from, so that it can be forgotten with its person; '' where none is."""
    token = str(arrival.data.get("token", ""))
    if arrival.kind == "preferences" and (row := delivery_of(db, "preferences", token)):
        return str(row["recipient_key"])
    try:
        return address_key(db.key, normalise(str(arrival.data.get("email", ""))))
    except BadAddress:
        return ""


def _is_known(db: Database, arrival_id: str) -> bool:
    return db.one("SELECT 1 FROM arrivals WHERE id = ?", arrival_id) is not None


def _aside(db: Database) -> Iterator[tuple[Sealed, tuple[str, ...]]]:
    rows = db.conn.execute(
        "SELECT id, kind, at, blob, lists FROM arrivals_aside ORDER BY since, id"
    ).fetchall()
    for row in rows:
        yield Sealed(*row[:4]), tuple(json.loads(row["lists"]))


def _plain(error: Exception) -> str:
    """Why it lies aside; what other parts say may name an address."""
    if type(error).__module__.startswith("newsletter.replies"):
        return str(error)
    return f"it could not be taken down ({type(error).__name__})"


def _note(taken: Taken, sealed: Sealed, found: Outcome | None, *, again: bool = False) -> None:
    if found is None:
        taken.again += 1
        return
    if again and found.word == "aside":
        return
    taken.counts[sealed.kind, found.word] += 1
    if found.why and found.word != "aside":  # refused, or a part of it
        taken.refused[found.why] += 1


def _begin(desk: Desk, source: str) -> int:
    cursor = desk.db.conn.execute(
        "INSERT INTO syncs (source, began_at) VALUES (?, ?)", (source, stamp(desk.now))
    )
    return int(cursor.lastrowid or 0)


def _end(desk: Desk, number: int, taken: int, fault: str) -> None:
    desk.db.conn.execute(
        "UPDATE syncs SET ended_at = ?, taken = ?, fault = ? WHERE id = ?",
        (stamp(desk.now), taken, fault, number),
    )
