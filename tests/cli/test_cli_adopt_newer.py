"""A restored backup learns from the newer file who left, who was erased, and what was sent."""

import datetime as dt
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import forked
import pytest

from newsletter.config import Workspace
from newsletter.contacts import (
    Actor,
    Changes,
    ConsentEvent,
    NewContact,
    add_contact,
    bring_over,
    edit_contact,
    find_contacts,
    merge_contacts,
    operation,
    reason_to_skip,
    record_consent,
    suppress_address,
    sync_lists,
    undo_operation,
    verify_ledger,
    void_entry,
    withdraw_consent,
)
from newsletter.database import Database, create_database, open_database
from newsletter.errors import InputError
from newsletter.privacy import erase_person, find_subject

NOW = dt.datetime(2022, 9, 1, 12, tzinfo=dt.UTC)
ANA = Actor("ana")


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return forked.run(
        [sys.executable, "-m", "newsletter", *args],
        env=os.environ | {"NEWSLETTER_BACKUP_PASSPHRASE": "battery staple"},
    )


def join(db: Database, name: str) -> int:
    contact = add_contact(db, NewContact(email=f"{name}@example.org", name=name.title()), NOW)
    record_consent(
        db, ConsentEvent(contact, "partners", "given", "consent", "2022-06-14", "paper", "ana"), NOW
    )
    return contact


@pytest.fixture
def restored(workspace: Workspace, db: Database, tmp_path: Path) -> Path:
    """A backup with five people; then things happen to them in the newer file; then it is restored."""
    sync_lists(db, workspace.config, NOW)
    ids = {name: join(db, name) for name in ("ada", "ben", "dora", "emil", "finn")}
    saved = tmp_path / "study.newsletter-backup"
    assert run("backup", str(saved), "-w", str(workspace.root)).returncode == 0
    withdraw_consent(
        db, ids["ben"], ["partners"], NOW, effective_at="2022-08-31", channel="email", recorder="ana"
    )
    suppress_address(db, "dora@example.org", "complaint", "ana", NOW)
    edit_contact(db, ids["emil"], Changes(fields={"stop": "deceased"}), NOW)
    erase_person(db, find_subject(db, "finn@example.org"), ANA, NOW)
    db.conn.execute(
        "INSERT INTO mailings (kind, issue, issue_digest, state, lists, headers, queued_at) "
        "VALUES ('issue', '2022-09', 'x', 'done', '[\"partners\"]', '{}', '2022-09-01T12:00:00Z')"
    )
    db.conn.execute(
        "INSERT INTO deliveries (mailing_id, recipient_key, contact_id, email, state, token, changed_at) "
        "VALUES (1, 'k', ?, 'ada@example.org', 'sent', 't', '2022-09-01T12:00:00Z')",
        (ids["ada"],),
    )
    again = tmp_path / "again"
    assert run("restore", str(saved), "--into", str(again)).returncode == 0
    return again


def test_what_stands_against_writing_comes_over(workspace: Workspace, restored: Path) -> None:
    done = run("adopt", "-w", str(restored), "--newer", str(workspace.database), "--yes")
    assert done.returncode == 0, done.stderr
    with closing((db := open_database(restored / "contacts.db")).conn):
        reasons = {
            name: reason_to_skip(db, find_contacts(db, f"{name}@example.org")[0], ["partners"], NOW)
            for name in ("ada", "ben", "dora", "emil")
        }
        assert reasons == {"ada": None, "ben": "withdrawn", "dora": "suppressed", "emil": "deceased"}
        assert find_contacts(db, "finn@example.org") == []
        assert db.conn.execute("SELECT state FROM deliveries").fetchone()[0] == "sent"
    assert "2  withdrawals" in done.stdout  # an erasure is one too
    assert "1  messages" in done.stdout
    assert run("consent", "verify", "-w", str(restored)).returncode == 0


def test_the_file_that_was_used_last_is_found_by_itself(workspace: Workspace, restored: Path) -> None:
    run("lists", "-w", str(workspace.root))  # any command notes where the database lies
    run("adopt", "-w", str(workspace.root), "--yes")
    done = run("adopt", "-w", str(restored), "--yes")
    assert f"Brought over from {workspace.database}" in done.stdout
    with closing(sqlite3.connect(restored / "contacts.db")) as conn:
        assert conn.execute("SELECT count(*) FROM suppressions WHERE reason = 'complaint'").fetchone() == (1,)


def test_bringing_over_twice_changes_nothing(workspace: Workspace, restored: Path) -> None:
    with closing((db := open_database(restored / "contacts.db")).conn):
        bring_over(db, workspace.database, ANA, NOW)
        entries = db.conn.execute("SELECT count(*) FROM consents").fetchone()[0]
        again = bring_over(db, workspace.database, ANA, NOW)
        assert (again.suppressions, again.withdrawals, again.stops) == (0, 0, 0)
        assert db.conn.execute("SELECT count(*) FROM consents").fetchone()[0] == entries


def test_a_no_comes_over_to_everybody_who_is_one_person_there(
    workspace: Workspace, db: Database, tmp_path: Path
) -> None:
    """Gwen was merged into Hugo, who left and asked for no contact; Ines's consent was struck out; Jack's import undone."""
    sync_lists(db, workspace.config, NOW)
    ids = {name: join(db, name) for name in ("ada", "gwen", "hugo", "ines")}
    with operation(db, ANA, "contacts import", NOW) as imported:
        ids["jack"] = join(db, "jack")
    older = tmp_path / "older.db"
    with closing(sqlite3.connect(older)) as copy:
        db.conn.backup(copy)
    merge_contacts(db, ids["hugo"], [ids["gwen"]], NOW)
    about = {"effective_at": "2022-08-31", "channel": "email", "recorder": "ana"}
    withdraw_consent(db, ids["hugo"], ["partners"], NOW, **about)
    edit_contact(db, ids["hugo"], Changes(fields={"stop": "do-not-contact"}), NOW)
    void_entry(db, 4, "entered for somebody else", recorder="ana", now=NOW)
    undo_operation(db, imported.number, ANA, NOW)
    with closing((here := open_database(older)).conn):
        bring_over(here, workspace.database, ANA, NOW)
        found = {name: reason_to_skip(here, contact, ["partners"], NOW) for name, contact in ids.items()}
        assert found.pop("ada") is None
        assert found == {
            "gwen": "do-not-contact",
            "hugo": "do-not-contact",
            "ines": "no-consent",
            "jack": "no-consent",
        }
        stood = here.conn.execute("SELECT state FROM subscriptions WHERE contact_id = ?", (ids["gwen"],))
        assert stood.fetchone()[0] == "withdrawn"
        assert verify_ledger(here) is None


def test_another_workspace_is_refused(db: Database, tmp_path: Path) -> None:
    with (
        closing((other := create_database(tmp_path / "other.db")).conn),
        pytest.raises(InputError, match="of another workspace"),
    ):
        bring_over(db, other.path, ANA, NOW)
