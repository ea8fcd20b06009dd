"""Reports over a million deliveries of one mailing and five million of others: seconds by the clock, and the peak of the memory.

    python benchmarks/reporting.py [FOLDER] [--small]

FOLDER holds a database of benchmarks/database.py; it is made where there is none. One mailing to everybody is added,
at 2,000 domains, of which one message in thirty came back in some way. Each report is the command itself, in a process
of its own. Wanted: under 15 s of computing and 150 MB each; the first one also counts what has
changed since, and the last reads six million rows.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import database

ROOT = Path(__file__).parent.parent
WANTED, WANTED_MB = 15.0, 150.0
ISSUE = "2026-09"
REPORTS = (
    ("all mailings, the first time", ()),
    ("all mailings", ()),
    ("one mailing", (ISSUE,)),
    ("one mailing, everybody as JSON", (ISSUE, "--json")),
    ("by domain", (ISSUE, "--by", "domain")),
    ("by organisation", (ISSUE, "--by", "organisation", "--csv")),
    ("by list", (ISSUE, "--by", "list", "--share")),
    ("all mailings by domain", ("--by", "domain", "--csv")),
)
#: The command, and the peak of its memory by its own account: `getrusage` counts what started it too.
_RUN = """
import atexit, sys
from newsletter.cli import main

def peak():
    with open("/proc/self/status", encoding="ascii") as lines:
        print(next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), file=sys.stderr)

atexit.register(peak)
main()
"""
_CAME_BACK = """CASE d.id % 300 WHEN 2 THEN 'complaint' WHEN 3 THEN 'opt-out' ELSE 'bounce' END"""


def main() -> int:
    """Print the table; 1 where a report takes longer, or more memory, than wanted."""
    asked = argparse.ArgumentParser(description="Measure `newsletter report`.")
    asked.add_argument("folder", type=Path, nargs="?")
    asked.add_argument("--small", action="store_true", help="10,000 people instead of a million")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        path = database.made(folder, 10_000 if given.small else 1_000_000)
        database.settled(folder)
        add(path)
        slow = [name for name, words in REPORTS if not told(name, folder, words)]
    print("all as wanted" if not slow else f"more than wanted: {', '.join(slow)}")
    return bool(slow)


def add(path: Path) -> None:
    """One mailing to everybody, and what came back of it; not twice."""
    from newsletter.database import open_database, transaction

    db = open_database(path)
    with closing(db.conn), transaction(db):
        if db.one("SELECT 1 FROM mailings WHERE issue = ?", ISSUE):
            return
        head = '{"name": "", "email": "", "reply_to": "", "list_id": "", "public_url": ""}'
        database.insert(db, "mailings (kind, issue, issue_digest, state, lists, headers, queued_at)", 7,
                        [("issue", ISSUE, "", "done", '["partners"]', head, "2026-09-01T09:00:00Z")])  # fmt: skip
        mailing = db.one("SELECT max(id) FROM mailings")[0]
        db.conn.execute(
            f"""INSERT INTO deliveries (mailing_id, recipient_key, contact_id, email, lists, state, reason, reply, token, changed_at)
            SELECT {mailing}, address_key, contact_id, 'reader' || id || '@d' || (id * id % 2000) || '.example', '["partners"]',
                CASE id % 100 WHEN 0 THEN 'refused' WHEN 1 THEN 'skipped' ELSE 'sent' END, iif(id % 100 = 1, 'withdrawn', ''),
                iif(id % 100 = 0, '550 5.1.1 no such user', ''), 'all-' || id, '2026-09-01T10:00:00Z' FROM addresses"""
        )
        db.conn.execute(
            f"""INSERT INTO replies (digest, kind, severity, reason, delivery_id, source, state, recorded_at)
            SELECT 'all' || d.id, {_CAME_BACK}, CASE d.id % 3 WHEN 0 THEN 'hard' WHEN 1 THEN 'soft' ELSE 'policy' END,
                CASE d.id % 3 WHEN 0 THEN 'user-unknown' WHEN 1 THEN 'mailbox-full' ELSE 'blocked' END,
                d.id, 'file', 'done', '2026-09-02T10:00:00Z'
            FROM deliveries d WHERE d.mailing_id = {mailing} AND d.id % 300 < 10 AND d.state = 'sent'"""
        )


def told(name: str, folder: Path, words: tuple[str, ...]) -> bool:
    """Print one line; whether it is within what is wanted."""
    command = [sys.executable, "-c", _RUN, "-w", str(folder), "report", *words]
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    assert process.stdout  # noqa: S101
    said = sum(map(len, process.stdout))
    _, errors = process.communicate()
    assert process.returncode in (0, 1), (name, errors)  # noqa: S101  # 1: some were refused
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds, memory = time.perf_counter() - begun, float(errors.split()[-1])
    computed = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{name:34} {seconds:6.2f} s ({computed:6.2f} s computing), peak {memory:4.0f} MB, {said / 1e6:7.3f} MB said"
    )
    return computed < WANTED and memory < WANTED_MB


if __name__ == "__main__":
    sys.exit(main())
