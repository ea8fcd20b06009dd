"""The generator of the large database for the benchmarks: what it makes is what the program would have made."""

import importlib.util
import os
from contextlib import closing
from pathlib import Path

import pytest

from newsletter.contacts import verify_ledger
from newsletter.database import open_database

GENERATOR = Path(__file__).resolve().parent.parent / "benchmarks" / "database.py"


def test_the_ledger_of_the_made_up_database_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "HOME",
        "NEWSLETTER_SECRETS",
        "NEWSLETTER_OPERATOR",
        *(f"XDG_{of}_HOME" for of in ("CONFIG", "STATE", "DATA", "CACHE")),
    ):
        monkeypatch.setenv(name, os.environ.get(name, ""))  # put back after the generator has set its own
    spec = importlib.util.spec_from_file_location("benchmark_database", GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    with closing(open_database(generator.made(tmp_path, 400)).conn) as conn:
        assert conn.execute("SELECT count(*) FROM consents").fetchone()[0] == 600
    db = open_database(tmp_path / "contacts.db")
    with closing(db.conn):
        assert verify_ledger(db) is None
