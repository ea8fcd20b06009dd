"""Puts what came back on record, once, and does what follows from it: the door that every mailbox goes through."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from newsletter.config import Config
from newsletter.contacts import Actor, operation, stamp
from newsletter.database import Database
from newsletter.replies.answering import answered_by
from newsletter.replies.automatic import record_auto_reply
from newsletter.replies.failures import record_bounce, record_complaint
from newsletter.replies.model import Kind, Reply
from newsletter.replies.rows import Case, Row, insert_row
from newsletter.replies.wishes import record_opt_out, record_words

#: Who does what the mailbox brings, as the record of changes has it.
READER = Actor("mailbox", via="mailbox")

# What came of a message that was recorded before.
_KNOWN = "SELECT id FROM replies WHERE digest = ? ORDER BY id"
_LONGEST_ID = 200  # characters; ours have less than half of that


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a message: the rows that it has now, with a word for each (`rows.Outcome`).

    `new` is False for a message that was recorded before; then nothing was done, and `outcomes` is empty.
    """

    ids: tuple[int, ...]
    outcomes: tuple[str, ...] = ()
    new: bool = True


def record_reply(  # noqa: PLR0913  # what came, which and whence, when, under which rules
    db: Database, reply: Reply, *, digest: str, source: str, now: dt.datetime, config: Config
) -> Recorded:
    """Record a message that came back and do what it calls for, all or nothing; a second time nothing.

    `digest` is the SHA-256 of the message with its line ends made alike, `source` where it was read:
    imap, maildir, mbox, file, pipe, page. Nothing that adds or changes anything rests on who a message
    says it is from: that takes a token of ours. To hold somebody back who asks to stop, it is enough.
    """
    with operation(db, READER, "mailbox read", now):
        if known := [row[0] for row in db.conn.execute(_KNOWN, (digest,))]:
            return Recorded(tuple(known), new=False)
        case = Case(db, reply, config, now, _when(reply, now))
        rows = [*_READ[reply.kind](case)] or [Row("noted")]
        told = {"digest": digest, "kind": reply.kind, "source": source, "recorded_at": stamp(now)}
        ids = [insert_row(db, _finished(case, row), told, now) for row in rows]
    return Recorded(tuple(ids), tuple(row.outcome for row in rows))


def _record_other(case: Case) -> Iterator[Row]:
    if row := answered_by(case):
        yield row


_READ: dict[Kind, Callable[[Case], Iterator[Row]]] = {
    "bounce": record_bounce,
    "complaint": record_complaint,
    "opt-out": record_opt_out,
    "auto-reply": record_auto_reply,
    "reply": record_words,
    "other": _record_other,
}


def _finished(case: Case, row: Row) -> Row:
    """What every row of the message says; one that could not be read whole is to be looked at."""
    reply = case.reply
    # The Message-ID of somebody else's mail is none of our business.
    original = reply.message_id[:_LONGEST_ID] if row.delivery_id else ""
    row = replace(row, received_at=case.said_at, message_id=original)
    if not reply.fault:
        return row
    told = row.diagnostic or f"it could not be read whole: {reply.fault}"
    return replace(row, diagnostic=told, is_open=True)


def _when(reply: Reply, now: dt.datetime) -> dt.datetime:
    """When it happened, as far as can be believed: what says that it is from the future is from now."""
    try:
        said = dt.datetime.fromisoformat(reply.received_at)
    except ValueError:
        return now
    return min(said if said.tzinfo else said.replace(tzinfo=dt.UTC), now)
