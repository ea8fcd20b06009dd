"""How often an address may fail for the time being before it is given up: a score that decays.

Mailman's model (`bounce_score_threshold`, `bounce_info_stale_after`: at most one point a day, and what
is long past does not count), with one change: Mailman forgets a score whole after some days without a
bounce, which for a letter that goes out once a month would be always. Here a score halves in a number
of days, so that failing again and again counts, however seldom is written, and once in a while does not.
"""

import datetime as dt

from newsletter.contacts import stamp
from newsletter.database import Database


def add_point(db: Database, address_key: str, at: dt.datetime, half_life: float) -> float:
    """Count a failure of `at`, at most one a day; the score that this leads to, which halves in so many days."""
    last_at, score = _stood(db, address_key)
    if last_at is None:
        score, last_at = 1.0, at
    elif at.date() != last_at.date():
        # What is read late counts for what it would count now.
        earlier, last_at = min(at, last_at), max(at, last_at)
        left = 0.5 ** ((last_at - earlier) / dt.timedelta(days=half_life))
        score = score * left + 1 if last_at == at else score + left
    db.conn.execute(
        "INSERT OR REPLACE INTO soft_bounces VALUES (?, ?, ?)", (address_key, score, stamp(last_at))
    )
    return score


def forget_points(db: Database, address_key: str) -> None:
    """Begin anew with this address."""
    db.conn.execute("DELETE FROM soft_bounces WHERE address_key = ?", (address_key,))


def _stood(db: Database, address_key: str) -> tuple[dt.datetime | None, float]:
    row = db.one("SELECT score, last_at FROM soft_bounces WHERE address_key = ?", address_key)
    return (dt.datetime.fromisoformat(row["last_at"]), row["score"]) if row else (None, 0.0)
