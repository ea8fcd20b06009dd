"""Make a new `contacts.db`, whole or not at all, with a key of its own."""

import os
import secrets
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from newsletter import keychain
from newsletter.database.guard import adopt_database
from newsletter.database.opening import (
    APPLICATION_ID,
    Database,
    connect,
    key_name,
    open_database,
    private_file,
    wrap,
)
from newsletter.database.viewing import renew_views
from newsletter.errors import InputError
from newsletter.tokens import Key, new_key


def create_database(path: Path, key: Key | None = None) -> Database:
    """A new, empty `contacts.db` with a key of its own, kept in the keychain.

    Raises InputError where the file exists already.
    """
    if path.exists():
        raise InputError(f"{path} exists already")
    key, database_id = key or new_key(), secrets.token_hex(8)
    # Made whole under another name, then named: an interrupted creation leaves no half database.
    fresh = path.with_name(f".{path.name}.{database_id}.new")
    try:
        _create_at(fresh, key, database_id)
        keychain.write_secret(key_name(database_id), key.export())
        fresh.rename(path)
    finally:
        fresh.unlink(missing_ok=True)
    db = open_database(path)
    try:
        adopt_database(db)
    except BaseException:
        db.conn.close()
        path.unlink()
        keychain.delete_secret(key_name(database_id))
        raise
    return db


def _create_at(path: Path, key: Key, database_id: str) -> None:
    from newsletter.database.migrations import migrations

    private_file(path)
    conn = connect(path)
    with closing(conn):
        # It has no name yet that anybody would look for: it need not be whole on the disk before its end.
        conn.execute("PRAGMA synchronous = OFF")
        conn.execute("PRAGMA journal_mode = MEMORY")
        conn.execute("PRAGMA auto_vacuum = INCREMENTAL")
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrations.apply(wrap(conn, path))
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        conn.execute("BEGIN")
        renew_views(conn)
        conn.execute("INSERT INTO identity VALUES (1, ?, ?, 0, ?)", (database_id, key.fingerprint, now))
        conn.execute("COMMIT")
        conn.execute("PRAGMA journal_mode = WAL")
    with path.open("rb+") as file:
        os.fsync(file.fileno())
