"""Keeps the views, and the triggers that keep counts, as this version has them: they hold nothing, so they are made anew, not migrated."""

import re
import sqlite3

from newsletter.database import returns
from newsletter.database.browsing import TRIGGERS
from newsletter.database.views import BROWSING

_NAME = re.compile(r"CREATE (VIEW|TRIGGER) (\w+)")


def stale_views(conn: sqlite3.Connection) -> bool:
    """Whether the database's views and triggers are not the ones that this version has."""
    return bool(_differing(conn))


def renew_views(conn: sqlite3.Connection) -> None:
    """Make our views and triggers as they stand in this version; those of anybody else stay.

    To be called in a transaction. What a missing trigger failed to mark is then to be made anew.
    """
    differing = _differing(conn)
    for kind, name in differing:
        conn.execute(f"DROP {kind} IF EXISTS {name}")
    for sql in differing.values():
        conn.execute(sql)
    if any(kind == "TRIGGER" for kind, _ in differing):
        conn.execute("UPDATE kept_ready SET everybody = 1")
        conn.execute("INSERT OR IGNORE INTO stale_mailings SELECT id FROM mailings")
        conn.execute(returns.ALL_STALE)


def _differing(conn: sqlite3.Connection) -> dict[tuple[str, str], str]:
    rows = conn.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('view', 'trigger')")
    standing = {name: sql.strip() for name, sql in rows}
    found = ((_NAME.search(sql), sql.strip()) for sql in (*BROWSING, *TRIGGERS, *returns.TRIGGERS))
    return {(match[1], match[2]): sql for match, sql in found if match and standing.get(match[2]) != sql}
