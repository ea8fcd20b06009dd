"""What is switched off while very many rows are written: on again afterwards, whatever happened meanwhile."""

import datetime as dt
import sqlite3

import pytest
from arriving import person, queued

from newsletter.config import Workspace
from newsletter.contacts import sync_lists
from newsletter.database import Database, marking_once, transaction, transaction_without_references
from newsletter.database.viewing import stale_views
from newsletter.outbox import filling

_NOBODYS = "INSERT INTO deliveries (mailing_id, recipient_key, contact_id, state, token, changed_at) VALUES (?, ?, 1, 'waiting', '', '')"


@pytest.fixture
def listed(db: Database, workspace: Workspace, now: dt.datetime) -> Database:
    sync_lists(db, workspace.config, now)
    person(db, "Ada", now)
    return db


def references(db: Database) -> bool:
    return bool(db.conn.execute("PRAGMA foreign_keys").fetchone()[0])


def checks(db: Database) -> bool:
    return not db.conn.execute("PRAGMA ignore_check_constraints").fetchone()[0]


def marked(db: Database) -> list[int]:
    return [row[0] for row in db.conn.execute("SELECT mailing_id FROM stale_mailings")]


def test_after_queueing_everything_is_watched_again(
    listed: Database, workspace: Workspace, now: dt.datetime
) -> None:
    mailing = queued(listed, workspace, now)
    assert references(listed)
    assert checks(listed)
    assert not stale_views(listed.conn)
    assert listed.conn.execute("PRAGMA foreign_key_check").fetchall() == []
    assert [row[0] for row in listed.conn.execute("PRAGMA integrity_check")] == ["ok"]  # the CHECKs among it
    assert marked(listed) == [mailing.id]
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        listed.conn.execute(_NOBODYS, (77, "a"))
    listed.conn.execute("DELETE FROM stale_mailings")
    listed.conn.execute(_NOBODYS, (mailing.id, "a"))
    assert marked(listed) == [mailing.id]


def test_after_queueing_that_failed_too(
    listed: Database, workspace: Workspace, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(filling, "_SNAPSHOT", "SELECT nothing")
        with pytest.raises(sqlite3.OperationalError, match="nothing"):
            queued(listed, workspace, now)
    assert references(listed)
    assert checks(listed)
    assert not stale_views(listed.conn)
    assert not listed.conn.in_transaction
    assert marked(listed) == []
    assert listed.conn.execute("SELECT count(*) FROM sqlite_temp_master").fetchone()[0] == 0
    assert marked(listed) == [] != [queued(listed, workspace, now).id] == marked(listed)


def test_a_broken_rule_takes_the_whole_transaction_back(
    listed: Database, workspace: Workspace, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(filling, "_OWE", filling._OWE.replace("p.email", "NULL"))
        with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"):
            queued(listed, workspace, now)
    assert references(listed)
    assert checks(listed)
    assert listed.conn.execute("SELECT count(*) FROM mailings").fetchone()[0] == 0
    assert not stale_views(listed.conn)


def test_inside_a_transaction_that_looks_up_references_they_cannot_be_set_aside(listed: Database) -> None:
    aside = transaction_without_references(listed)
    with transaction(listed), pytest.raises(RuntimeError, match="inside a transaction"):
        aside.__enter__()
    assert references(listed)


def test_a_part_of_a_transaction_without_references_ends_with_the_whole(listed: Database) -> None:
    whole = transaction_without_references(listed)
    whole.__enter__()
    with transaction_without_references(listed):
        listed.conn.execute("DELETE FROM subscriptions")
    assert listed.conn.in_transaction
    assert not references(listed)
    assert not whole.__exit__(KeyError, KeyError(), None)
    assert references(listed)
    assert listed.conn.execute("SELECT count(*) FROM subscriptions").fetchone()[0] > 0


def test_while_a_mailing_is_marked_once_its_rows_do_not_mark_it(
    listed: Database, workspace: Workspace, now: dt.datetime
) -> None:
    mailing = queued(listed, workspace, now)
    with transaction(listed), marking_once(listed, mailing.id):
        listed.conn.execute("DELETE FROM stale_mailings")
        listed.conn.execute(_NOBODYS, (mailing.id, "a"))
        assert marked(listed) == []
    assert not stale_views(listed.conn)
