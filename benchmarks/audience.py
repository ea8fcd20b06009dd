"""Choosing the recipients of an issue with their reasons, and keeping who gets it: at a million, wanted under 5 s.

    python benchmarks/audience.py [FOLDER] [--small]

FOLDER as in benchmarks/browse.py. The ratio is to reading as many rows of people from the same database.
"""

import argparse
import datetime as dt
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import database

RUNS, WANTED = 3, 5.0


def main() -> int:
    """Print the figures; 1 where choosing takes longer than wanted."""
    asked = argparse.ArgumentParser(description="Measure the choosing of recipients.")
    asked.add_argument("folder", type=Path, nargs="?")
    asked.add_argument("--small", action="store_true", help="10,000 people instead of a million")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        path = database.made(folder, 10_000 if given.small else 1_000_000)
        database.settled(folder)
        return measured(path)


def measured(path: Path) -> int:
    """Time the choosing for one list and for all, beside a plain reading of as many rows."""
    from newsletter.contacts import decide
    from newsletter.database import open_database

    now = dt.datetime.now(dt.UTC)
    db = open_database(path)
    with closing(db.conn):
        slowest = 0.0
        for lists in (["partners"], list(database.LISTS)):
            count = sum(1 for _ in decide(db, lists, now))
            took, computing = median(lambda lists=lists: [None for _ in decide(db, lists, now)])
            sql = "SELECT c.*, a.* FROM contacts c JOIN addresses a ON a.contact_id = c.id LIMIT ?"
            plain, _ = median(lambda count=count, sql=sql: [None for _ in db.conn.execute(sql, (count,))])
            print(
                f"{len(lists)} list(s), {count:9,} people with reasons: {took:6.2f} s ({computing:.2f} s computing), "
                f"{took / plain:4.1f} times reading as many rows"
            )
            slowest = max(slowest, took)
    print("as wanted" if slowest < WANTED else f"slower than {WANTED} s")
    return int(slowest >= WANTED)


def median(does: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of the processor, the median of a few runs."""
    walls, used = [], []
    for _ in range(RUNS):
        wall, cpu = time.perf_counter(), time.process_time()
        does()
        walls.append(time.perf_counter() - wall)
        used.append(time.process_time() - cpu)
    return statistics.median(walls), statistics.median(used)


if __name__ == "__main__":
    sys.exit(main())
