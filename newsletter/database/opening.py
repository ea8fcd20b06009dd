"""Open `contacts.db`: WAL, foreign keys, mode 0600, migrated, with its key."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import filelock
import sqlite_utils

from newsletter import keychain
from newsletter.database.viewing import renew_views, stale_views
from newsletter.errors import DatabaseLocked, DatabaseProblem, KeyProblem
from newsletter.tokens import Key, read_key

#: 'NLTR': tells our database from anybody else's (SQLite's `PRAGMA application_id`).
APPLICATION_ID = 0x4E4C5452
#: A commit is on the disk when it returns, whatever becomes of the power.
_SYNCHRONOUS = "FULL"
_BUSY_SECONDS = 10.0
_LOG_LIMIT = 64 * 1024 * 1024  # bytes
_RESTORE = "Restore a backup with `newsletter restore`."
_MAKE_ROOM = "Make room on the disk, then try again."
#: The error, SQLite's words for it, what is said of the database, and what to do.
_TROUBLES: tuple[tuple[type[DatabaseProblem], tuple[str, ...], str, str], ...] = (
    (
        DatabaseLocked,
        ("locked", "busy"),
        "is in use by another program",
        "Wait for it to end, then try again.",
    ),
    (DatabaseProblem, ("is full", "disk I/O"), "cannot be written to; is the disk full?", _MAKE_ROOM),
    (
        DatabaseProblem,
        ("readonly", "unable to open", "permission"),
        "cannot be written to",
        "Mend the rights of the file and its folder.",
    ),
    (DatabaseProblem, ("no such table",), "is not whole", _RESTORE),
    (DatabaseProblem, ("malformed", "not a database", "encrypted"), "cannot be read", _RESTORE),
)


class Database(sqlite_utils.Database):
    """An open `contacts.db`: sqlite-utils' Database with its path, its id and the workspace's key."""

    path: Path
    database_id: str
    key: Key
    running: object | None = None  # what is being done and by whom, while `contacts.operation` lasts

    def one(self, sql: str, *values: object) -> sqlite3.Row | None:
        """The first row, or None."""
        row: sqlite3.Row | None = self.conn.execute(sql, values).fetchone()
        return row


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """All or nothing; takes the write lock at once, so that what is read in it holds until the end."""
    if db.conn.in_transaction:
        yield
        return
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.conn.execute("COMMIT")
    except BaseException:
        # A commit that fails too: left open, it would take in, and lose, whatever comes next.
        db.conn.rollback()
        raise


@contextmanager
def snapshot(db: Database) -> Iterator[None]:
    """While this lasts everything that is read belongs to one moment; nothing is written, and nobody is kept waiting."""
    if db.conn.in_transaction:
        yield
        return
    db.conn.execute("BEGIN")
    try:
        yield
    finally:
        db.conn.rollback()


@contextmanager
def patience(db: Database, seconds: float) -> Iterator[None]:
    """While this lasts, a database that another program holds is waited for so long."""
    usual = db.conn.execute("PRAGMA busy_timeout").fetchone()[0]
    db.conn.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
    try:
        yield
    finally:
        db.conn.execute(f"PRAGMA busy_timeout = {usual}")


def private_file(path: Path) -> None:
    """An empty file of mode 0600, made before SQLite opens it, so that -wal and -shm inherit the mode."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def open_database(path: Path, *, whole: bool = True) -> Database:
    """The database at `path`, migrated to the newest form, with its key.

    `whole=False` takes one that lost its triggers too: for the proof that names what was done to it.

    Raises DatabaseProblem where the file is absent, not ours, of a newer version, read-only or
    broken; DatabaseLocked where another program holds it; KeyProblem where the key is missing or wrong.
    """
    db = _open_ours(path, read_only=False)
    try:
        _migrate(db)
        if whole:
            _require_triggers(db)
        db.key = key_of(db)
    except BaseException:
        db.conn.close()
        raise
    return db


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that cannot change anything and needs no key. Raises as `open_database`.

    A database of an older version is refused too: bringing it up to date would be a change.
    """
    db = _open_ours(path, read_only=True)
    try:
        older = _pending(db)
    except BaseException:
        db.conn.close()
        raise
    if older:
        db.conn.close()
        raise DatabaseProblem(
            f"{path} was made by an older version of newsletter",
            remedy="Run `newsletter lists`, which brings it up to date, then try again.",
        )
    return db.conn


def open_for_renewing(path: Path) -> Database:
    """The database at `path`, migrated, to bring up to date what is kept ready for the pages; it needs no key.

    Raises DatabaseProblem and DatabaseLocked as `open_database`.
    """
    db = _open_ours(path, read_only=False)
    try:
        _migrate(db)
    except BaseException:
        db.conn.close()
        raise
    return db


def open_for_looking(path: Path) -> Database:
    """The database as it is, of whatever version and without its key; nothing in it can be changed.

    Raises DatabaseProblem and DatabaseLocked as `open_database`.
    """
    return _open_ours(path, read_only=True)


def is_current(db: Database) -> bool:
    """Whether no migration is missing. Raises DatabaseProblem where the database is of a newer version."""
    try:
        return not _pending(db)
    except sqlite3.Error as error:
        raise explain_error(error, db.path) from None


def key_name(database_id: str) -> str:
    """What the keychain calls the key of a database."""
    return f"key-{database_id}"


def export_key(path: Path) -> str:
    """The key of the database at `path` as text. Raises KeyProblem where it is missing."""
    db = open_database(path)
    with closing(db.conn):
        return db.key.export()


def import_key(path: Path, text: str) -> str:
    """Keep the key of the database at `path`; says where. Raises KeyProblem if it is another one's."""
    db = _open_ours(path, read_only=True)
    with closing(db.conn):
        key = read_key(text)
        _compare(db, key)
        return keychain.write_secret(key_name(db.database_id), key.export()).where


def _open_ours(path: Path, *, read_only: bool) -> Database:
    if not path.is_file():
        raise DatabaseProblem(
            f"there is no database at {path}", remedy="Make one with `newsletter init`, or restore one."
        )
    try:
        conn = connect(path, read_only=read_only)
    except sqlite3.Error as error:
        raise explain_error(error, path) from None
    try:
        return _known(conn, path)
    except BaseException:
        conn.close()
        raise


def _known(conn: sqlite3.Connection, path: Path) -> Database:
    """The connection as a Database, if it is one of ours."""
    try:
        if conn.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise DatabaseProblem(f"{path} is not a database of newsletter's; it was not touched")
        db = wrap(conn, path)
        row = db.one("SELECT database_id FROM identity")
    except sqlite3.Error as error:
        raise explain_error(error, path) from None
    if row is None:
        raise DatabaseProblem(
            f"{path} was begun and never finished", remedy="Delete it and run `newsletter init`."
        )
    db.database_id = row["database_id"]
    return db


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    mode = "ro" if read_only else "rw"
    conn = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,  # transactions begin and end where we say so
        check_same_thread=False,
    )
    conn.row_factory = sqlite3.Row
    conn.execute("PRAGMA foreign_keys = ON")
    conn.execute(f"PRAGMA synchronous = {_SYNCHRONOUS}")
    conn.execute("PRAGMA secure_delete = ON")
    # The log of a large import is cut again even while a browser keeps the database open.
    conn.execute(f"PRAGMA journal_size_limit = {_LOG_LIMIT}")
    # What is set aside is about people too: no file of it.
    conn.execute("PRAGMA temp_store = MEMORY")
    return conn


def wrap(conn: sqlite3.Connection, path: Path) -> Database:
    db = Database(conn, recursive_triggers=False, execute_plugins=False)
    db.path = path
    return db


def _migrate(db: Database) -> None:
    """Apply what is pending, one process at a time, after a backup beside the file."""
    from newsletter.database.migrations import migrations

    try:
        if _pending(db):
            with filelock.FileLock(f"{db.path}.migrate.lock", timeout=_BUSY_SECONDS * 6):
                if migrations.pending(db):
                    if migrations.applied(db):
                        _copy_aside(db)
                    migrations.apply(db)
                if stale_views(db.conn):
                    with transaction(db):
                        renew_views(db.conn)
    except sqlite3.Error as error:
        raise explain_error(error, db.path) from None


def missing_triggers(db: Database) -> set[str]:
    """The triggers that should refuse changes to what is only ever added to, and are not there as they were made."""
    from newsletter.database.migrations import append_only_triggers

    rows = db.conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    standing = {row[0]: row[1] for row in rows}
    return {name for name, sql in append_only_triggers().items() if standing.get(name) != sql}


def _require_triggers(db: Database) -> None:
    if missing := missing_triggers(db):
        raise DatabaseProblem(
            f"{db.path} has lost the triggers that keep the ledger whole: {', '.join(sorted(missing))}",
            remedy="Restore a backup: another program has changed this database.",
        )


def _pending(db: Database) -> bool:
    """Whether migrations are missing. Raises DatabaseProblem where the database knows more than we do."""
    from newsletter.database.migrations import migrations

    known = {migration.name for migration in migrations._migrations}
    if {applied.name for applied in migrations.applied(db)} - known:
        raise DatabaseProblem(
            f"{db.path} was made by a newer version of newsletter",
            remedy="Install that version, or a newer one.",
        )
    return bool(migrations.pending(db)) or stale_views(db.conn)


def _copy_aside(db: Database) -> None:
    aside = db.path.with_name(db.path.name + ".before-migration.db")
    aside.unlink(missing_ok=True)
    private_file(aside)
    with closing(sqlite3.connect(aside)) as target:
        db.conn.backup(target)


def key_of(db: Database) -> Key:
    """The key on which this database hangs. Raises KeyProblem where it is missing or another one's."""
    name = key_name(db.database_id)
    secret = keychain.read_secret(name)
    if secret is None:
        raise KeyProblem(
            f"the key of {db.path} is missing: it is neither in the keyring, nor in a file of yours, "
            f"nor in {keychain.environment_name(name)}",
            remedy="Bring it over with `newsletter keys export` there and `newsletter keys import` here.",
        )
    try:
        key = read_key(secret.value)
    except KeyProblem as error:
        raise KeyProblem(
            f"what stands in {secret.where} is no key: {error.message}",
            remedy="Bring the right one with `newsletter keys import`.",
        ) from None
    _compare(db, key, secret.where)
    return Key(key.secret, _rotation(db))


def _rotation(db: Database) -> int:
    """Which sub-keys make tokens here; a database that is only looked at may be older than the table."""
    if not db.one("SELECT 1 FROM sqlite_master WHERE name = 'key_rotations'"):
        return 0
    row = db.one("SELECT coalesce(max(number), 0) FROM key_rotations")
    return int(row[0]) if row else 0


def _compare(db: Database, key: Key, where: str = "") -> None:
    row = db.one("SELECT key_fingerprint FROM identity")
    wanted = row["key_fingerprint"] if row else ""
    if key.fingerprint != wanted:
        raise KeyProblem(
            f"this is not the key of {db.path}, but another one's{where and f': {where}'}; "
            f"its fingerprint is {key.fingerprint}, and {wanted} is wanted",
            remedy="Bring the right one with `newsletter keys import`.",
        )


def explain_error(error: sqlite3.Error, path: Path | str) -> DatabaseProblem:
    """What SQLite met, as the operator should hear it; a transaction that was open is rolled back."""
    text = str(error)
    for kind, words, said, remedy in _TROUBLES:
        if any(word in text for word in words):
            return kind(f"{path} {said}: {text}", remedy=remedy)
    return DatabaseProblem(f"{path} cannot be used: {text}")
