"""An older contacts.db that several programs open at once: brought up to date by one, after a copy of it."""

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils

from newsletter.database import create_database, creating, missing_triggers, open_database, viewing
from newsletter.database import migrations as module

OPEN = "import sys, pathlib; from newsletter.database import open_database; open_database(pathlib.Path(sys.argv[1]))"


@pytest.fixture
def older(tmp_path: Path, home: Path) -> Path:
    """A database as the first seven migrations made it, with a list in it."""
    first = sqlite_utils.Migrations("newsletter")
    first._migrations.extend(module.migrations._migrations[:7])
    path = tmp_path / "contacts.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "migrations", first)
        patch.setattr(module, "_APPEND_ONLY_LATER", {})
        patch.setattr(creating, "renew_views", lambda conn: None)
        patch.setattr("newsletter.database.opening.stale_views", lambda conn: False)
        db = create_database(path)
        db.conn.execute("INSERT INTO lists VALUES ('partners', 'Partners', '')")
        db.conn.close()
    return path


def test_three_programs_bring_an_older_database_up_to_date_together(older: Path) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", OPEN, str(older)], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [one.communicate(timeout=120)[1] for one in running]
    assert [one.returncode for one in running] == [0, 0, 0], said
    with closing((db := open_database(older)).conn):
        assert missing_triggers(db) == set()
        assert not viewing.stale_views(db.conn)
        assert db.conn.execute("SELECT name FROM lists").fetchone()[0] == "Partners"


def test_it_is_copied_aside_first_as_it_was(older: Path) -> None:
    open_database(older).conn.close()
    aside = older.with_name("contacts.db.before-migration.db")
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    with closing(sqlite3.connect(aside)) as conn:
        assert conn.execute("SELECT name FROM lists").fetchone()[0] == "Partners"
        assert conn.execute("SELECT count(*) FROM sqlite_master WHERE name = 'operations'").fetchone()[0] == 0
