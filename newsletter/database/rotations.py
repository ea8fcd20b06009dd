"""Rotations of the key: how often the sub-keys of tokens were changed, and the change itself."""

import datetime as dt

from newsletter.database.opening import Database, transaction
from newsletter.errors import KeyProblem
from newsletter.tokens import MOST_ROTATIONS, Key

ROTATIONS = """
-- each change of the sub-keys that make tokens; what else hangs on the key stays as it is
CREATE TABLE key_rotations (
    number INTEGER PRIMARY KEY,
    rotated_at TEXT NOT NULL,
    recorder TEXT NOT NULL
);
"""


def rotate_key(db: Database, recorder: str, now: dt.datetime) -> Key:
    """The key whose new sub-keys make tokens from now on; tokens of before stay good.

    Raises KeyProblem where it was changed as often as it can be.
    """
    with transaction(db):
        row = db.one("SELECT coalesce(max(number), 0) FROM key_rotations")
        number = (row[0] if row else 0) + 1
        if number > MOST_ROTATIONS:
            raise KeyProblem(
                f"the key was changed {MOST_ROTATIONS} times already, and cannot be changed again"
            )
        at = now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        db.conn.execute("INSERT INTO key_rotations VALUES (?, ?, ?)", (number, at, recorder))
    db.key = Key(db.key.secret, number)
    return db.key
