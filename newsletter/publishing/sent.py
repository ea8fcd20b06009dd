"""Which issues may stand on the public pages: those that went out whole, and show nobody who took it back."""

import datetime as dt
from dataclasses import dataclass

from newsletter.config import Config
from newsletter.contacts import permissions_withdrawn
from newsletter.database import Database
from newsletter.edition import Edition, audience_name, load_edition
from newsletter.outbox import mailing_of

_MAILED = """
    SELECT m.issue, min(m.started_at) AS began,
        max(EXISTS (SELECT 1 FROM deliveries d WHERE d.mailing_id = m.id AND d.state = 'sent')) AS sent
    FROM mailings m WHERE m.kind IN ('issue', 'correction') AND m.started_at <> '' GROUP BY m.issue
"""
_HELD = {
    "cancelled": "it was cancelled",
    "paused": "it is paused",
    "queued": "it is still going out",
    "running": "it is still going out",
}


@dataclass(frozen=True, slots=True)
class SentIssue:
    """An issue as everybody may read it: the day it began to go out, and its public editions, the usual language first."""

    slug: str
    day: dt.date
    correction: bool
    editions: tuple[Edition, ...]


@dataclass(frozen=True, slots=True)
class Withheld:
    """An issue that is not put on the pages, and why, in words."""

    slug: str
    reason: str


def sent_issues(db: Database, config: Config) -> tuple[tuple[SentIssue, ...], tuple[Withheld, ...]]:
    """The issues that may be published, the newest first, and those that may not be."""
    shown, withheld = [], []
    for row in db.conn.execute(_MAILED).fetchall():
        found = _judged(db, row["issue"], row["began"], config, sent=bool(row["sent"]))
        if isinstance(found, SentIssue):
            shown.append(found)
        else:
            withheld.append(found)
    shown.sort(key=lambda issue: (issue.day, issue.slug), reverse=True)
    return tuple(shown), tuple(withheld)


def _judged(db: Database, slug: str, began: str, config: Config, *, sent: bool) -> SentIssue | Withheld:
    mailing = mailing_of(db, slug)
    if mailing is None or not sent:
        return Withheld(slug, "nobody has got it")
    if mailing.state in _HELD:
        return Withheld(slug, _HELD[mailing.state])
    if names := permissions_withdrawn(db, slug):
        return Withheld(slug, f"it shows people who do not allow it any more: {', '.join(names)}")
    public = audience_name(())
    digests = [
        digest
        for name, digest in sorted(mailing.editions.items())
        if name == public or name.startswith(f"{public}.")
    ]
    if not digests:
        return Withheld(slug, "no public edition of it was kept")
    day = dt.datetime.fromisoformat(began).astimezone(config.zone).date()
    editions = tuple(load_edition(db, digest) for digest in digests)
    return SentIssue(slug, day, mailing.kind == "correction", editions)
