"""Addresses that must never be written to again: kept as keyed hashes, which outlive the person."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass

from newsletter.addresses import normalise
from newsletter.contacts.dates import stamp
from newsletter.contacts.fields import BadField, one_line
from newsletter.contacts.operations import noting
from newsletter.database import Database, transaction
from newsletter.errors import near
from newsletter.tokens import address_key

#: Weakest first; a stronger reason takes the place of a weaker one, never the other way round.
REASONS = ("bounced", "complaint", "request", "erased")
#: Where a row stands for one of several people at an address, and the address itself is not barred.
_ONE_OF_SEVERAL = "one of several people at an address"


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why, when and by whom an address was suppressed; the address itself is not kept."""

    reason: str
    recorded_at: str
    recorder: str
    source: str


def suppress_address(  # noqa: PLR0913  # who, why, by whom and when are all asked for
    db: Database, email: str, reason: str, recorder: str, now: dt.datetime, source: str = ""
) -> bool:
    """Never write to this address again, known or not; False where that stood already.

    Raises BadAddress for what is no address, BadField for an unknown reason.
    """
    return suppress_key(db, address_key(db.key, normalise(email)), reason, recorder, now, source)


def suppress_key(  # noqa: PLR0913  # as above
    db: Database, key: str, reason: str, recorder: str, now: dt.datetime, source: str = ""
) -> bool:
    """As `suppress_address`, for an address of which only the keyed hash is at hand."""
    if reason not in REASONS:
        raise BadField(f"reason: {reason!r} is not one of {', '.join(REASONS)}{near(reason, REASONS)}")
    row = (key, reason, stamp(now), one_line(recorder, "recorder"), one_line(source, "source"))
    with transaction(db):
        standing = _standing(db, key)
        if standing and REASONS.index(standing.reason) >= REASONS.index(reason):
            return False
        noting(db, _holders(db, key), "suppressed")
        db.conn.execute("INSERT OR REPLACE INTO suppressions VALUES (?, ?, ?, ?, ?)", row)
    return True


def suppress_person(  # noqa: PLR0913  # as above
    db: Database, name: str, email: str, reason: str, recorder: str, now: dt.datetime
) -> None:
    """Let no import bring somebody back by name to an address that others go on using."""
    row = (_named(db, address_key(db.key, normalise(email)), name), reason, stamp(now), recorder)
    db.conn.execute("INSERT OR IGNORE INTO suppressions VALUES (?, ?, ?, ?, ?)", (*row, _ONE_OF_SEVERAL))


def suppressed_by_name(db: Database, rows: Iterable[tuple[int, str, str]]) -> set[int]:
    """Of rows (number, address key, name) those that mean somebody whom `suppress_person` names."""
    if not db.one("SELECT 1 FROM suppressions WHERE source = ? LIMIT 1", _ONE_OF_SEVERAL):
        return set()
    keys = {number: _named(db, key, name) for number, key, name in rows if name}
    found = db.conn.execute(
        "SELECT address_key FROM suppressions WHERE address_key IN (SELECT value FROM json_each(?))",
        (json.dumps([*keys.values()]),),
    )
    barred = {row[0] for row in found}
    return {number for number, key in keys.items() if key in barred}


def _named(db: Database, key: str, name: str) -> str:
    return address_key(db.key, " ".join((key, *name.casefold().split())))


def lift_suppression(db: Database, email: str) -> Suppression | None:
    """Allow an address again; what stood against it, or None where nothing did."""
    with transaction(db):
        standing = find_suppression(db, email)
        key = address_key(db.key, normalise(email))
        if standing:
            noting(db, _holders(db, key), "suppressed")
        db.conn.execute("DELETE FROM suppressions WHERE address_key = ?", (key,))
    return standing


def find_suppression(db: Database, email: str) -> Suppression | None:
    """What stands against writing to this address, or None."""
    return _standing(db, address_key(db.key, normalise(email)))


def _standing(db: Database, key: str) -> Suppression | None:
    row = db.one("SELECT reason, recorded_at, recorder, source FROM suppressions WHERE address_key = ?", key)
    return Suppression(*row) if row else None


def _holders(db: Database, key: str) -> list[int]:
    """Who has the address with this keyed hash."""
    return [
        row[0] for row in db.conn.execute("SELECT contact_id FROM addresses WHERE address_key = ?", (key,))
    ]


def count_suppressions(db: Database) -> dict[str, int]:
    """How many addresses are suppressed, by reason."""
    return dict(db.conn.execute("SELECT reason, count(*) FROM suppressions GROUP BY reason ORDER BY reason"))
