"""Segments: questions about people, kept under a name; who is in one is asked anew each time."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.contacts.criteria import (
    BadSegment,
    Criteria,
    as_json,
    checked,
    from_json,
    in_words,
    segment_sql,
)
from newsletter.contacts.dates import stamp
from newsletter.contacts.search import Found, found_people
from newsletter.database import Database, transaction
from newsletter.errors import InputError, near

_NAME = re.compile(r"[^\W_][\w-]{0,59}")


class UnknownSegment(InputError):
    """There is no segment of this name."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A question about people under its name; `recorder` asked it first."""

    name: str
    criteria: Criteria
    recorder: str
    created_at: str

    @property
    def in_words(self) -> str:
        """'region North; role contributor; not tag press'."""
        return in_words(self.criteria)


def add_segment(  # noqa: PLR0913  # who asked is kept with what is asked
    db: Database, name: str, asked: Criteria, now: dt.datetime, *, recorder: str, replace: bool = False
) -> tuple[Segment, list[str]]:
    """Keep a segment; it, and warnings of what is asked for that nobody has.

    Raises BadSegment for a name that is none or is taken (unless `replace`), and where nothing is asked.
    """
    if not _NAME.fullmatch(name):
        raise BadSegment(
            f"name: {name[:80]!r} has to be one word of letters, digits and hyphens, such as 'north'"
        )
    with transaction(db):
        criteria, warnings = checked(db, asked)
        standing = db.one("SELECT definition FROM segments WHERE segment = ?", name)
        if standing and from_json(standing[0]) != criteria and not replace:
            raise BadSegment(
                f"name: there is a segment {name!r} already: {in_words(from_json(standing[0]))}",
                remedy="Add `--replace` to give it a new meaning, or take another name.",
            )
        db.conn.execute(
            "INSERT INTO segments (segment, definition, recorder, created_at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (segment) DO UPDATE SET definition = excluded.definition",
            (name, as_json(criteria), recorder, stamp(now)),
        )
    return find_segment(db, name), warnings


def all_segments(db: Database) -> list[Segment]:
    """Every segment, by name."""
    rows = db.conn.execute("SELECT segment, definition, recorder, created_at FROM segments ORDER BY segment")
    return [Segment(row[0], from_json(row[1]), row[2], row[3]) for row in rows]


def find_segment(db: Database, name: str) -> Segment:
    """The segment of this name. Raises UnknownSegment with the nearest name and all there are."""
    known = {segment.name: segment for segment in all_segments(db)}
    if name not in known:
        raise UnknownSegment(
            f"segment: there is none called {name!r}{near(name, known)}",
            remedy=f"There are: {', '.join(known)}."
            if known
            else "Make one, such as `newsletter segments add north --region North`.",
        )
    return known[name]


def remove_segment(db: Database, name: str) -> Segment:
    """Forget a segment, and nobody in it. Raises UnknownSegment. Mailings keep the meaning it had."""
    with transaction(db):
        segment = find_segment(db, name)
        db.conn.execute("DELETE FROM segments WHERE segment = ?", (name,))
    return segment


def count_segment(db: Database, criteria: Criteria, now: dt.datetime) -> int:
    """How many people are in a segment."""
    sql, values = segment_sql(criteria, now)
    row = db.conn.execute(f"SELECT count(*) FROM contacts c WHERE {sql}", values).fetchone()
    return int(row[0])


def segment_people(db: Database, criteria: Criteria, now: dt.datetime, limit: int = -1) -> list[Found]:
    """Who is in a segment, by name, at most `limit`."""
    sql, values = segment_sql(criteria, now)
    rows = db.conn.execute(
        f"SELECT c.id FROM contacts c WHERE {sql} ORDER BY c.name, c.id LIMIT :limit",
        {**values, "limit": limit},
    )
    return found_people(db, [row[0] for row in rows])


def segments_of(
    db: Database, contact_id: int, segments: Mapping[str, Criteria], now: dt.datetime
) -> list[str]:
    """The names of those of these segments in which somebody is."""
    found: list[str] = []
    for name, criteria in segments.items():
        sql, values = segment_sql(criteria, now)
        if db.conn.execute(
            f"SELECT 1 FROM contacts c WHERE c.id = :person AND {sql}", {**values, "person": contact_id}
        ).fetchone():
            found.append(name)
    return found
