"""Makes erased bytes leave the file: the search, free pages and the log beside the database."""

import sqlite3

from newsletter.database import Database, transaction
from newsletter.privacy.register import holding_of

_IN_MEMORY_BYTES = 256 * 1024 * 1024


def scrub(db: Database) -> tuple[str, ...]:
    """Write the database anew without what was deleted, and empty its log.

    What could not be done, in words, mostly since another program holds the database; () where the
    bytes are gone. Again is safe, and finishes what is left.
    """
    left = []
    for task, words in (
        (_again, "messages"),
        (_search, "the search"),
        (_vacuum, "the file"),
        (_log, "the log"),
    ):
        try:
            task(db)
        except sqlite3.OperationalError as error:
            left.append(f"{words} ({error})")
    return tuple(left)


def _again(db: Database) -> None:
    """What a run wrote down of somebody after they were erased: the answer to what was under way."""
    with transaction(db):
        db.conn.execute(
            f"UPDATE deliveries SET {holding_of('deliveries').emptying} WHERE contact_id IN (SELECT contact_id FROM erasures) "
            "AND (email <> '' OR personal <> '' OR message_digest <> '' OR length(reply) > 3 OR state = 'waiting')"
        )


def _search(db: Database) -> None:
    # FTS5 leaves a deleted row's words in its segments until they are merged.
    db.conn.execute("INSERT INTO people_search (people_search) VALUES ('optimize')")


def _vacuum(db: Database) -> None:
    # It builds the file anew in a temporary one, which is best not on a disk, where that can be.
    small = db.path.stat().st_size < _IN_MEMORY_BYTES
    db.conn.execute(f"PRAGMA temp_store = {'MEMORY' if small else 'FILE'}")
    try:
        db.conn.execute("VACUUM")
    finally:
        db.conn.execute("PRAGMA temp_store = MEMORY")


def _log(db: Database) -> None:
    busy, _, _ = db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise sqlite3.OperationalError("another program is reading")
