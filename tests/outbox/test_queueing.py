"""Queueing many: the rows that one by one would make, all or nothing, in memory that does not grow with them."""

import datetime as dt
import json
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from newsletter.approval import approve
from newsletter.config import Config
from newsletter.database import (
    Database,
    marking_once,
    open_database,
    transaction,
    transaction_without_references,
)
from newsletter.edition import Edition
from newsletter.errors import NewsletterError
from newsletter.issue import Issue
from newsletter.outbox import Mailing, filling, mailing_of, queue_mailing, report_of
from newsletter.outbox.audience import candidates
from newsletter.outbox.ledger import due_deliveries
from newsletter.outbox.mailings import delivery_row

Queue = Callable[[], Mailing]
TABLES = ("mailings", "mailing_editions", "deliveries", "audience_snapshot")
#: Queues what was pickled, as another process would; what is patched first stands in its place.
ALONE = """
import os, pickle, re, signal, sys
from pathlib import Path
from newsletter.contacts import decisions
from newsletter.database import open_database
from newsletter.outbox import filling, queue_mailing
path, pickled = map(Path, sys.argv[1:])
{patched}
def peak():
    # Not getrusage, which counts what started this process too.
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
db = open_database(path)
before = peak()
queue_mailing(db, *pickle.loads(pickled.read_bytes()))
print(peak() - before)
"""


def add_many(db: Database, count: int, *, at_one_address: int = 1) -> None:
    """So many people who agreed to the partners' list, every tenth of whom withdrew; so many share each address."""
    ids = range(1_000, 1_000 + count)
    state = "CASE value % 10 WHEN 9 THEN 'withdrawn' ELSE 'given' END"
    several = {
        "contacts (id, name, language, created_at, updated_at)": "value, 'Person ' || value, iif(value % 4, 'en', 'cy'), '', ''",
        "addresses (contact_id, email, normalised, address_key, is_primary)": "value, 'reader' || value || '@example.org', "
        f"value, printf('%032x', value / {at_one_address} * 7919 % 1000003), 1",
        "subscriptions": f"value, 'partners', {state}, 'consent', '2022-06-14', '9999-12-31', 1",
        "list_members": "'partners', value, ''",
    }
    with transaction(db):
        db.conn.execute(
            "INSERT OR IGNORE INTO consents VALUES (1, 1, 'partners', 'given', 'consent', '', '', '', '', '', NULL, '', '', '')"
        )
        for table, values in several.items():
            db.conn.execute(f"INSERT INTO {table} SELECT {values} FROM json_each(?)", (json.dumps([*ids]),))


def left_of_it(db: Database) -> dict[str, int]:
    return {name: db.conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES}


@pytest.fixture
def many(db: Database, people: Any) -> Callable[..., None]:
    return lambda count, **odd: add_many(db, count, **odd)


@pytest.fixture
def alone(
    db: Database, issue: Issue, editions: dict[str, Edition], config: Config, now: dt.datetime, tmp_path: Path
) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Queues the approved issue in a process of its own."""

    def run(patched: str) -> subprocess.CompletedProcess[str]:
        approve(db, issue.slug, editions, "Ada Example", "study lead", now)
        pickled = tmp_path / "asked"
        pickled.write_bytes(pickle.dumps((issue, editions, config, now)))
        arguments = [sys.executable, "-c", ALONE.format(patched=patched), str(db.path), str(pickled)]
        return subprocess.run(arguments, capture_output=True, text=True, check=False, env=os.environ.copy())

    return run


@pytest.mark.parametrize(("at_one_address", "part"), [(1, 2_000), (3, 2_000), (5, 7)])
def test_the_rows_are_those_that_one_by_one_would_make(
    db: Database,
    many: Any,
    queue: Queue,
    now: dt.datetime,
    monkeypatch: pytest.MonkeyPatch,
    at_one_address: int,
    part: int,
) -> None:
    monkeypatch.setattr("newsletter.contacts.decisions._LARGE_PART", part)
    many(4_500, at_one_address=at_one_address)
    mailing = queue()
    wanted = [delivery_row(mailing, one, now) for one in candidates(db, mailing.reach, now)]
    names = {"mailing": "mailing_id", "contact": "contact_id", "now": "changed_at"}
    columns = ", ".join(names.get(name, name) for name in wanted[0])
    found = db.conn.execute(f"SELECT {columns} FROM deliveries ORDER BY contact_id").fetchall()
    assert [tuple(row) for row in found] == [tuple(row.values()) for row in wanted]
    reasons = report_of(db, mailing.issue).skipped
    assert set(reasons) == {"withdrawn"} | ({"duplicate"} if at_one_address > 1 else set())
    snapshot = "SELECT contact_id, decision, reason, lists FROM audience_snapshot ORDER BY contact_id"
    assert [tuple(row) for row in db.conn.execute(snapshot)] == [
        (
            row["contact"],
            "skip" if row["reason"] else "send",
            row["reason"],
            ", ".join(json.loads(str(row["lists"]))),
        )
        for row in wanted
    ]


def test_of_many_at_one_address_the_first_who_may_gets_it_however_they_are_parted(
    db: Database, many: Any, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.contacts.decisions._LARGE_PART", 4)
    many(40, at_one_address=1_000_000)
    db.conn.execute("UPDATE subscriptions SET state = 'withdrawn' WHERE contact_id < 1013")
    queue()
    waiting = db.conn.execute("SELECT contact_id FROM deliveries WHERE state = 'waiting'").fetchall()
    assert [tuple(row) for row in waiting] == [(1013,)]
    told = "SELECT reason, count(*) FROM audience_snapshot GROUP BY reason ORDER BY reason"
    assert [tuple(row) for row in db.conn.execute(told)] == [("", 1), ("duplicate", 23), ("withdrawn", 16)]


def test_writing_the_rows_has_no_need_of_taking_a_part_back_alone(db: Database) -> None:
    with transaction_without_references(db), filling._tables(db), marking_once(db, 1):
        for sql in (filling._OWE, filling._SNAPSHOT):
            known = dict.fromkeys(("mailing", "issue", "now", "rest"), "")
            steps = {row["opcode"] for row in db.conn.execute(f"EXPLAIN {sql}", known)}
            # What may fail in the midst of a statement, so that SQLite copies each page before it is changed.
            assert not steps & {"Function", "PureFunc", "FkCounter", "Program"}


def test_killed_in_the_middle_it_leaves_nothing_and_the_next_queues_all(
    db: Database, many: Any, alone: Any, queue: Queue
) -> None:
    many(300)
    ended = alone(
        "decisions._LARGE_PART = 50\n"
        "whole, parts = filling._owe_part, []\n"
        "def until_the_fourth(*given):\n"
        "    whole(*given)\n"
        "    parts.append(given)\n"
        "    if len(parts) == 4: os.kill(os.getpid(), signal.SIGKILL)\n"
        "filling._owe_part = until_the_fourth"
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert left_of_it(db) == dict.fromkeys(TABLES, 0)
    queue()
    assert left_of_it(db)["deliveries"] == left_of_it(db)["audience_snapshot"] == 300


def test_a_full_disk_leaves_nothing(
    db: Database, many: Any, queue: Queue, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(3_000)
    pages = db.conn.execute("PRAGMA page_count").fetchone()[0]
    db.conn.execute(f"PRAGMA max_page_count = {pages + 100}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        queue()
    assert left_of_it(db) == dict.fromkeys(TABLES, 0)
    assert mailing_of(db, issue.slug) is None
    db.conn.execute("PRAGMA max_page_count = 1000000")
    assert report_of(db, queue().issue).candidates == 3_000


def test_interrupted_it_says_so_and_leaves_nothing(
    db: Database, many: Any, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(20)

    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(filling, "edition_name", interrupted)
    sqlite3.enable_callback_tracebacks(False)  # Datasette switches them on for the whole process
    with pytest.raises(KeyboardInterrupt):
        queue()
    assert left_of_it(db) == dict.fromkeys(TABLES, 0)


def test_two_at_once_queue_one_mailing(
    db: Database,
    many: Any,
    issue: Issue,
    editions: dict[str, Edition],
    config: Config,
    now: dt.datetime,
) -> None:
    many(2_500)
    approve(db, issue.slug, editions, "Ada Example", "study lead", now)
    found: list[Mailing | NewsletterError] = []

    def run() -> None:
        other = open_database(db.path)
        with closing(other.conn):
            found.append(queue_mailing(other, issue, editions, config, now))

    runs = [threading.Thread(target=run) for _ in range(2)]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    first, second = found
    assert first == second
    assert left_of_it(db)["mailings"] == 1
    assert left_of_it(db)["deliveries"] == 2_500


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the peak of a process's memory")
def test_four_times_as_many_people_take_no_more_memory(db: Database, many: Any, alone: Any) -> None:
    db.conn.execute("PRAGMA foreign_keys = OFF")  # so that the tables can be emptied one by one
    used = []
    for count in (10_000, 40_000):
        for table in (*TABLES, "list_members", "subscriptions", "addresses", "contacts"):
            db.conn.execute(f"DELETE FROM {table}")
        many(count)
        # The pages that SQLite keeps are bounded too, but by more than these few people fill.
        ended = alone("filling._CACHE = 2000")
        assert ended.returncode == 0, ended.stderr
        assert left_of_it(db)["deliveries"] == count
        used.append(int(ended.stdout))
    # Thirty thousand people more are some 25 MB more of rows; all at once they would take 7 MB to put in order.
    assert used[1] - used[0] < 4_000, used  # kB


def test_what_is_next_costs_the_same_however_many_wait(
    db: Database, many: Any, queue: Queue, now: dt.datetime
) -> None:
    many(5_000)
    mailing = queue()
    db.conn.execute("UPDATE deliveries SET due_at = '2022-09-01' WHERE id % 1000 = 3")
    in_order = [one.id for one in due_deliveries(db, mailing.id, now, count=9_999)]
    assert in_order == sorted(in_order)
    assert len(in_order) == report_of(db, mailing.issue).waiting

    def steps(after: int) -> int:
        taken = []
        db.conn.set_progress_handler(lambda: taken.append(1), 100)
        found = due_deliveries(db, mailing.id, now, after=after, count=50)
        db.conn.set_progress_handler(None, 0)
        assert [one.id for one in found] == [one for one in in_order if one > after][:50]
        return len(taken)

    assert steps(0) < 2 * steps(in_order[-60])
