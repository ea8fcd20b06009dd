"""The rows of a question as one value: sqlite3 lets other threads in at each row, and may wait for them to end."""

import json
from collections.abc import Mapping
from typing import Any

from newsletter.database.opening import Database


def gathering(columns: str, question: str) -> str:
    """SQL whose one answer has all that `question` gives: of each row these columns, whose names stand in it."""
    return f"SELECT json_group_array(json_array({columns})) FROM ({question})"


def gathered(db: Database, sql: str, values: Mapping[str, object]) -> list[list[Any]]:
    """The rows that SQL made by `gathering` finds: texts, whole numbers and None, in no order that can be relied upon.

    While another thread is busy, row after row would take ten times as long.
    """
    rows: list[list[Any]] = json.loads(db.conn.execute(sql, values).fetchone()[0])
    return rows
