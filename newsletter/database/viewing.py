"""Keeps the views as `views.py` has them: they hold nothing, so they are made anew, not migrated."""

import re
import sqlite3

from newsletter.database.views import BROWSING

_NAME = re.compile(r"CREATE VIEW (\w+)")


def stale_views(conn: sqlite3.Connection) -> bool:
    """Whether the database's views are not the ones that this version looks through."""
    rows = conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'")
    standing = {name: sql.strip() for name, sql in rows}
    return any(standing.get(name) != sql for name, sql in _wanted().items())


def renew_views(conn: sqlite3.Connection) -> None:
    """Make our views as they stand in this version; those of anybody else stay. To be called in a transaction."""
    for name, sql in _wanted().items():
        conn.execute(f"DROP VIEW IF EXISTS {name}")
        conn.execute(sql)


def _wanted() -> dict[str, str]:
    return {_NAME.search(sql)[1]: sql.strip() for sql in BROWSING}  # type: ignore[index]
