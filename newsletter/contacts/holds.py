"""People who asked to stop in words that somebody has to read: until that is decided nobody writes to them."""

import datetime as dt
import json

from newsletter.contacts.dates import stamp
from newsletter.contacts.ids import ids_of
from newsletter.contacts.operations import noting
from newsletter.database import Database

#: What the record of changes says of them.
_NOTED = "held"


def hold_back(db: Database, contact_id: int, reply_id: int, now: dt.datetime) -> bool:
    """Write to this person no more until it is decided; False where they were held back already."""
    if held_since(db, contact_id):
        return False
    noting(db, [contact_id], _NOTED)
    db.conn.execute("INSERT INTO holds VALUES (?, ?, ?)", (contact_id, reply_id, stamp(now)))
    return True


def release(db: Database, contact_id: int) -> bool:
    """Let what their lists allow go to them again; False where nothing held them back."""
    held = held_since(db, contact_id)
    if held:
        noting(db, [contact_id], _NOTED)
        db.conn.execute(
            "DELETE FROM holds WHERE contact_id IN (SELECT value FROM json_each(?))", (_ids(db, contact_id),)
        )
    return bool(held)


def held_since(db: Database, contact_id: int) -> str:
    """Since when a person is held back, under any id that they had; '' where they are not."""
    row = db.one(
        "SELECT min(since) FROM holds WHERE contact_id IN (SELECT value FROM json_each(?))",
        _ids(db, contact_id),
    )
    return str(row[0] or "") if row else ""


def _ids(db: Database, contact_id: int) -> str:
    return json.dumps(ids_of(db, contact_id))
