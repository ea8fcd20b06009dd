"""The staging of an import: a private file beside the database, which is gone when its process is."""

import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.addresses import needs_smtputf8
from newsletter.contacts.transfer.lines import Row

COLUMNS = ", ".join(Row._fields)
# What is to be done with a row, its fate: added, changed, unchanged or barred, which are people;
# suppressed, merged or rejected.
_TABLES = f"""
CREATE TABLE rows (id INTEGER PRIMARY KEY, {COLUMNS}, fate TEXT NOT NULL DEFAULT 'added',
    contact_id INTEGER, changes TEXT NOT NULL DEFAULT '');
CREATE TABLE rejects (id INTEGER PRIMARY KEY, line INTEGER NOT NULL, field TEXT NOT NULL,
    reason TEXT NOT NULL, cells TEXT);
CREATE TABLE lines (line INTEGER PRIMARY KEY)
"""
_BATCH = 1000
_CACHE_KIB = 8 * 1024


@dataclass(slots=True)
class Scratch:
    """Rows and rejected rows of one import, on disk, in the order of the file.

    The file has mode 0600 and no name any more once it is open: whatever becomes of the process,
    nothing of it stays behind.
    """

    conn: sqlite3.Connection
    _waiting: list[Row] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Keep one more row."""
        self._waiting.append(row)
        if len(self._waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write down the rows that were added last."""
        marks = ", ".join("?" * len(Row._fields))
        self.conn.executemany(f"INSERT INTO rows ({COLUMNS}) VALUES ({marks})", self._waiting)
        self._waiting.clear()

    def reject(self, line: int, field: str, reason: str, cells: str | None) -> None:
        """Keep a row that cannot be taken; `cells` are its JSON, None where they have to be looked up."""
        self.conn.execute(
            "INSERT INTO rejects (line, field, reason, cells) VALUES (?, ?, ?, ?)",
            (line, field, reason, cells),
        )

    def rows(self, what: str = "", values: Sequence[object] = ()) -> Iterator[sqlite3.Row]:
        """Rows with what was found out of them; `what` is the end of the SQL."""
        return iter(self.conn.execute(f"SELECT * FROM rows {what}", values))

    def settle(self, found: Iterable[tuple[str, int | None, str, str, int]]) -> None:
        """Write down fate, contact, changes and what is left to record, each with the id of its row."""
        self.conn.executemany(
            "UPDATE rows SET fate = ?, contact_id = ?, changes = ?, given = ? WHERE id = ?", found
        )

    def count(self, sql: str) -> int:
        """The one number that a query gives."""
        return int(self.conn.execute(sql).fetchone()[0])


def open_scratch(folder: Path) -> Scratch:
    """An empty staging in a folder, which is where the database lies: on the same disk, as well guarded."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=".import-")
    os.close(handle)
    try:
        conn = sqlite3.connect(name, isolation_level=None, check_same_thread=False)
        conn.row_factory = sqlite3.Row
        conn.create_function("needs_smtputf8", 1, needs_smtputf8, deterministic=True)
        for setting in ("journal_mode = OFF", "locking_mode = EXCLUSIVE", "synchronous = OFF"):
            conn.execute(f"PRAGMA {setting}")
        conn.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        conn.execute("BEGIN")
        for table in _TABLES.split(";\n"):
            conn.execute(table)
    finally:
        Path(name).unlink()
    return Scratch(conn)
