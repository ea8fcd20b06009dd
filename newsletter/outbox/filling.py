"""Rows for everybody an issue is for: decided and written part after part, without one passing through Python."""

import datetime as dt
import functools
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from newsletter.contacts import allowed_lists
from newsletter.database import Database, marking_once, without_checks
from newsletter.edition import edition_name
from newsletter.outbox.audience import forget_snapshot, reached_sql, snapshot_lists
from newsletter.outbox.mailings import Mailing
from newsletter.outbox.times import stamp

# The keys of a large mailing's addresses fall anywhere in their index: with SQLite's usual 2 MB of pages nearly
# every row would fetch its own from the disk.
_CACHE = 24 * 1024  # KiB

# A part of the people as they were decided about, and what their rows say in words, each once.
_TABLES = {
    "owed_people": "id INTEGER PRIMARY KEY, email, address_key, reason, words",
    "owed_words": "id INTEGER PRIMARY KEY, lists, edition, shown",
}
_DECIDE = """
    INSERT INTO temp.owed_people SELECT id, email, address_key, reason, delivery_words(allowing, language) FROM ({people})
"""
# Of those who share an address and are allowed the first has its key; the index that keeps the promise finds them.
# There is no function in it, nothing that is looked up for a foreign key, and what breaks a rule ends the whole
# transaction: else SQLite would copy every page before a part changes it, to take back that part alone.
_OWE = """
    INSERT OR ROLLBACK INTO deliveries (mailing_id, recipient_key, contact_id, email, lists, edition, state, reason,
        token, changed_at)
    SELECT :mailing, iif(p.reason = '', p.address_key, 'contact ' || p.id), p.id, p.email, w.lists, w.edition,
        iif(p.reason = '', 'waiting', 'skipped'), p.reason, '', :now
    FROM temp.owed_people p CROSS JOIN temp.owed_words w ON w.id = p.words WHERE NOT :rest OR p.reason = 'duplicate'
    ORDER BY p.id ON CONFLICT (mailing_id, channel, recipient_key) DO NOTHING
"""
_DUPLICATES = """
    UPDATE temp.owed_people SET reason = 'duplicate' WHERE reason = '' AND NOT EXISTS
        (SELECT 1 FROM deliveries d WHERE +d.mailing_id = :mailing AND d.contact_id = owed_people.id)
"""
_SNAPSHOT = """
    INSERT OR ROLLBACK INTO audience_snapshot (issue, contact_id, decision, reason, lists, taken_at)
    SELECT :issue, p.id, iif(p.reason = '', 'send', 'skip'), p.reason, w.shown, :now
    FROM temp.owed_people p CROSS JOIN temp.owed_words w ON w.id = p.words ORDER BY p.id
"""


def owe_everybody(db: Database, mailing: Mailing, now: dt.datetime) -> None:
    """Moves a and b for everybody the mailing is for, and the issue's audience snapshot, inside a transaction.

    The memory it takes does not grow with their number. Raises NothingToCorrect.
    """
    forget_snapshot(db, mailing.issue)
    known = {"mailing": mailing.id, "issue": mailing.issue, "now": stamp(now)}
    with (
        _cache(db),
        _tables(db),
        _words(db, mailing) as words,
        marking_once(db, mailing.id),
        without_checks(db),
    ):
        for sql, values in reached_sql(db, mailing.reach, now, in_bulk=True):
            owed = db.conn.execute(_DECIDE.format(people=sql), values).rowcount
            db.conn.executemany("INSERT INTO temp.owed_words VALUES (?, ?, ?, ?)", words.fresh())
            _owe_part(db, owed, known)


def _owe_part(db: Database, owed: int, known: Mapping[str, object]) -> None:
    if db.conn.execute(_OWE, {**known, "rest": False}).rowcount < owed:
        db.conn.execute(_DUPLICATES, known)
        db.conn.execute(_OWE, {**known, "rest": True})
    db.conn.execute(_SNAPSHOT, known)
    db.conn.execute("DELETE FROM temp.owed_people")


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
def _tables(db: Database) -> Iterator[None]:
    # Like the rest of what is set aside they lie in memory; a transaction that fails takes them back.
    for name, columns in _TABLES.items():
        db.conn.execute(f"CREATE TEMP TABLE {name} ({columns})")
    yield
    for name in _TABLES:
        db.conn.execute(f"DROP TABLE temp.{name}")


class _Words:
    """What the rows of a mailing say in words of the lists and the edition: few things, again and again."""

    def __init__(self, mailing: Mailing) -> None:
        self._mailing = mailing
        self._number = 0
        self._fresh: list[tuple[int, str, str, str]] = []

    def number(self, allowing: str | None, language: str) -> int:
        """The number under which what stands in such a row is kept from now on."""
        mailing = self._mailing
        lists = allowed_lists(allowing, mailing.lists)
        edition = mailing.editions[edition_name(mailing.editions, lists, language)]
        shown = snapshot_lists(lists, mailing.reach.segments)
        self._number += 1
        self._fresh.append((self._number, json.dumps(lists), edition, shown))
        return self._number

    def fresh(self) -> list[tuple[int, str, str, str]]:
        """Those that were numbered since this was asked last: number, lists, edition's digest, what the snapshot says."""
        fresh, self._fresh = self._fresh, []
        return fresh


@contextmanager
def _words(db: Database, mailing: Mailing) -> Iterator[_Words]:
    """While this lasts, SQL can ask for the number of a row's words."""
    words = _Words(mailing)
    with _raising(db, "delivery_words", 2, words.number):
        yield words


@contextmanager
def _raising(db: Database, name: str, values: int, does: Callable[..., int]) -> Iterator[None]:
    """Lend SQL this function, asked once about the same; what it raised, Ctrl-C among it, is raised and not SQLite's word for it."""
    raised: list[BaseException] = []

    def run(*given: Any) -> int:
        try:
            return does(*given)
        except BaseException as error:
            raised.append(error)
            raise

    db.conn.create_function(name, values, functools.cache(run))
    try:
        yield
    except sqlite3.OperationalError:
        if raised:
            raise raised[0] from None
        raise
    finally:
        db.conn.create_function(name, values, None)
