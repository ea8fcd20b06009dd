"""Sees to it that what a page is about to show is up to date, without keeping the reader waiting."""

import datetime as dt
import threading
import time
from collections.abc import Callable
from pathlib import Path

from newsletter.database import open_for_renewing, out_of_date, renew_pages

#: So many rows are made anew while a page waits, in some tenths of a second; more are made beside it.
_AT_ONCE = 5_000
#: After a long renewal, so many times as long passes before the next: a run of sending changes all the time.
_REST = 10


class Keeper:
    """Holds the one connection by which what is kept ready for the pages is renewed."""

    def __init__(self, path: Path, clock: Callable[[], dt.datetime]) -> None:
        self._db = open_for_renewing(path)
        self._clock = clock
        self._at_work = threading.Lock()
        self._beside: threading.Thread | None = None
        self._rest_until = 0.0

    def renew(self) -> None:
        """Bring the pages up to date, or begin to where that takes long; they are then as they were."""
        if not self._at_work.acquire(blocking=False):
            return
        try:
            done = renew_pages(self._db, self._clock(), at_most=_AT_ONCE)
        finally:
            self._at_work.release()
        if not done and time.monotonic() > self._rest_until:
            self._beside = threading.Thread(target=self.renew_all, daemon=True)
            self._beside.start()

    def behind(self) -> int:
        """How many rows are to be made anew before the pages are true."""
        return out_of_date(self._db, self._clock())

    def renew_all(self) -> None:
        """Bring the pages up to date, however long it takes: about a minute for two million people."""
        with self._at_work:
            begun = time.monotonic()
            renew_pages(self._db, self._clock())
            ended = time.monotonic()
            self._rest_until = ended + _REST * (ended - begun)

    def close(self) -> None:
        """Let the renewal end that is under way, then let go of the database."""
        if self._beside:
            self._beside.join()
        with self._at_work:
            self._db.conn.close()
