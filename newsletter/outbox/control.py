"""Whether a mailing may go now: paused, cancelled, too early, too late; also while another process sends it."""

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from newsletter.database import Database, transaction
from newsletter.errors import InputError, NewsletterError, NotAllowed, TryAgain
from newsletter.outbox.headers import one_line
from newsletter.outbox.ledger import move
from newsletter.outbox.mailings import Mailing
from newsletter.outbox.states import AFTER_ALL, CANCEL, GIVE_UP, TOO_LATE, Move
from newsletter.outbox.times import read_stamp, stamp

_GIVEN_UP = "could not be made again, and was given up"
#: The word that a row has after a move of all of a mailing.
_REASONS = {CANCEL: "cancelled", TOO_LATE: "too-late", AFTER_ALL: ""}
#: Older versions used the same word, while the mailing might go, of whoever had another address since.
_LATE = (
    "AND reason = 'too-late' AND changed_at > "
    "(SELECT iif(not_after = '', '~', not_after) FROM mailings WHERE id = mailing_id)"
)
_ENDED = """
    SELECT id, state FROM mailings m
    WHERE (state = 'cancelled' OR (state <> 'paused' AND not_after <> '' AND not_after < ?))
        AND EXISTS (SELECT 1 FROM deliveries d WHERE d.mailing_id = m.id AND d.state = 'waiting')
"""
_DONE = """
    UPDATE mailings SET state = 'done', stopped = '', finished_at = ?
    WHERE state NOT IN ('done', 'cancelled') AND NOT EXISTS
        (SELECT 1 FROM deliveries d WHERE d.mailing_id = mailings.id AND d.state IN ('waiting', 'sending'))
"""


class Paused(NotAllowed):
    """This mailing is paused."""


class Cancelled(NotAllowed):
    """This mailing was cancelled."""


class TooLate(NotAllowed):
    """The time after which this mailing must not go has come."""


class TooEarly(TryAgain):
    """The time of this mailing has not come yet."""


@dataclass(frozen=True, slots=True)
class Word:
    """The operator's word that stopped a mailing: whose, since when, and why ('' where they gave no reason)."""

    by: str
    at: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of a mailing were sent, wait, are on their way and may have arrived."""

    sent: int
    waiting: int
    sending: int
    in_doubt: int


def said_moment(at: str | dt.datetime, zone: dt.tzinfo) -> str:
    """A moment as people say it: 'Tuesday 1 December 2026, 09:00 (Europe/London)'."""
    moment = (read_stamp(at) if isinstance(at, str) else at).astimezone(zone)
    return f"{moment:%A} {moment.day} {moment:%B %Y, %H:%M} ({zone})"


def hindrance(
    db: Database, mailing_id: int, now: dt.datetime, zone: dt.tzinfo = dt.UTC
) -> NewsletterError | None:
    """Why a mailing may not go at `now`, by what the database says this moment: the error to raise, or None.

    Its text says who, since when, why, and the next command; times are those of `zone`.
    """
    return hindered(terms_of(db, mailing_id), now, zone)


def terms_of(db: Database, mailing_id: int) -> sqlite3.Row:
    """On which terms a mailing goes, by what the database says this moment: for `hindered`."""
    row: sqlite3.Row = db.conn.execute(
        "SELECT issue, state, not_before, not_after, stopped FROM mailings WHERE id = ?", (mailing_id,)
    ).fetchone()
    return row


def hindered(row: sqlite3.Row, now: dt.datetime, zone: dt.tzinfo) -> NewsletterError | None:
    """What `hindrance` says at `now`, of the terms of a mailing; cheap enough to be asked with each claim."""
    if row["state"] in ("paused", "cancelled"):
        return _held(row, zone)
    if "" < row["not_after"] < stamp(now):
        return TooLate(
            f"{row['issue']} was not to go after {said_moment(row['not_after'], zone)}: "
            "whoever waited for it does not get it",
            remedy=f'If they shall have it after all: `newsletter send {row["issue"]} --not-after "tomorrow 18:00"`.',
        )
    if row["not_before"] > stamp(now):
        until = f", and not after {said_moment(row['not_after'], zone)}" if row["not_after"] else ""
        return TooEarly(
            f"{row['issue']} goes on {said_moment(row['not_before'], zone)}{until}",
            remedy=f"`newsletter send {row['issue']} --yes` must run then; with `--at now` it goes at once.",
        )
    return None


def _held(row: sqlite3.Row, zone: dt.tzinfo) -> NewsletterError:
    """What is said of a mailing that the operator stopped."""
    name, since = row["issue"], ""
    if row["stopped"]:
        word = Word(**json.loads(row["stopped"]))
        why = _reason(word.why)  # older versions kept it as it was given
        since = f", by {word.by}, {said_moment(word.at, zone)}" + (f": {why}" if why else "")
    if row["state"] == "paused":
        return Paused(f"{name} is paused{since}", remedy=f"`newsletter resume {name}` lets it go on.")
    return Cancelled(
        f"{name} was cancelled{since}",
        remedy=f"It is not sent any more; who got it: `newsletter report {name}`. To send something in its "
        "place, write a new issue: it goes to everybody on its lists.",
    )


def _reason(text: str) -> str:
    """A reason on one line: folded and not refused, since whoever stops a mailing is in a hurry."""
    return " ".join(one_line(text).split())


def schedule_mailing(db: Database, mailing: Mailing, not_before: str, not_after: str) -> Mailing:
    """The mailing, with the stamps ('': none) before and after which nothing of it leaves."""
    with transaction(db):
        db.conn.execute(
            "UPDATE mailings SET not_before = ?, not_after = ? WHERE id = ?",
            (not_before, not_after, mailing.id),
        )
    return replace(mailing, not_before=not_before, not_after=not_after)


def pause_mailing(  # noqa: PLR0913  # whose word and why, and in which zone times are told
    db: Database, mailing: Mailing, now: dt.datetime, *, by: str, why: str = "", zone: dt.tzinfo = dt.UTC
) -> None:
    """Nothing more of it leaves but what is on its way. Raises InputError where nothing of it is to come."""
    with transaction(db):
        _require_going(db, mailing, "paused", hindrance(db, mailing.id, now, zone))
        _stop(db, mailing, "paused", Word(by, stamp(now), _reason(why)))


def resume_mailing(db: Database, mailing: Mailing, now: dt.datetime, *, zone: dt.tzinfo = dt.UTC) -> None:
    """It may go on. Raises InputError where it was not paused, and Cancelled."""
    with transaction(db):
        held = hindrance(db, mailing.id, now, zone)
        if isinstance(held, Cancelled):
            raise held
        if not isinstance(held, Paused):
            raise InputError(f"{mailing.issue} is not paused; nothing was changed")
        db.conn.execute(
            "UPDATE mailings SET state = iif(started_at = '', 'queued', 'running'), stopped = '' "
            "WHERE id = ? AND state = 'paused'",
            (mailing.id,),
        )


def cancel_mailing(  # noqa: PLR0913  # whose word and why, and in which zone times are told
    db: Database, mailing: Mailing, now: dt.datetime, *, by: str, why: str = "", zone: dt.tzinfo = dt.UTC
) -> int:
    """Move n for all that waits; how many will never get it. Raises as `require_cancellable`."""
    with transaction(db):
        require_cancellable(db, mailing, now, zone)
        _stop(db, mailing, "cancelled", Word(by, stamp(now), _reason(why)))
        return _move_all(db, mailing.id, CANCEL, now)


def require_cancellable(db: Database, mailing: Mailing, now: dt.datetime, zone: dt.tzinfo = dt.UTC) -> None:
    """Raises InputError where nothing of it is to come, or where it was cancelled before."""
    _require_going(db, mailing, "cancelled", hindrance(db, mailing.id, now, zone))


def tally_of(db: Database, mailing_id: int) -> Tally:
    """How far a mailing has come."""
    rows = db.conn.execute(
        "SELECT state, count(*) FROM deliveries WHERE mailing_id = ? GROUP BY state", (mailing_id,)
    )
    found = dict(map(tuple, rows))
    return Tally(*(found.get(state, 0) for state in ("sent", "waiting", "sending", "in-doubt")))


def count_late(db: Database, mailing_id: int) -> int:
    """How many did not get a mailing since it was too late."""
    late = f"SELECT count(*) FROM deliveries WHERE mailing_id = ? AND state = 'skipped' {_LATE}"
    return int(db.conn.execute(late, (mailing_id,)).fetchone()[0])


def bring_back_late(db: Database, mailing_id: int, now: dt.datetime) -> int:
    """Move q for all of those; how many wait again. To be done before a later time is noted."""
    with transaction(db):
        return _move_all(db, mailing_id, AFTER_ALL, now)


def mend(db: Database, now: dt.datetime) -> None:
    """Write down what follows for every mailing, whatever died before it could. For whoever holds the sender's lock.

    What waits of a cancelled one, or past its time, is skipped (moves n and o); whatever has nothing
    left to go is done.
    """
    with transaction(db):
        for mailing_id, state in db.conn.execute(_ENDED, (stamp(now),)).fetchall():
            _move_all(db, mailing_id, CANCEL if state == "cancelled" else TOO_LATE, now)
        db.conn.execute(_DONE, (stamp(now),))


def give_up(db: Database, ids: Iterable[int], now: dt.datetime) -> None:
    """Move p for deliveries that cannot be made again; all or none. Raises InputError."""
    with transaction(db):
        for delivery_id in ids:
            if declined := move(db, delivery_id, GIVE_UP, now, reply=_GIVEN_UP, due_at=""):
                raise InputError(f"nothing was changed: of message {delivery_id}, {declined}")


def _require_going(db: Database, mailing: Mailing, what: str, held: NewsletterError | None) -> None:
    """Raises InputError where nothing is to come any more, or where it is held like this already."""
    if isinstance(held, Cancelled) or (isinstance(held, Paused) and what == "paused"):
        raise InputError(f"{held.message}; nothing was changed", remedy=held.remedy)
    tally = tally_of(db, mailing.id)
    if not tally.waiting + tally.sending:
        raise InputError(
            f"nothing of {mailing.issue} is left to send, so it cannot be {what}; nothing was changed",
            remedy=f"What became of it: `newsletter report {mailing.issue}`.",
        )


def _stop(db: Database, mailing: Mailing, state: str, word: Word) -> None:
    db.conn.execute(
        "UPDATE mailings SET state = ?, stopped = ? WHERE id = ?",
        (state, json.dumps(asdict(word), ensure_ascii=False), mailing.id),
    )


def _move_all(db: Database, mailing_id: int, step: Move, now: dt.datetime) -> int:
    """Make a move for every row of a mailing that is where it starts; how many."""
    late = _LATE if step is AFTER_ALL else ""
    cursor = db.conn.execute(
        "UPDATE deliveries SET state = ?, reason = ?, due_at = '', changed_at = ? "
        f"WHERE mailing_id = ? AND state = ? {late}",
        (step.target, _REASONS[step], stamp(now), mailing_id, step.origin),
    )
    return cursor.rowcount
