"""Queueing an issue to a million people: wanted under 15 s, in under 150 MB; then `send` again, a report, a dry run.

    python benchmarks/queueing.py [FOLDER] [--small]

FOLDER keeps the people for the next run (build/queueing); each run queues in copies of it. Beside each time stands
the ratio to writing as many rows of deliveries with plain sqlite3, with the same indexes, in the same run. Each
measurement is a process of its own, so that the peak of its memory is its own.
"""

import argparse
import datetime as dt
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import database

WANTED, WANTED_MB = 15.0, 150.0
ISSUE = "2026-10"
EVERYBODY = "everybody"


def main() -> int:
    """Print the figures; 1 where queueing takes longer, or anything more memory, than wanted."""
    asked = argparse.ArgumentParser(description="Measure the queueing of a mailing.")
    asked.add_argument("folder", type=Path, nargs="?")
    asked.add_argument("--small", action="store_true", help="10,000 people instead of a million")
    asked.add_argument("--part", nargs=2, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.part:
        name, lists = given.part
        print(json.dumps(PARTS[name](given.folder, lists.split("+"))))
        return 0
    people = 10_000 if given.small else 1_000_000
    with tempfile.TemporaryDirectory() as scratch:
        kept = given.folder or Path(scratch) / "kept"
        make(kept, people)
        return measured(kept, Path(scratch) / "run")


def make(folder: Path, people: int) -> None:
    """The people of benchmarks/database.py without the deliveries, and everybody on one more list."""
    from newsletter.database import open_database, renew_pages, transaction

    if (folder / "whole").exists():
        return
    path = database.made(folder, people, mailings=False)
    db = open_database(path)
    with closing(db.conn):
        with transaction(db):
            db.conn.execute("INSERT INTO lists VALUES (?, 'Everybody', '2023')", (EVERYBODY,))
            db.conn.execute(
                "INSERT INTO subscriptions SELECT contact_id, ?, state, basis, since, expires_at, min(sequence) "
                "FROM subscriptions GROUP BY contact_id",
                (EVERYBODY,),
            )
            db.conn.execute(
                "INSERT INTO list_members SELECT list, contact_id, since FROM subscriptions WHERE list = ? ORDER BY contact_id",
                (EVERYBODY,),
            )
        renew_pages(db, database.NOW)
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (folder / "whole").touch()


def measured(kept: Path, run: Path) -> int:
    """Each part in a process of its own, over one list and over three."""
    slow = False
    for lists in (EVERYBODY, "+".join(database.LISTS)):
        shutil.rmtree(run, ignore_errors=True)
        shutil.copytree(kept, run)
        os.sync()  # else the first commit would wait for the copy to be on the disk too
        queued = alone(run, "queue", lists)
        plain = alone(run, "plain", lists)
        print(f"{lists.replace('+', ', ')}: {queued['rows']:,} deliveries")
        told("plain sqlite3: as many rows", plain, plain)
        told(f"queue_mailing (wanted under {WANTED:.0f} s)", queued, plain)
        slow |= queued["seconds"] >= WANTED or queued["mb"] >= WANTED_MB
        for name, words in (
            ("again", "what `send` asks again"),
            ("report", "`report`"),
            ("rehearse", "`send --dry-run`"),
        ):
            found = alone(run, name, lists)
            told(words, found, plain)
            slow |= found["mb"] >= WANTED_MB
    print("as wanted" if not slow else f"slower than {WANTED:.0f} s, or more than {WANTED_MB:.0f} MB")
    return int(slow)


def told(words: str, found: dict[str, float], plain: dict[str, float]) -> None:
    """One line of the table."""
    print(
        f"  {words:40} {found['seconds']:6.2f} s ({found['cpu']:6.2f} s computing), "
        f"{found['cpu'] / plain['cpu']:5.2f} times plain, peak {found['mb']:4.0f} MB"
    )


def alone(folder: Path, name: str, lists: str) -> dict[str, float]:
    """What a part measured, in its own process."""
    command = [sys.executable, __file__, str(folder), "--part", name, lists]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(out)
    return found


def timed(does) -> dict[str, float]:
    """Seconds by the clock and of the processor that it takes, what it gives, and the peak of the memory by then."""
    wall, cpu = time.perf_counter(), time.process_time()
    rows = does()
    return {
        "seconds": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "rows": rows,
        "mb": peak(),
    }


def peak() -> float:
    """The most memory that this process had, in MB: by its own account, since `getrusage` counts what started it too."""
    with Path("/proc/self/status").open(encoding="ascii") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def queue(folder: Path, lists: list[str]) -> dict[str, float]:
    """Queue the issue; the rows it made."""
    from newsletter.outbox import queue_mailing, report_of

    db, issue, editions, config = opened(folder, lists)
    with closing(db.conn):
        found = timed(lambda: queue_mailing(db, issue, editions, config, database.NOW).id)
        return found | {"rows": report_of(db, ISSUE).candidates}


def again(folder: Path, lists: list[str]) -> dict[str, float]:
    """What a second `send` asks before anything leaves: the newcomers, and how many wait."""
    from newsletter.outbox import count_newcomers, mailing_of, report_of

    db, *_ = opened(folder, lists)
    with closing(db.conn):
        return timed(
            lambda: count_newcomers(db, mailing_of(db, ISSUE), database.NOW) + report_of(db, ISSUE).waiting
        )


def report(folder: Path, lists: list[str]) -> dict[str, float]:
    """The report with every recipient in it."""
    from newsletter.outbox import recipients_of, report_of

    db, *_ = opened(folder, lists)
    with closing(db.conn):
        return timed(lambda: report_of(db, ISSUE).candidates + sum(1 for _ in recipients_of(db, ISSUE)))


def rehearse(folder: Path, lists: list[str]) -> dict[str, float]:
    """A dry run of an issue that is not queued: the snapshot, and everybody with what they would get."""
    from newsletter.outbox import rehearse as rehearsal

    db, issue, editions, config = opened(folder, lists)
    other = issue.model_copy(update={"slug": f"{ISSUE}-other"})
    with closing(db.conn):
        return timed(lambda: sum(1 for _ in rehearsal(db, other, editions, config, database.NOW).owed))


def plain(folder: Path, lists: list[str]) -> dict[str, float]:
    """The same rows into an empty table of the same shape, from memory that SQLite fills row by row."""
    path = folder / "plain.db"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute("PRAGMA secure_delete = ON")
        conn.execute(f"PRAGMA cache_size = -{48 * 1024}")
        conn.execute("ATTACH ? AS ours", (str(folder / "contacts.db"),))
        for (sql,) in conn.execute(
            "SELECT sql FROM ours.sqlite_master WHERE tbl_name = 'deliveries' AND type IN ('table', 'index') "
            "AND sql IS NOT NULL ORDER BY type DESC"
        ).fetchall():
            conn.execute(sql)
        rows = conn.execute("SELECT * FROM ours.deliveries ORDER BY id")
        marks = ", ".join("?" * len(rows.description))

        def written() -> int:
            conn.execute("BEGIN")
            conn.executemany(f"INSERT INTO main.deliveries VALUES ({marks})", rows)
            conn.execute("COMMIT")
            return 0

        return timed(written)


def opened(folder: Path, lists: list[str]):
    """The database, an issue for these lists and its editions, approved."""
    from newsletter.approval import approve
    from newsletter.config import read_workspace
    from newsletter.database import open_database
    from newsletter.edition import Edition, audience_name, audiences
    from newsletter.issue import Issue

    database.settled(folder)
    db = open_database(folder / "contacts.db")
    names = [audience_name(audience) for audience in audiences(tuple(lists))]
    editions = {
        name: Edition(ISSUE, "en", "News", "", f"<p>For {name}</p>", f"For {name}", "NLMARKERMARKER", ())
        for name in names
    }
    path = folder / "issues" / f"{ISSUE}.yaml"
    issue = Issue(title="News", date=dt.date(2026, 10, 1), subject="News", lists=tuple(lists), sections=(), slug=ISSUE, path=path)  # fmt: skip
    approve(db, ISSUE, editions, "Ada Example", "study lead", database.NOW)
    return db, issue, editions, read_workspace(folder).config


PARTS = {"queue": queue, "plain": plain, "again": again, "report": report, "rehearse": rehearse}

if __name__ == "__main__":
    sys.exit(main())
