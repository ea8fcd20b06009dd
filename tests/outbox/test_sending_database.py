"""One sender, one database: what a run may do with it, and what it does when that is locked, full or gone."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import filelock
import pytest
from deliveries import state_of
from postroom import Post, Postroom

from newsletter.database import Database, open_database, reason_not_to_send
from newsletter.errors import ConfigError, DatabaseProblem, NotAllowed
from newsletter.outbox import AnotherSender, Mailing, only_sender, report_of

Queue = Callable[[], Mailing]


def test_two_runs_at_once_are_one_too_many(db: Database, cast: Any, queue: Queue, send: Any) -> None:
    mailing = queue()
    with filelock.FileLock(f"{db.path}.send.lock"), pytest.raises(AnotherSender) as refused:
        send(mailing)
    assert refused.value.exit_code == 75


def test_a_copied_database_does_not_send(
    db: Database, cast: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    mailing = queue()
    db.conn.execute("UPDATE identity SET generation = -1")
    with pytest.raises(ConfigError, match="newsletter adopt"):
        send(mailing)
    assert room.heard == []


def test_what_a_dead_run_left_behind_is_in_doubt(
    db: Database, cast: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    mailing = queue()
    db.conn.execute("UPDATE deliveries SET state = 'sending' WHERE email LIKE 'ada%'")
    assert report_of(db, mailing.issue).in_doubt == 1
    send(mailing)
    assert state_of(db, "ada") == "in-doubt"
    assert room.taken == []


def test_two_ways_to_one_file_are_one_lock(db: Database, folder: Path) -> None:
    other = folder.parent / "other"
    other.mkdir()
    (other / "contacts.db").symlink_to(db.path)
    second = open_database(other / "contacts.db")
    with (
        closing(second.conn),
        filelock.FileLock(f"{db.path}.send.lock"),
        pytest.raises(AnotherSender),
        only_sender(second),
    ):
        pass


def test_the_lock_may_be_entered_again_by_its_holder(db: Database) -> None:
    with only_sender(db):
        with only_sender(db):
            pass
        # As another process would ask for it: the inner one's end did not give it away.
        with pytest.raises(filelock.Timeout):
            filelock.FileLock(f"{db.path}.send.lock").acquire(timeout=0)


@pytest.mark.parametrize("trouble", ["locked", "full"])
def test_if_the_claim_cannot_be_made_the_dot_is_not_sent(
    db: Database, cast: Any, queue: Queue, send: Any, room: Postroom, trouble: str
) -> None:
    other = sqlite3.connect(db.path, isolation_level=None, check_same_thread=False)
    db.conn.execute("PRAGMA busy_timeout = 50")

    def lock(about: str) -> None:
        other.execute("BEGIN IMMEDIATE")

    def fill(about: str) -> None:
        pages = db.conn.execute("PRAGMA page_count").fetchone()[0]
        db.conn.execute(f"PRAGMA max_page_count = {pages}")

    mailing = queue()
    if trouble == "full":
        db.conn.execute(
            "CREATE TEMP TRIGGER grow BEFORE UPDATE ON deliveries BEGIN INSERT INTO pictures "
            "VALUES ('x', 'image/png', zeroblob(9000000)); END"
        )
    room.answers["DATA"] = lock if trouble == "locked" else fill
    found = send(mailing)
    other.close()
    assert room.taken == []
    assert state_of(db, "ada") == "waiting"
    assert (found.waiting, found.exit_code) == (1, 78)
    assert isinstance(found.stopped, DatabaseProblem)
    assert found.stopped.remedy


def test_a_receipt_is_kept_however_long_another_program_holds_the_database(
    db: Database, cast: Any, queue: Queue, send: Any, room: Postroom
) -> None:
    other = sqlite3.connect(db.path, isolation_level=None, check_same_thread=False)
    db.conn.execute("PRAGMA busy_timeout = 50")
    release = threading.Timer(0.5, other.rollback)

    def hold(post: Post) -> None:
        other.execute("BEGIN IMMEDIATE")
        release.start()

    room.before_answer = hold
    found = send(queue())
    release.join()
    other.close()
    assert (found.sent, found.in_doubt, found.exit_code) == (1, 0, 0)


@pytest.mark.parametrize("fate", ["deleted", "replaced"])
def test_nothing_is_finished_once_the_database_is_another_file(
    db: Database, cast: Any, queue: Queue, send: Any, room: Postroom, fate: str
) -> None:
    def take_away(about: str) -> None:
        copy = db.path.with_name("copy.db")
        copy.write_bytes(db.path.read_bytes())
        db.path.unlink()
        if fate == "replaced":
            copy.rename(db.path)

    room.answers["DATA"] = take_away
    found = send(queue())
    assert room.taken == []
    assert isinstance(found.stopped, DatabaseProblem)
    assert "was deleted or replaced" in found.stopped.message
    assert found.exit_code == 78
    if fate == "replaced":
        assert reason_not_to_send(db) is not None


def test_a_paused_mailing_waits(db: Database, cast: Any, queue: Queue, send: Any) -> None:
    queue()
    db.conn.execute("UPDATE mailings SET state = 'paused'")
    with pytest.raises(NotAllowed):
        send(queue())


def test_the_mailing_is_done_when_nothing_waits(db: Database, cast: Any, queue: Queue, send: Any) -> None:
    send(queue())
    assert tuple(db.conn.execute("SELECT state, finished_at <> '' FROM mailings").fetchone()) == ("done", 1)
