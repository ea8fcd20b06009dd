"""Which of our deliveries a message is about: by what we can verify first, by an address that we wrote to last."""

import datetime as dt
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from newsletter.addresses import BadAddress, normalise
from newsletter.contacts import find_contacts, stamp
from newsletter.database import Database
from newsletter.outbox import delivery_at
from newsletter.replies.model import Failed, Reply
from newsletter.tokens import address_key, read_token

_TOKEN = re.compile(r"[0-9a-z]{37}", re.IGNORECASE)
#: Both stand for the delivery alone; the second comes back where a server returns the headers.
_PURPOSES = ("delivery", "unsubscribe")
_COLUMNS = "SELECT d.id, d.contact_id, d.recipient_key, d.email, d.changed_at FROM deliveries d"
# What may have left this machine: no other address was written to.
_LEFT = "d.state IN ('sent', 'in-doubt', 'sending')"
# Mailing by mailing, since no index leads from an address alone to its deliveries; the newest that left counts,
# and one that left when it may have come back before any other.
_BY_ADDRESS = (
    "SELECT d.id, d.contact_id, d.recipient_key, d.email, d.changed_at FROM mailings m CROSS JOIN deliveries d "
    "ON d.mailing_id = m.id AND d.channel = 'email' AND d.recipient_key = ? "
    f"WHERE {_LEFT} ORDER BY d.changed_at BETWEEN ? AND ? DESC, d.changed_at DESC, d.id DESC LIMIT 1"
)
# A server tries for five days, and whoever is away longer than two weeks has not just found out. Clocks differ.
_COMES_BACK_WITHIN = dt.timedelta(days=14)
_CLOCKS = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Match:
    """A delivery, and what the message says of it.

    `failed` is None where the message names no address. `elsewhere`: the address that it names is in
    another mailbox than the one that we wrote to, which passed our message on. `proven`: by a token of ours
    or the relay's own name of the message; else by an address, which anybody can write. `sent_at`: when
    the message left.
    """

    delivery_id: int
    contact_id: int
    address_key: str
    failed: Failed | None = None
    elsewhere: bool = False
    proven: bool = True
    sent_at: str = ""

    def just_sent(self, at: dt.datetime) -> bool:
        """Whether the message left so shortly before that it may have come back then."""
        since, until = _lately(at)
        return since <= self.sent_at <= until


def matches_of(db: Database, reply: Reply, at: dt.datetime) -> list[Match]:
    """The deliveries that a bounce or a complaint is about, each once; none where nothing leads to one of ours.

    By a token of ours, which nobody can make: whatever address the message names, it is about the one
    that we wrote to. Else by address, and only one that we did write to; the relay's queue id tells
    which of its deliveries it was. `at` is when it came back.

    What came back may be a letter of somebody's here that quotes a message of ours. It has a Message-ID of its own, and
    says nothing of our reader unless it names them; some relays give ours another one too, so that a complaint about
    such a message is not passed over, but is not proven.
    """
    # Relays that give our messages another Message-ID make it of their own name for them, as Amazon's does.
    queued = [*_by_queue(db, (*reply.queue_ids, reply.message_id.strip("<>").partition("@")[0]))]
    if ours := _by_tokens(db, reply):
        # One for an address: a message may quote an earlier one to the same reader, and the Message-ID comes first.
        once = [*{row["recipient_key"]: row for row in reversed(ours)}.values()]
        told = (_told_of(db, row, reply.recipients, alone=len(once) == 1) for row in once)
        found = [match for match in told if match]
        named_by_us = not reply.message_id or any(_opened(db, _TOKEN.findall(reply.message_id)))
        if named_by_us or {match.delivery_id for match in found} & {row["id"] for row in queued}:
            return found
        if named := [one for one in found if one.failed and key_of(db, one.failed.email) == one.address_key]:
            return named
        if reply.kind == "complaint":
            return [replace(match, proven=False) for match in found]
    matches: dict[str, Match] = {}
    for failed in reply.recipients:
        key = key_of(db, failed.email)
        row = next((row for row in queued if row["recipient_key"] == key), None)
        if row:
            matches.setdefault(key, _match(row, failed))
        elif key and (row := db.one(_BY_ADDRESS, key, *_lately(at))):
            matches.setdefault(key, replace(_match(row, failed), proven=False))
    return [*matches.values()]


def delivery_answered(db: Database, reply: Reply) -> Match | None:
    """The delivery that a person's or a program's answer is to, by its token; None where it tells none."""
    rows = _by_tokens(db, reply)
    return _match(rows[0], None) if rows else None


def writers_of(db: Database, sender: str) -> list[int]:
    """The contacts who have the address that a message says it is from: several may share one."""
    return find_contacts(db, sender) if "@" in sender else []


def holders_of(db: Database, key: str) -> list[int]:
    """The contacts who have the address with this keyed hash."""
    rows = db.conn.execute(
        "SELECT contact_id FROM addresses WHERE address_key = ? AND ?1 <> '' ORDER BY contact_id", (key,)
    )
    return [row[0] for row in rows]


def key_of(db: Database, email: str) -> str:
    """The keyed hash of an address; '' for what is none."""
    try:
        return address_key(db.key, normalise(email))
    except BadAddress:
        return ""


def _by_tokens(db: Database, reply: Reply) -> list[sqlite3.Row]:
    """Deliveries of ours whose token stands in it, in the order of their tokens."""
    texts = dict.fromkeys((*_TOKEN.findall(reply.message_id), *reply.tokens))
    rows = (db.one(f"{_COLUMNS} WHERE d.id = ?", delivery_at(db, opaque)) for opaque in _opened(db, texts))
    return [*{row["id"]: row for row in rows if row}.values()]


def _opened(db: Database, texts: Iterable[str]) -> Iterator[bytes]:
    for text in texts:
        for purpose in _PURPOSES:
            if (opaque := read_token(db.key, purpose, text)) is not None:
                yield opaque


def _by_queue(db: Database, queue_ids: Sequence[str]) -> Iterator[sqlite3.Row]:
    names = json.dumps([name for name in queue_ids if name])
    yield from db.conn.execute(
        f"{_COLUMNS} WHERE d.queue_id IN (SELECT value FROM json_each(?)) AND d.queue_id <> '' "
        f"AND {_LEFT} ORDER BY d.id DESC",
        (names,),
    )


def _told_of(db: Database, row: sqlite3.Row, named: Sequence[Failed], *, alone: bool) -> Match | None:
    """What the message says of this delivery; None where it names other addresses and other deliveries of ours too."""
    own = next((one for one in named if key_of(db, one.email) == row["recipient_key"]), None)
    if own or not named:
        return _match(row, own)
    if not alone:
        return None
    # One that names no address names no other one.
    if nameless := next((one for one in named if "@" not in one.email), None):
        return _match(row, nameless)
    # Servers that know a mailbox under an inner name give that: the part before the @ stays.
    local = row["email"].rpartition("@")[0].casefold()
    inner = next((one for one in named if local and one.email.rpartition("@")[0].casefold() == local), None)
    return _match(row, inner or named[0], elsewhere=inner is None)


def _match(row: sqlite3.Row, failed: Failed | None, *, elsewhere: bool = False) -> Match:
    return Match(
        row["id"],
        row["contact_id"],
        row["recipient_key"],
        failed,
        elsewhere,
        sent_at=row["changed_at"],
    )


def _lately(at: dt.datetime) -> tuple[str, str]:
    return stamp(at - _COMES_BACK_WITHIN), stamp(at + _CLOCKS)
