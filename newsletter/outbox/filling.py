"""Rows for everybody an issue is for: decided and written part after part, without one passing through Python."""

import datetime as dt
import functools
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from newsletter.contacts import allowed_lists
from newsletter.database import Database
from newsletter.edition import edition_name
from newsletter.outbox.audience import forget_snapshot, reached_sql, snapshot_lists
from newsletter.outbox.mailings import Mailing, contact_key
from newsletter.outbox.times import stamp

# The keys and tokens of a large mailing fall anywhere in their indexes: with SQLite's usual 2 MB of pages
# nearly every row would fetch its own from the disk.
_CACHE = 48 * 1024  # KiB

# Of those who share an address and are allowed the first has its key; the index that keeps the promise finds them.
_OWE = """
    INSERT INTO deliveries (mailing_id, recipient_key, contact_id, email, lists, edition, state, reason, token,
        changed_at)
    SELECT :mailing, recipient_key, id, email, delivery_lists(allowing), delivery_edition(allowing, language),
        iif(reason = '', 'waiting', 'skipped'), reason, delivery_token(recipient_key), :now
    FROM (SELECT *, iif(reason = '', address_key, delivery_contact(id)) AS recipient_key FROM ({people}))
    WHERE 1 ON CONFLICT (mailing_id, channel, recipient_key) DO NOTHING
"""
_DUPLICATES = """
    SELECT id, email, address_key, language, allowing, 'duplicate' AS reason FROM ({people}) p
    WHERE reason = '' AND NOT EXISTS
        (SELECT 1 FROM deliveries d WHERE d.mailing_id = :mailing AND d.contact_id = p.id)
    ORDER BY id
"""
_SNAPSHOT = """
    INSERT INTO audience_snapshot (issue, contact_id, decision, reason, lists, taken_at)
    SELECT :issue, contact_id, iif(state = 'waiting', 'send', 'skip'), reason, delivery_shown(lists), :now
    FROM deliveries WHERE id > :last AND +mailing_id = :mailing ORDER BY id
"""


#: Name in SQL -> how many values it takes, and what gives its answer.
_Functions = Mapping[str, tuple[int, Callable[..., str]]]


@dataclass
class _Offered:
    """How many rows were made so far, whether or not the database took them."""

    rows: int = 0


def owe_everybody(db: Database, mailing: Mailing, now: dt.datetime) -> None:
    """Moves a and b for everybody the mailing is for, and the issue's audience snapshot, inside a transaction.

    The memory it takes does not grow with their number. Raises NothingToCorrect.
    """
    forget_snapshot(db, mailing.issue)
    parts = reached_sql(db, mailing.reach, now)
    with _cache(db), _functions(db, mailing) as offered:
        for sql, values in parts:
            _owe_part(db, sql, {**values, **_known(mailing, now)}, offered)


def _owe_part(db: Database, sql: str, values: Mapping[str, object], offered: _Offered) -> None:
    last = db.conn.execute("SELECT coalesce(max(id), 0) FROM deliveries").fetchone()[0]
    before = offered.rows
    taken = db.conn.execute(_OWE.format(people=sql), values).rowcount
    if taken < offered.rows - before:
        db.conn.execute(_OWE.format(people=_DUPLICATES.format(people=sql)), values)
    db.conn.execute(_SNAPSHOT, {**values, "last": last})


def _known(mailing: Mailing, now: dt.datetime) -> dict[str, object]:
    return {"mailing": mailing.id, "issue": mailing.issue, "now": stamp(now)}


@contextmanager
def _cache(db: Database) -> Iterator[None]:
    usual = db.conn.execute("PRAGMA cache_size").fetchone()[0]
    db.conn.execute(f"PRAGMA cache_size = -{_CACHE}")
    try:
        yield
    finally:
        db.conn.execute(f"PRAGMA cache_size = {usual}")
        db.conn.execute("PRAGMA shrink_memory")


@contextmanager
def _functions(db: Database, mailing: Mailing) -> Iterator[_Offered]:
    """While this lasts, SQL can ask what stands in a row of this mailing."""
    offered, names, editions = _Offered(), mailing.lists, mailing.editions

    def token(_: str) -> str:
        offered.rows += 1
        return ""

    def lists(allowing: str | None) -> str:
        return json.dumps(allowed_lists(allowing, names))

    def edition(allowing: str | None, language: str) -> str:
        return editions[edition_name(editions, allowed_lists(allowing, names), language)]

    def shown(kept: str) -> str:
        return snapshot_lists(json.loads(kept), mailing.reach.segments)

    each: _Functions = {
        "delivery_token": (1, token),
        "delivery_contact": (1, contact_key),
    }
    # The same few answers again and again.
    kept: _Functions = {
        "delivery_lists": (1, lists),
        "delivery_edition": (2, edition),
        "delivery_shown": (1, shown),
    }
    with _raising(db, each, kept):
        yield offered


@contextmanager
def _raising(db: Database, each: _Functions, kept: _Functions) -> Iterator[None]:
    """Lend SQL these functions, the answers of some `kept`; what one of them raised, Ctrl-C among it, is raised and not SQLite's word for it."""
    raised: list[BaseException] = []

    def noting(does: Callable[..., str]) -> Callable[..., str]:
        def run(*values: object) -> str:
            try:
                return does(*values)
            except BaseException as error:
                raised.append(error)
                raise

        return run

    for name, (count, does) in each.items():
        db.conn.create_function(name, count, noting(does), deterministic=True)
    for name, (count, does) in kept.items():
        db.conn.create_function(name, count, functools.cache(noting(does)), deterministic=True)
    try:
        yield
    except sqlite3.OperationalError:
        if raised:
            raise raised[0] from None
        raise
    finally:
        for name, (count, _) in [*each.items(), *kept.items()]:
            db.conn.create_function(name, count, None)
