"""`inbox.db`: what readers did on the public pages, kept sealed until it has been taken over."""

import datetime as dt
import json
import os
import queue
import secrets
import sqlite3
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Self

from newsletter.database import explain_error
from newsletter.errors import DatabaseProblem, ServerUnavailable
from newsletter.replies.sealing import ARRIVAL_LIMIT, Arrival, ArrivalKind, Sealed, seal

#: 'NLIN' (SQLite's `PRAGMA application_id`).
APPLICATION_ID = 0x4E4C494E
#: Octets of what waits, at most: some 100,000 forms. A flood must not fill the disk.
INBOX_LIMIT = 64 * 1024 * 1024
_AT_ONCE = 500  # arrivals in one commit
_BUSY_SECONDS = 10.0
_TABLE = """
CREATE TABLE IF NOT EXISTS arrivals (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, at TEXT NOT NULL, blob BLOB NOT NULL
)"""
_WEIGHT = "SELECT coalesce(sum(length(blob)), 0) FROM arrivals"
_Waiting = tuple[Sealed, "Future[str]"]


class InboxFull(ServerUnavailable):
    """The inbox holds as much as it may: nothing more is taken until it has been synced."""


class Inbox:
    """An open inbox. What `add` has returned for is on the disk; every method may be called from any thread."""

    def __init__(self, path: Path, sealing: bytes, limit: int = INBOX_LIMIT) -> None:
        self.path = path
        self._sealing, self._limit = sealing, limit
        self._conn = _connect(path)
        self._lock = threading.Lock()  # around the connection
        self._began = threading.Lock()
        self._coming: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._closed = False
        self._held, self._identity = self._weigh(), _identity(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, kind: ArrivalKind, data: dict[str, object], now: dt.datetime) -> str:
        """Keep something that came in; its id, once it is on the disk.

        Raises InboxFull, ArrivalTooLong, and DatabaseProblem where the disk does not take it.
        """
        return self.begin_adding(kind, data, now).result()

    def begin_adding(self, kind: ArrivalKind, data: dict[str, object], now: dt.datetime) -> "Future[str]":
        """As `add`, without waiting for the disk: that it is there is told by the result, or why it is not."""
        at = now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        sealed = seal(self._sealing, Arrival(secrets.token_hex(16), kind, at, data))
        kept: Future[str] = Future()
        kept.set_running_or_notify_cancel()  # whoever stops waiting stops nothing
        with self._began:
            if self._closed:
                raise DatabaseProblem(f"{self.path} has been closed")
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="inbox", daemon=True)
                self._writer.start()
            self._coming.put((sealed, kept))
        return kept

    def sealed(self, limit: int = 1000) -> list[Sealed]:
        """What waits, oldest first, at most so many; nothing is removed by this."""
        sql = "SELECT id, kind, at, blob FROM arrivals ORDER BY number LIMIT ?"
        with self._lock:
            rows = self._asked(sql, (limit,))
        return [Sealed(str(row[0]), str(row[1]), str(row[2]), bytes(row[3])) for row in rows]

    def remove(self, ids: Iterable[str]) -> int:
        """Take these out for good, having been taken over; how many were there."""
        sql = "DELETE FROM arrivals WHERE id IN (SELECT value FROM json_each(?)) RETURNING length(blob)"
        with self._lock:
            gone = [row[0] for row in self._asked(sql, (json.dumps([*ids]),))]
            self._held -= sum(gone)
            if gone:
                self._asked("PRAGMA wal_checkpoint(TRUNCATE)")
        return len(gone)

    def count(self) -> int:
        """How many wait."""
        with self._lock:
            return int(self._asked("SELECT count(*) FROM arrivals")[0][0])

    def require_room(self) -> None:
        """Raises InboxFull, or DatabaseProblem, where a form that came in now could not be kept."""
        with self._lock:
            self._require_there()
            held = int(self._asked(_WEIGHT)[0][0])
        if held + ARRIVAL_LIMIT > self._limit:
            raise InboxFull

    def in_use(self) -> bool:
        """Whether another program has it open, as `newsletter serve` has all the time."""
        with self._lock:
            self._asked("PRAGMA busy_timeout = 0")
            try:
                # SQLite leaves its log only when nobody else has the file open.
                alone = self._conn.execute("PRAGMA journal_mode = DELETE").fetchone()[0] == "delete"
            except sqlite3.OperationalError:
                alone = False
            if alone:
                self._asked("PRAGMA journal_mode = WAL")
            self._asked(f"PRAGMA busy_timeout = {int(_BUSY_SECONDS * 1000)}")
        return not alone

    def close(self) -> None:
        """Keep what is on its way, then close the file."""
        with self._began:
            self._closed, writer = True, self._writer
            self._coming.put(None)
        if writer:
            writer.join()
        with self._lock:
            self._conn.close()

    def _write(self) -> None:
        """Commit what has come in, all of it at once: a disk takes as long for one as for five hundred."""
        going = True
        while going:
            coming = [self._coming.get()]
            while len(coming) < _AT_ONCE and not self._coming.empty():
                coming.append(self._coming.get())
            going = None not in coming
            self._commit([one for one in coming if one])

    def _commit(self, coming: list[_Waiting]) -> None:
        why: Exception = InboxFull()
        with self._lock:
            try:
                fitting = self._room(coming)
                self._keep([sealed for sealed, _ in fitting])
            except Exception as error:  # nobody may wait for ever, whatever it was
                self._conn.rollback()
                fitting = []
                why = explain_error(error, self.path) if isinstance(error, sqlite3.Error) else error
        for sealed, kept in coming[: len(fitting)]:
            kept.set_result(sealed.id)
        for _, kept in coming[len(fitting) :]:
            kept.set_exception(why)

    def _room(self, coming: list[_Waiting]) -> list[_Waiting]:
        """Of those that come as many as there is room for. Another process takes out: it is weighed again when full."""
        if self._held + _size(coming) > self._limit:
            self._held = self._weigh()
        while coming and self._held + _size(coming) > self._limit:
            coming = coming[:-1]
        return coming

    def _keep(self, fitting: list[Sealed]) -> None:
        if not fitting:
            return
        self._require_there()
        self._conn.execute("BEGIN IMMEDIATE")
        self._conn.executemany(
            "INSERT INTO arrivals (id, kind, at, blob) VALUES (?, ?, ?, ?)",
            [(one.id, one.kind, one.at, one.blob) for one in fitting],
        )
        self._conn.execute("COMMIT")
        self._held += sum(len(one.blob) for one in fitting)

    def _require_there(self) -> None:
        if _identity(self.path) != self._identity:
            # What is written to a file without a name is lost when it is closed.
            raise DatabaseProblem(f"{self.path} has been moved or deleted", remedy="Start the pages again.")

    def _weigh(self) -> int:
        return int(self._conn.execute(_WEIGHT).fetchone()[0])

    def _asked(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._conn.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise explain_error(error, self.path) from None


def open_inbox(path: Path, sealing: bytes) -> Inbox:
    """The inbox at `path`, made where there is none; `sealing` is what `sealing_key` gives.

    Raises DatabaseProblem where the file is another program's or cannot be used.
    """
    try:
        return Inbox(path, sealing)
    except sqlite3.Error as error:
        raise explain_error(error, path) from None
    except OSError as error:
        raise DatabaseProblem(f"{path} cannot be used: {error.strerror}") from None


def _size(coming: list[_Waiting]) -> int:
    return sum(len(sealed.blob) for sealed, _ in coming)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _connect(path: Path) -> sqlite3.Connection:
    fresh = _made(path)
    conn = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=rw",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        _require_ours(conn, path, fresh)
    except BaseException:
        conn.close()
        raise
    return conn


def _require_ours(conn: sqlite3.Connection, path: Path, fresh: bool) -> None:
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute("PRAGMA secure_delete = ON")
    conn.execute("PRAGMA temp_store = MEMORY")
    standing = conn.execute("PRAGMA application_id").fetchone()[0]
    empty = not conn.execute("SELECT 1 FROM sqlite_master").fetchone()
    if standing not in (APPLICATION_ID, 0) or (standing == 0 and not (fresh or empty)):
        raise DatabaseProblem(f"{path} is not an inbox of newsletter's; it was not touched")
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    conn.execute(_TABLE)


def _made(path: Path) -> bool:
    """Make the file where there is none, of mode 0600 from the first moment and known to the disk; whether it was made."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    if os.name != "nt":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return True
