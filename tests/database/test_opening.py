"""Making and opening contacts.db: its mode, its key, and what is said of files that are not ours."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from newsletter import keychain
from newsletter.database import (
    Database,
    create_database,
    explain_error,
    import_key,
    open_database,
    open_for_reading,
    transaction,
)
from newsletter.database.migrations import append_only_triggers
from newsletter.errors import ConfigError, DatabaseLocked, DatabaseProblem, InputError, KeyProblem
from newsletter.tokens import new_key


def reopened(db: Database) -> Database:
    db.conn.close()
    return open_database(db.path)


def test_a_new_database_is_readable_by_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        db = create_database(tmp_path / "contacts.db")
    finally:
        os.umask(before)
    with closing(db.conn):
        db.conn.execute("CREATE TABLE t (x)")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("contacts.db*")}
    assert modes == dict.fromkeys(["contacts.db", "contacts.db-wal", "contacts.db-shm"], 0o600)


@pytest.mark.durable
def test_the_database_is_durable_and_keeps_foreign_keys(db: Database) -> None:
    answers = {
        name: db.conn.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
    }
    assert answers == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "contacts.db").write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        create_database(tmp_path / "contacts.db")
    assert (tmp_path / "contacts.db").read_text() == "mine"


def test_creation_leaves_nothing_but_the_database(tmp_path: Path) -> None:
    create_database(tmp_path / "contacts.db").conn.close()
    assert [path.name for path in tmp_path.iterdir()] == ["contacts.db"]


def test_an_absent_database_is_said_with_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(DatabaseProblem) as caught:
        open_database(tmp_path / "contacts.db")
    assert "newsletter init" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"hello", b"", b"SQLite format 3\0" + b"x" * 200])
def test_a_file_that_is_no_database_of_ours_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "contacts.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseProblem):
        open_database(path)
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "contacts.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE theirs (x)")
        conn.commit()
    before = path.read_bytes()
    with pytest.raises(DatabaseProblem, match="not a database of newsletter's"):
        open_database(path)
    assert path.read_bytes() == before


def test_a_database_of_a_newer_version_is_refused(db: Database) -> None:
    db.conn.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('newsletter', 'm999', '')"
    )
    with pytest.raises(DatabaseProblem, match="newer version"):
        reopened(db)


def test_a_database_that_another_program_holds_is_said_to_be_in_use(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from newsletter.database import opening

    monkeypatch.setattr(opening, "_BUSY_SECONDS", 0.05)
    db.conn.execute("PRAGMA journal_mode = DELETE")
    db.conn.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DatabaseLocked, match="in use by another program"):
        open_database(db.path)
    db.conn.execute("ROLLBACK")


def test_a_missing_key_is_said_with_the_way_to_bring_it(db: Database) -> None:
    keychain.delete_secret(f"key-{db.database_id}")
    with pytest.raises(KeyProblem, match="is missing") as caught:
        reopened(db)
    assert caught.value.exit_code == 78
    assert "newsletter keys import" in str(caught.value)


def test_the_key_of_another_database_is_refused(db: Database) -> None:
    keychain.write_secret(f"key-{db.database_id}", new_key().export())
    with pytest.raises(KeyProblem, match="is not the key of"):
        reopened(db)


def test_a_key_can_be_brought_back(db: Database) -> None:
    text = db.key.export()
    keychain.delete_secret(f"key-{db.database_id}")
    import_key(db.path, text)
    again = reopened(db)
    with closing(again.conn):
        assert again.key == db.key


def test_only_the_right_key_can_be_imported(db: Database) -> None:
    with pytest.raises(KeyProblem):
        import_key(db.path, new_key().export())
    with pytest.raises(KeyProblem, match="not a newsletter key"):
        import_key(db.path, "hunter2")


@pytest.mark.parametrize("trigger", sorted(append_only_triggers()))
def test_a_database_without_its_triggers_is_refused(db: Database, trigger: str) -> None:
    db.conn.execute(f"DROP TRIGGER {trigger}")
    with pytest.raises(DatabaseProblem, match=trigger):
        reopened(db)


def test_a_trigger_that_was_made_toothless_counts_as_missing(db: Database) -> None:
    db.conn.execute("DROP TRIGGER consents_refuse_update")
    db.conn.execute("CREATE TRIGGER consents_refuse_update BEFORE UPDATE ON consents BEGIN SELECT 1; END")
    with pytest.raises(DatabaseProblem, match="consents_refuse_update"):
        reopened(db)


@pytest.mark.parametrize("held", [b"", b"hunter2", b"\xff\xfe\x00"])
def test_a_key_file_that_holds_no_key_is_named(db: Database, home: Path, held: bytes) -> None:
    (path,) = (home / "secrets").iterdir()
    path.write_bytes(held)
    with pytest.raises(ConfigError, match=path.name) as caught:
        reopened(db)
    assert caught.value.exit_code == 78


def test_a_database_that_cannot_be_noted_outside_is_not_made(home: Path, tmp_path: Path) -> None:
    (home / "state").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(OSError, match="state"):
        create_database(tmp_path / "contacts.db")
    assert not list(tmp_path.iterdir())
    assert not list((home / "secrets").iterdir())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (sqlite3.OperationalError("database is locked"), "in use by another program"),
        (sqlite3.OperationalError("database or disk is full"), "Make room on the disk"),
        (sqlite3.OperationalError("disk I/O error"), "Make room on the disk"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "Mend the rights"),
        (sqlite3.DatabaseError("database disk image is malformed"), "Restore a backup"),
    ],
)
def test_what_sqlite_meets_is_said_with_what_to_do(error: sqlite3.Error, said: str) -> None:
    assert said in str(explain_error(error, "contacts.db"))
    assert explain_error(error, "contacts.db").exit_code == 78


def test_the_edition_store_refuses_change(db: Database) -> None:
    db.conn.execute("INSERT INTO pictures VALUES ('d', 'image/png', x'00')")
    for statement in ("UPDATE pictures SET digest = 'e'", "DELETE FROM pictures"):
        with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
            db.conn.execute(statement)


def test_a_reading_connection_needs_no_key_and_changes_nothing(db: Database) -> None:
    keychain.delete_secret(f"key-{db.database_id}")
    with (
        closing(open_for_reading(db.path)) as conn,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        conn.execute("DELETE FROM lists")


@pytest.mark.parametrize(
    "change",
    ["DELETE FROM _sqlite_migrations WHERE name = 'm007_browsing'", "DROP VIEW consent_history"],
)
def test_a_database_of_an_older_version_is_not_read_as_it_stands(db: Database, change: str) -> None:
    db.conn.execute(change)
    with pytest.raises(DatabaseProblem, match="older version"):
        open_for_reading(db.path)


def test_a_transaction_that_fails_leaves_nothing(db: Database) -> None:
    def fail() -> None:
        with transaction(db):
            db.conn.execute("INSERT INTO lists VALUES ('a', 'A', '')")
            raise InputError("stop")

    with pytest.raises(InputError):
        fail()
    assert db.conn.execute("SELECT count(*) FROM lists").fetchone()[0] == 0


def test_a_failing_migration_leaves_the_database_as_it_was(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite_utils

    from newsletter.database import migrations as module

    grown = sqlite_utils.Migrations("newsletter")
    grown._migrations.extend(module.migrations._migrations)

    @grown()
    def m900_broken(db: sqlite_utils.Database) -> None:
        db.conn.execute("CREATE TABLE half (x)")
        db.conn.execute("CREATE TABLE half (x)")

    monkeypatch.setattr(module, "migrations", grown)
    with pytest.raises(DatabaseProblem):
        reopened(db)
    monkeypatch.undo()
    with closing(sqlite3.connect(db.path)) as conn:
        assert conn.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone()[0] == 0
    aside = db.path.with_name("contacts.db.before-migration.db")
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
