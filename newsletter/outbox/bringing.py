"""Brings what a newer contacts.db of the same lineage sent into a restored one, so that nobody gets it twice."""

import sqlite3
from contextlib import closing
from pathlib import Path

from newsletter.database import Database, open_for_reading, transaction

_STEP = 500
#: Whole rows, in the order in which one leans on another.
_TABLES = ("pictures", "editions", "approvals", "mailings", "mailing_editions")


def bring_deliveries(db: Database, newer: Path) -> int:
    """Take over every mailing, and every delivery that is further on in `newer`; how many deliveries.

    To be called after `contacts.bring_over`, which makes sure that `newer` is of the same lineage.
    """
    with closing(open_for_reading(newer)) as source, transaction(db):
        for table in _TABLES:
            _copy(db, source, table)
        for row in source.execute("SELECT id, state, started_at, finished_at FROM mailings"):
            db.conn.execute(
                "UPDATE mailings SET state = ?2, started_at = ?3, finished_at = ?4 WHERE id = ?1", tuple(row)
            )
        taken = 0
        here = "SELECT state, changed_at FROM deliveries WHERE id = ?"
        columns = _columns(db, "deliveries")
        chosen = ", ".join(columns)
        marks = ", ".join("?" * len(columns))
        for row in source.execute(f"SELECT {chosen} FROM deliveries ORDER BY id"):
            known = db.one(here, row["id"])
            if known is None or tuple(known) != (row["state"], row["changed_at"]):
                db.conn.execute(f"INSERT OR REPLACE INTO deliveries ({chosen}) VALUES ({marks})", tuple(row))
                taken += 1
        return taken


def _copy(db: Database, source: sqlite3.Connection, table: str) -> None:
    """The rows of a table that are not here."""
    columns = _columns(db, table)
    chosen, marks = ", ".join(columns), ", ".join("?" * len(columns))
    rows = source.execute(f"SELECT {chosen} FROM {table}")
    while found := rows.fetchmany(_STEP):
        db.conn.executemany(
            f"INSERT OR IGNORE INTO {table} ({chosen}) VALUES ({marks})", [tuple(row) for row in found]
        )


def _columns(db: Database, table: str) -> list[str]:
    return [row["name"] for row in db.conn.execute(f"PRAGMA table_info({table})")]
