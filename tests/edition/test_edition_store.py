"""Editions are kept by digest, once, and come back byte for byte."""

import datetime as dt
import sqlite3

import pytest

from newsletter.config import Config
from newsletter.database import Database
from newsletter.edition import load_edition, render_edition, store_edition
from newsletter.errors import DatabaseProblem
from newsletter.issue import Issue


def test_an_edition_comes_back_as_it_was(db: Database, rich: Issue, config: Config, now: dt.datetime) -> None:
    edition = render_edition(rich, (), config)
    digest = store_edition(db, edition, now)
    assert digest == edition.digest
    assert load_edition(db, digest) == edition


def test_storing_again_changes_nothing(db: Database, rich: Issue, config: Config, now: dt.datetime) -> None:
    edition = render_edition(rich, (), config)
    store_edition(db, edition, now)
    store_edition(db, edition, now + dt.timedelta(days=1))
    rows = db.conn.execute("SELECT stored_at FROM editions").fetchall()
    assert [row[0] for row in rows] == ["2022-09-30T09:00:00Z"]
    assert db.conn.execute("SELECT count(*) FROM pictures").fetchone()[0] == 3


def test_a_stored_edition_cannot_be_changed(
    db: Database, rich: Issue, config: Config, now: dt.datetime
) -> None:
    store_edition(db, render_edition(rich, (), config), now)
    with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
        db.conn.execute("UPDATE editions SET subject = 'x'")


def test_an_edition_that_is_not_there_is_said(db: Database) -> None:
    with pytest.raises(DatabaseProblem, match="no edition with the fingerprint abc"):
        load_edition(db, "abc")


def test_an_edition_that_was_tampered_with_is_not_given_out(
    db: Database, rich: Issue, config: Config, now: dt.datetime
) -> None:
    digest = store_edition(db, render_edition(rich, (), config), now)
    db.conn.execute("DROP TRIGGER editions_refuse_update")
    db.conn.execute("UPDATE editions SET subject = 'x'")
    with pytest.raises(DatabaseProblem, match="not what was stored"):
        load_edition(db, digest)
