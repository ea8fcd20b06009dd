"""Whether the database has been changed since it was asked, and whether by it the mailing may still go."""

import datetime as dt
import sqlite3

from newsletter.approval import NotPermitted, require_kept_permissions
from newsletter.database import Database
from newsletter.errors import NewsletterError
from newsletter.outbox.control import hindered, terms_of
from newsletter.outbox.mailings import Mailing


class Changes:
    """What a run need not ask again, for as long as nobody has changed the database and the day is the same."""

    def __init__(self, db: Database, mailing: Mailing, zone: dt.tzinfo) -> None:
        self._db, self._mailing, self._zone = db, mailing, zone
        self.version, self._seen = 0, (-1, -1, dt.date.min)
        self._terms: sqlite3.Row
        self._refused: NewsletterError | None = None

    def note(self, now: dt.datetime) -> int:
        """A number that grows whenever somebody else has changed the database, or a day has begun.

        Inside a transaction: until it ends, what was decided at the same number still holds.
        """
        conn = self._db.conn
        changed_by_others = conn.execute("PRAGMA data_version").fetchone()[0]
        seen = (changed_by_others, conn.total_changes, now.astimezone(dt.UTC).date())
        if seen != self._seen:
            self._terms = terms_of(self._db, self._mailing.id)
            self._refused = self._shown(now)
            # Last: where one of these could not be asked, they are asked again.
            self._seen = seen
            self.version += 1
        return self.version

    def leave_out_own(self) -> None:
        """What this connection has changed since they were noted changes nobody's consent, and not the mailing's terms."""
        self._seen = (*self._seen[:1], self._db.conn.total_changes, self._seen[2])

    def hindrance(self, now: dt.datetime) -> NewsletterError | None:
        """Why nothing more of the mailing may go: paused, too late, or somebody it shows has taken that back.

        By what stood in the database when changes were noted, in the same transaction.
        """
        return self._refused or hindered(self._terms, now, self._zone)

    def _shown(self, now: dt.datetime) -> NewsletterError | None:
        try:
            require_kept_permissions(self._db, self._mailing.issue, now)
        except NotPermitted as error:
            return error
        return None
