"""Room for a large import: more of the database in memory, and indexes built at the end."""

from collections.abc import Iterator
from contextlib import contextmanager

from newsletter.database import Database

_CACHE_KIB = 40 * 1024
#: From so many new people on, and where they are more than those who are there.
_MANY = 50_000
#: Indexes whose entries come in no order: built in one go they cost a fraction, and far less of the log.
_SCATTERED = ("contacts_name", "addresses_normalised", "addresses_key")


@contextmanager
def roomy(db: Database, count: int) -> Iterator[None]:
    """While this lasts, `count` people may be added. To be called in a transaction, which takes it back."""
    row = db.one("PRAGMA cache_size")
    db.conn.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    try:
        many = count >= _MANY and not _more_than(db, count)
        indexes = _set_aside(db) if many else []
        if many:
            # What the pages show is made anew for everybody, so nobody is marked one by one.
            db.conn.execute("UPDATE kept_ready SET everybody = 1")
        yield
        # An index is sorted in memory; the pages of the tables make way for that.
        db.conn.execute(f"PRAGMA cache_size = -{_CACHE_KIB // 5}")
        db.conn.execute("PRAGMA shrink_memory")
        for sql in indexes:
            db.conn.execute(sql)
    finally:
        db.conn.execute(f"PRAGMA cache_size = {row[0] if row else -2000}")


def _more_than(db: Database, count: int) -> bool:
    return db.one("SELECT 1 FROM contacts LIMIT 1 OFFSET ?", count) is not None


def _set_aside(db: Database) -> list[str]:
    """Take the scattered indexes away; the SQL that makes each again as it was."""
    marks = ", ".join("?" * len(_SCATTERED))
    rows = db.conn.execute(
        f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND name IN ({marks})", _SCATTERED
    ).fetchall()
    for name, _ in rows:
        db.conn.execute(f"DROP INDEX {name}")
    return [sql for _, sql in rows]
