"""A copied, restored or shortened database is known for what it is."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from newsletter.database import (
    Database,
    adopt_database,
    anchor_database,
    keep_anchored,
    open_database,
    reason_not_to_send,
)


def entry(db: Database, sequence: int) -> None:
    db.conn.execute(
        "INSERT INTO consents VALUES (?, 1, 'partners', 'given', 'consent', '', '', '', '', '', NULL, '', '', ?)",
        (sequence, f"mac{sequence}"),
    )


def test_a_new_database_may_send(db: Database) -> None:
    assert reason_not_to_send(db) is None


def test_a_copy_is_locked_until_adopted_and_then_the_original_is(db: Database) -> None:
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy_path = db.path.with_name("copy.db")
    shutil.copyfile(db.path, copy_path)
    copy = open_database(copy_path)
    with closing(copy.conn):
        assert "is a copy" in (reason_not_to_send(copy) or "")
        adopt_database(copy)
        assert reason_not_to_send(copy) is None
        assert reason_not_to_send(db) is not None


def test_an_older_state_put_back_into_the_same_file_is_found(db: Database) -> None:
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    older = db.path.read_bytes()
    anchor_database(db, counted=True)
    db.conn.close()
    db.path.write_bytes(older)
    for suffix in ("-wal", "-shm"):
        db.path.with_name(db.path.name + suffix).unlink(missing_ok=True)
    again = open_database(db.path)
    with closing(again.conn):
        assert "older state" in (reason_not_to_send(again) or "")


def test_a_ledger_with_a_cut_tail_is_found(db: Database) -> None:
    entry(db, 1)
    entry(db, 2)
    keep_anchored(db)
    db.conn.execute("DROP TRIGGER consents_refuse_delete")
    db.conn.execute("DELETE FROM consents WHERE sequence = 2")
    assert "ledger is not the one" in (reason_not_to_send(db) or "")


def test_a_ledger_with_another_head_is_found(db: Database) -> None:
    entry(db, 1)
    keep_anchored(db)
    db.conn.execute("DROP TRIGGER consents_refuse_update")
    db.conn.execute("UPDATE consents SET mac = 'other'")
    assert "ledger is not the one" in (reason_not_to_send(db) or "")


def test_a_database_that_grew_since_is_sound(db: Database) -> None:
    entry(db, 1)
    keep_anchored(db)
    entry(db, 2)
    assert reason_not_to_send(db) is None


def test_keeping_the_note_does_not_adopt_a_copy(db: Database) -> None:
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy_path = db.path.with_name("copy.db")
    shutil.copyfile(db.path, copy_path)
    copy = open_database(copy_path)
    with closing(copy.conn):
        entry(copy, 1)
        keep_anchored(copy)
        assert reason_not_to_send(copy) is not None


def test_a_database_unknown_to_this_user_is_locked(db: Database, home) -> None:  # type: ignore[no-untyped-def]
    shutil.rmtree(home / "state")
    assert "not been used for sending by you" in (reason_not_to_send(db) or "")


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO suppressions VALUES ('key', 'request', '', '', '')",
        "INSERT INTO contacts (id, stop, created_at, updated_at) VALUES (1, 'deceased', '', '')",
    ],
)
def test_an_older_state_that_misses_no_entry_but_another_change_is_found(db: Database, change: str) -> None:
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    older = db.path.read_bytes()
    db.conn.execute(change)
    keep_anchored(db)
    assert reason_not_to_send(db) is None
    db.conn.close()
    db.path.write_bytes(older)
    again = open_database(db.path)
    with closing(again.conn):
        assert "older state" in (reason_not_to_send(again) or "")


def test_a_connection_that_changed_nothing_counts_nothing(db: Database) -> None:
    again = open_database(db.path)
    with closing(again.conn):
        keep_anchored(again)
        row = again.one("SELECT generation FROM identity")
    assert row is not None
    assert row[0] == 0


@pytest.mark.parametrize("note", [b"\xff\xfe\x00", b"[1, 2]", b'{"inode": "x"}', b""])
def test_a_note_that_makes_no_sense_is_as_good_as_none(db: Database, home: Path, note: bytes) -> None:
    next((home / "state" / "newsletter" / "anchors").iterdir()).write_bytes(note)
    assert "not been used for sending by you" in (reason_not_to_send(db) or "")
