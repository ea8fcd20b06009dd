"""What SQLite does for each new row, done once or not at all, while very many are written."""

from collections.abc import Iterator
from contextlib import contextmanager

from newsletter.database.opening import Database, transaction

_MARKING = "deliveries_ready_insert"


@contextmanager
def transaction_without_references(db: Database) -> Iterator[None]:
    """A transaction in which SQLite does not look up what a new row refers to, or a part of such a one.

    For rows whose other end was made in the same transaction. Raises RuntimeError inside any other transaction:
    nothing could be set there, and memory would grow with the rows.
    """
    if db.conn.in_transaction and db.conn.execute("PRAGMA foreign_keys").fetchone()[0]:
        raise RuntimeError("references cannot be set aside inside a transaction that looks them up")
    with _set(db, "foreign_keys", 0), transaction(db):
        yield


@contextmanager
def without_checks(db: Database) -> Iterator[None]:
    """While this lasts SQLite does not hold new rows against the CHECKs of their table.

    For rows whose words stand in the statement: for each row it would make a table of the words that are allowed.
    """
    with _set(db, "ignore_check_constraints", 1):
        yield


@contextmanager
def _set(db: Database, pragma: str, value: int) -> Iterator[None]:
    usual = db.conn.execute(f"PRAGMA {pragma}").fetchone()[0]
    db.conn.execute(f"PRAGMA {pragma} = {value}")
    try:
        yield
    finally:
        db.conn.execute(f"PRAGMA {pragma} = {usual}")


@contextmanager
def marking_once(db: Database, mailing_id: int) -> Iterator[None]:
    """Mark a mailing as changed for the pages, and no more with each delivery of it that is new while this lasts.

    To be taken inside a transaction: the trigger that marks is gone meanwhile, and comes back where that fails.
    """
    marking = db.one("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ?", _MARKING)
    db.conn.execute(f"DROP TRIGGER IF EXISTS {_MARKING}")
    db.conn.execute("INSERT OR IGNORE INTO stale_mailings VALUES (?)", (mailing_id,))
    yield
    if marking:
        db.conn.execute(marking["sql"])
