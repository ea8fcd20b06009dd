"""Time `consent verify` on a ledger of a given length: one entry, a state and a membership for each person.

python benchmarks/ledger.py 1500000
"""

import datetime as dt
import resource
import sys
import tempfile
import time
from pathlib import Path

import database


def fill(db, people: int) -> None:
    """So many people, each with a consent."""
    from newsletter.contacts import ConsentEvent, record_consents

    now = dt.datetime(2022, 9, 30, tzinfo=dt.UTC)
    at = "2022-01-01T00:00:00Z"
    rows = ((number, at, at) for number in range(1, people + 1))
    db.conn.execute("INSERT INTO lists VALUES ('partners', 'Partners', ?)", (at,))
    db.conn.executemany("INSERT INTO contacts (id, created_at, updated_at) VALUES (?, ?, ?)", rows)
    for start in range(1, people + 1, 20_000):
        ids = range(start, min(start + 20_000, people + 1))
        usual = ("partners", "given", "consent", "2022-01-01", "paper", "benchmark")
        given = [ConsentEvent(one, *usual, detail={"source": "sheet"}) for one in ids]
        record_consents(db, given, now, fresh=True)


def main() -> None:
    """Make the ledger, prove it, say how long that took and how much memory."""
    with tempfile.TemporaryDirectory() as folder:
        database.settled(Path(folder))
        measured(Path(folder), int(sys.argv[1]))


def measured(folder: Path, people: int) -> None:
    """The same in an empty folder."""
    from newsletter.contacts import count_entries, verify_ledger
    from newsletter.database import create_database

    db = create_database(folder / "contacts.db")
    started = time.perf_counter()
    fill(db, people)
    print(f"{count_entries(db):,} entries made in {time.perf_counter() - started:.0f} s")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    broken = verify_ledger(db)
    taken = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"verified in {taken:.1f} s ({broken or 'whole'}); memory {memory / 1024:.0f} MB at most, {before / 1024:.0f} before"
    )


if __name__ == "__main__":
    main()
