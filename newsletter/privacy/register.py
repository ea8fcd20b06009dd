"""The register: every table and column of `contacts.db`, and what it holds about people."""

import sqlite3

from newsletter.privacy.holding import Holding
from newsletter.privacy.of_people import CONSENT, PEOPLE
from newsletter.privacy.of_replies import READINGS, REPLIES
from newsletter.privacy.of_work import HISTORY, NOBODY, OUTBOX

#: In the order in which a person is told what is kept about them.
REGISTER: tuple[Holding, ...] = (*PEOPLE, *CONSENT, *OUTBOX, *REPLIES, *HISTORY, *NOBODY, *READINGS)
#: SQLite's own tables behind the search: what is in them is what is in `people_search`.
_SHADOWS = ("data", "idx", "content", "docsize", "config")


def holding_of(table: str) -> Holding:
    """What the register says of a table that it has."""
    return next(holding for holding in REGISTER if holding.table == table)


def unregistered(conn: sqlite3.Connection) -> dict[str, set[str]]:
    """Tables and columns of which the register does not know what they hold: table -> columns."""
    known = {holding.table: set(holding.columns) for holding in REGISTER}
    missing: dict[str, set[str]] = {}
    for table, columns in _columns(conn).items():
        if left := columns - known.get(table, set()):
            missing[table] = left
    return missing


def outdated(conn: sqlite3.Connection) -> dict[str, set[str]]:
    """What the register names and the database does not have: table -> columns."""
    standing = _columns(conn)
    return {
        holding.table: left
        for holding in REGISTER
        if (left := set(holding.columns) - standing.get(holding.table, set()))
    }


def _columns(conn: sqlite3.Connection) -> dict[str, set[str]]:
    tables = [
        row[0]
        for row in conn.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
        )
    ]
    shadows = {f"people_search_{part}" for part in _SHADOWS}
    return {
        table: {row[1] for row in conn.execute(f"PRAGMA table_info({table})")}
        for table in tables
        if table not in shadows
    }
