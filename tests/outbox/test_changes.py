"""What a run is told of changes to the database, and what it need not ask while there are none."""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from newsletter.config import Workspace
from newsletter.database import Database, open_database, transaction
from newsletter.errors import NewsletterError
from newsletter.outbox import (
    Cancelled,
    Paused,
    TooEarly,
    TooLate,
    cancel_mailing,
    pause_mailing,
    resume_mailing,
    schedule_mailing,
)
from newsletter.outbox.changes import Changes

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def other(db: Database, workspace: Workspace) -> Iterator[Database]:
    """The same database, as another process has it."""
    with closing((other := open_database(workspace.database)).conn):
        yield other


def noted(db: Database, changes: Changes, now: dt.datetime) -> tuple[int, NewsletterError | None]:
    with transaction(db):
        return changes.note(now), changes.hindrance(now)


def test_the_number_stays_while_nobody_changes_anything_and_the_day_is_the_same(
    db: Database, cast: Any, queue: Any, other: Database, now: dt.datetime
) -> None:
    changes = Changes(db, queue(), dt.UTC)
    assert noted(db, changes, now) == noted(db, changes, now) == noted(db, changes, now + HOUR) == (1, None)
    assert noted(db, changes, now + 24 * HOUR) == (2, None)
    other.conn.execute("UPDATE contacts SET notes = 'odd'")
    assert noted(db, changes, now + 24 * HOUR) == (3, None)
    db.conn.execute("UPDATE contacts SET notes = 'even'")
    assert noted(db, changes, now + 24 * HOUR) == (4, None)


def test_what_a_run_writes_itself_is_no_change_but_what_others_wrote_meanwhile_is(
    db: Database, cast: Any, queue: Any, other: Database, now: dt.datetime
) -> None:
    changes = Changes(db, queue(), dt.UTC)
    for _ in range(3):
        with transaction(db):
            assert changes.note(now) == 1
            db.conn.execute("UPDATE deliveries SET reply = '250'")
            changes.leave_out_own()
    other.conn.execute("UPDATE contacts SET notes = 'odd'")
    with transaction(db):
        assert changes.note(now) == 2


def test_a_pause_a_resumption_and_a_cancellation_by_others_are_seen_at_once(
    db: Database, cast: Any, queue: Any, other: Database, now: dt.datetime
) -> None:
    mailing = queue()
    changes = Changes(db, mailing, dt.UTC)
    assert noted(db, changes, now)[1] is None
    pause_mailing(other, mailing, now, by="tester")
    assert isinstance(noted(db, changes, now)[1], Paused)
    resume_mailing(other, mailing, now)
    assert noted(db, changes, now)[1] is None
    cancel_mailing(other, mailing, now, by="tester")
    assert isinstance(noted(db, changes, now)[1], Cancelled)


def test_its_times_come_and_go_while_nobody_changes_anything(
    db: Database, cast: Any, queue: Any, now: dt.datetime
) -> None:
    mailing = schedule_mailing(db, queue(), "2022-09-30T10:00:00Z", "2022-09-30T12:00:00Z")
    changes = Changes(db, mailing, dt.UTC)
    found = [noted(db, changes, now.replace(hour=hour)) for hour in (9, 10, 11, 12, 13, 9)]
    assert [number for number, _ in found] == [1] * 6
    assert [type(held) for _, held in found] == [TooEarly, *[type(None)] * 3, TooLate, TooEarly]


def test_nothing_more_is_asked_of_a_database_that_nobody_has_changed(
    db: Database, cast: Any, queue: Any, now: dt.datetime
) -> None:
    changes = Changes(db, queue(), dt.UTC)
    noted(db, changes, now)
    said: list[str] = []
    db.conn.set_trace_callback(said.append)
    noted(db, changes, now)
    db.conn.set_trace_callback(None)
    assert [one.split()[0] for one in said] == ["BEGIN", "PRAGMA", "COMMIT"]


def test_what_could_not_be_asked_is_asked_again(
    db: Database, cast: Any, queue: Any, other: Database, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing = queue()
    changes = Changes(db, mailing, dt.UTC)
    noted(db, changes, now)
    pause_mailing(other, mailing, now, by="tester")

    def fail(*args: object) -> sqlite3.Row:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr("newsletter.outbox.changes.terms_of", fail)
        with pytest.raises(sqlite3.OperationalError):
            noted(db, changes, now)
    assert isinstance(noted(db, changes, now)[1], Paused)
