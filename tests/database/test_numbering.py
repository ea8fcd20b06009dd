"""The step to deliveries that are known by their number: whatever had left before keeps the token that it left with."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils

from newsletter.database import Database, create_database, open_database
from newsletter.database import migrations as module
from newsletter.outbox import delivery_at, opaque_at
from newsletter.replies import withdraw_by_token
from newsletter.tokens import make_token

_EARLIER = [one for one in module.migrations._migrations if one.name < "m017"]
_DELIVERY = "INSERT INTO deliveries (mailing_id, recipient_key, contact_id, lists, state, token, changed_at) VALUES (1, ?, ?, '[\"partners\"]', 'sent', ?, '')"


@pytest.fixture
def older(tmp_path: Path, home: Path) -> Path:
    """A database of before, with a mailing that went out to three."""
    first = sqlite_utils.Migrations("newsletter")
    first._migrations.extend(_EARLIER)
    path = tmp_path / "contacts.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "migrations", first)
        db = create_database(path)
        with closing(db.conn):
            db.conn.execute(
                "INSERT INTO mailings (id, kind, issue, issue_digest, state, lists, headers, queued_at) "
                "VALUES (1, 'issue', '2022-09', '', 'done', '[\"partners\"]', '{}', '')"
            )
            for person in (1, 2, 3):
                key = f"key {person}"
                # As tokens were made then.
                token = db.key.mac("delivery", f"1:{key}".encode())[:10].hex()
                db.conn.execute(_DELIVERY, (key, person, token))
    return path


@pytest.fixture
def newer(older: Path) -> Database:
    db = open_database(older)
    with closing(db.conn):
        yield db


def test_tokens_that_had_left_still_lead_to_their_deliveries(newer: Database) -> None:
    for number in (1, 2, 3):
        opaque = newer.key.mac("delivery", f"1:key {number}".encode())[:10]
        assert delivery_at(newer, opaque) == number
        assert opaque_at(newer, number) == opaque


def test_a_link_to_stop_that_had_left_is_still_good(newer: Database, now) -> None:
    opaque = newer.key.mac("delivery", b"1:key 2")[:10]
    token = make_token(newer.key, "unsubscribe", opaque)
    # Nobody is left behind that delivery: known, and nothing to withdraw from, is another answer than unknown.
    known = withdraw_by_token(newer, token, channel="web", now=now).outcome
    unknown = withdraw_by_token(
        newer, make_token(newer.key, "unsubscribe", bytes(10)), channel="web", now=now
    ).outcome
    assert known != unknown


def test_a_token_is_still_no_two_deliveries_and_new_ones_need_none(newer: Database) -> None:
    (token,) = newer.one("SELECT token FROM deliveries WHERE id = 1")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        newer.conn.execute(_DELIVERY, ("key 4", 4, token))
    for number in (5, 6):
        newer.conn.execute(_DELIVERY, (f"key {number}", number, ""))
    assert [row[0] for row in newer.conn.execute("SELECT token FROM deliveries WHERE id > 3")] == ["", ""]


def test_a_token_of_old_is_found_by_its_index(newer: Database) -> None:
    asked = "EXPLAIN QUERY PLAN SELECT id FROM deliveries WHERE token = ? AND token <> ''"
    assert "deliveries_kept_token" in newer.conn.execute(asked, ("ab" * 10,)).fetchone()["detail"]
