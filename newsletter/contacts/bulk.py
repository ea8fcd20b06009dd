"""One change to many people at once: tags and roles; who already is as wanted is left alone."""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from newsletter.contacts.dates import stamp, today_utc
from newsletter.contacts.fields import BadField, one_line, role
from newsletter.contacts.operations import touching
from newsletter.database import Database, transaction

_STEP = 2000
# Who already is as wanted is not touched: undoing puts back only what was changed.
_TAGGED = "EXISTS (SELECT 1 FROM contact_tags t WHERE t.contact_id = w.value AND t.tag = :what)"
_PLAYS = (
    "EXISTS (SELECT 1 FROM contact_roles r WHERE r.contact_id = w.value AND r.role = :what AND r.until = '')"
)
_BEGAN = "EXISTS (SELECT 1 FROM contact_roles r WHERE r.contact_id = w.value AND r.role = :what AND r.until = '' AND r.since <= :day)"
_KINDS = {
    "tag": (f"NOT {_TAGGED}", "INSERT INTO contact_tags SELECT value, :what FROM json_each(:ids)"),
    "untag": (
        _TAGGED,
        "DELETE FROM contact_tags WHERE tag = :what AND contact_id IN (SELECT value FROM json_each(:ids))",
    ),
    "role": (
        f"NOT {_PLAYS}",
        "INSERT OR REPLACE INTO contact_roles SELECT value, :what, :day, '' FROM json_each(:ids)",
    ),
    "end-role": (
        _BEGAN,
        "UPDATE contact_roles SET until = :day WHERE role = :what AND until = '' AND since <= :day "
        "AND contact_id IN (SELECT value FROM json_each(:ids))",
    ),
}


@dataclass(frozen=True, slots=True)
class ManyChanged:
    """What is done to many: `kind` is tag, untag, role or end-role; `day` is for roles, '' = today."""

    kind: str
    what: str
    day: str = ""


def foresee_many(db: Database, ids: Sequence[int], wanted: ManyChanged, now: dt.datetime) -> list[int]:
    """Of these people, those whom the change would touch. Raises BadField."""
    values = _values(wanted, now)
    sql = f"SELECT DISTINCT w.value FROM json_each(:ids) w WHERE {_KINDS[wanted.kind][0]}"
    return [
        row[0] for step in _steps(ids) for row in db.conn.execute(sql, {**values, "ids": json.dumps(step)})
    ]


def change_many(db: Database, ids: Sequence[int], wanted: ManyChanged, now: dt.datetime) -> int:
    """Make the change; how many people it touched. Raises BadField."""
    values = _values(wanted, now)
    with transaction(db):
        touched = foresee_many(db, ids, wanted, now)
        for step in _steps(touched):
            touching(db, step)
            these = {**values, "ids": json.dumps(step)}
            db.conn.execute(_KINDS[wanted.kind][1], these)
            db.conn.execute(
                "UPDATE contacts SET updated_at = :at WHERE id IN (SELECT value FROM json_each(:ids))",
                {"at": stamp(now), "ids": these["ids"]},
            )
    return len(touched)


def _values(wanted: ManyChanged, now: dt.datetime) -> dict[str, str]:
    what = role(wanted.what) if "role" in wanted.kind else one_line(wanted.what, "tag")
    if not what:
        raise BadField(f"{wanted.kind}: it is empty; say which")
    return {"what": what, "day": wanted.day or today_utc(now)}


def _steps(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _STEP] for start in range(0, len(ids), _STEP))
