"""What came in is on the disk when it is said to be, sealed, bounded, and for its owner alone."""

import datetime as dt
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.errors import DatabaseProblem
from newsletter.replies import (
    ArrivalTooLong,
    Inbox,
    InboxFull,
    Unreadable,
    open_inbox,
    sealing_key,
    unseal,
)
from newsletter.replies.sealing import ARRIVAL_LIMIT
from newsletter.tokens import Key, new_key

NOW = dt.datetime(2022, 9, 30, 9, 0, tzinfo=dt.UTC)
KEY = Key(b"k" * 32)
ADA = {"email": "ada@example.org", "lists": ["partners"], "name": "Ada ‘Ng’ Löwe"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "inbox.db"


def opened(path: Path) -> Inbox:
    return open_inbox(path, sealing_key(KEY))


def test_what_was_added_is_read_again_with_the_key_oldest_first(path: Path) -> None:
    with opened(path) as inbox:
        ids = [inbox.add("subscribe", ADA, NOW), inbox.add("unsubscribe", {"token": "t"}, NOW)]
    with opened(path) as inbox:
        found = [unseal(one, KEY) for one in inbox.sealed()]
    assert [one.id for one in found] == ids
    assert [(one.kind, one.at) for one in found] == [
        ("subscribe", "2022-09-30T09:00:00Z"),
        ("unsubscribe", "2022-09-30T09:00:00Z"),
    ]
    assert found[0].data == ADA


def test_nothing_of_a_person_can_be_read_from_the_files(path: Path) -> None:
    with opened(path) as inbox:
        inbox.add("subscribe", ADA, NOW)
        files = b"".join(one.read_bytes() for one in path.parent.iterdir())
    assert b"ada@" not in files
    assert b"partners" not in files


def test_the_files_are_for_their_owner_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        with opened(path) as inbox:
            inbox.add("subscribe", ADA, NOW)
            modes = {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {0o600}


def test_forms_of_like_length_are_sealed_to_the_same_length(path: Path) -> None:
    with opened(path) as inbox:
        for email in ("a@example.org", "somebody.with.a.long.name@example.org"):
            inbox.add("access", {"email": email}, NOW)
        assert len({len(one.blob) for one in inbox.sealed()}) == 1


@pytest.mark.parametrize("change", ["key", "id", "kind", "at", "blob", "cut", "form", "unheard-of"])
def test_what_was_changed_on_its_way_is_not_opened(path: Path, change: str) -> None:
    with opened(path) as inbox:
        inbox.add("subscribe", ADA, NOW)
        [sealed] = inbox.sealed()
    key = new_key() if change == "key" else KEY
    changed = {
        "key": sealed,
        "id": replace(sealed, id="another"),
        "kind": replace(sealed, kind="erasure"),
        "at": replace(sealed, at="2030-01-01T00:00:00Z"),
        "blob": replace(sealed, blob=sealed.blob[:-1] + bytes([sealed.blob[-1] ^ 1])),
        "cut": replace(sealed, blob=sealed.blob[:20]),
        "form": replace(sealed, blob=b"\x02" + sealed.blob[1:]),
        "unheard-of": replace(sealed, kind="dance"),
    }[change]
    with pytest.raises(Unreadable):
        unseal(changed, key)


def test_what_was_removed_is_gone_and_the_rest_stays(path: Path) -> None:
    with opened(path) as inbox:
        first, second = (inbox.add("confirm", {"token": word}, NOW) for word in "ab")
        assert inbox.remove([first, "never-there"]) == 1
        assert [one.id for one in inbox.sealed()] == [second]
        assert inbox.count() == 1


def test_a_full_inbox_takes_nothing_until_another_program_has_emptied_it(path: Path) -> None:
    with Inbox(path, sealing_key(KEY), limit=700) as inbox, opened(path) as other:
        first = inbox.add("confirm", {}, NOW)
        inbox.add("confirm", {}, NOW)
        with pytest.raises(InboxFull):
            inbox.add("confirm", {}, NOW)
        other.remove([first])
        inbox.add("confirm", {}, NOW)
        assert inbox.count() == 2


def test_an_inbox_says_when_it_has_no_room_for_another_form(path: Path) -> None:
    with Inbox(path, sealing_key(KEY), limit=ARRIVAL_LIMIT) as inbox, opened(path) as other:
        inbox.require_room()
        first = inbox.add("confirm", {}, NOW)
        with pytest.raises(InboxFull):
            inbox.require_room()
        other.remove([first])
        inbox.require_room()


def test_an_inbox_whose_file_is_gone_has_no_room(path: Path) -> None:
    with opened(path) as inbox:
        path.rename(path.with_name("elsewhere.db"))
        with pytest.raises(DatabaseProblem, match="moved or deleted"):
            inbox.require_room()


def test_a_form_that_is_too_long_is_refused(path: Path) -> None:
    with opened(path) as inbox, pytest.raises(ArrivalTooLong):
        inbox.add("access", {"words": "x" * 20_000}, NOW)


def test_many_threads_may_add_at_once_and_nothing_is_lost(path: Path) -> None:
    with opened(path) as inbox, ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(lambda n: inbox.add("confirm", {"token": str(n)}, NOW), range(300)))
        assert {one.id for one in inbox.sealed()} == set(ids)
        assert len(set(ids)) == 300


def test_two_programs_may_have_it_open(path: Path) -> None:
    with opened(path) as inbox, opened(path) as other:
        inbox.add("confirm", {}, NOW)
        other.add("confirm", {}, NOW)
        assert inbox.count() == other.count() == 2


def test_whether_another_program_has_it_open_can_be_asked(path: Path) -> None:
    with opened(path) as inbox:
        inbox.add("confirm", {}, NOW)
        assert not inbox.in_use()
        with opened(path) as other:
            assert inbox.in_use()
            assert other.in_use()
            other.add("confirm", {}, NOW)
        assert not inbox.in_use()
        inbox.add("confirm", {}, NOW)
        assert inbox.count() == 3


def test_a_file_that_was_deleted_beneath_it_takes_nothing_more(path: Path) -> None:
    with opened(path) as inbox:
        inbox.add("confirm", {}, NOW)
        path.unlink()
        with pytest.raises(DatabaseProblem, match="moved or deleted"):
            inbox.add("confirm", {}, NOW)


def test_a_disk_that_is_full_is_said_to_who_adds_and_harms_nothing_later(path: Path) -> None:
    with opened(path) as inbox:
        pages = inbox._conn.execute("PRAGMA page_count").fetchone()[0]
        inbox._conn.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DatabaseProblem, match="full"):
            inbox.add("access", {"words": "x" * 9000}, NOW)
        inbox._conn.execute("PRAGMA max_page_count = 1000000")
        inbox.add("access", {"words": "x" * 9000}, NOW)
        assert inbox.count() == 1


def test_another_program_s_database_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE treasure (gold)")
        conn.commit()
    with pytest.raises(DatabaseProblem, match="not an inbox"):
        opened(path)


def test_after_closing_nothing_is_taken_any_more(path: Path) -> None:
    inbox = opened(path)
    inbox.add("confirm", {}, NOW)
    inbox.close()
    with pytest.raises(DatabaseProblem, match="closed"):
        inbox.add("confirm", {}, NOW)


ADDING = """
import datetime as dt, sys, threading
from pathlib import Path
from newsletter.replies import open_inbox
inbox = open_inbox(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]))
said = threading.Lock()
def go():
    while True:
        one = inbox.add("confirm", {"token": "t"}, dt.datetime.now(dt.UTC))
        with said:
            sys.stdout.write(one + "\\n"); sys.stdout.flush()
for _ in range(8):
    threading.Thread(target=go).start()
"""


def test_what_was_answered_for_is_there_after_kill_9(path: Path) -> None:
    said: list[str] = []
    command = [sys.executable, "-c", ADDING, str(path), sealing_key(KEY).hex()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        killer = threading.Event()
        for line in running.stdout:
            said.append(line.strip())
            if len(said) == 200 and not killer.is_set():
                killer.set()
                running.send_signal(signal.SIGKILL)
    with opened(path) as inbox:
        kept = {one.id for one in inbox.sealed(1_000_000)}
        assert inbox._conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    said = [one for one in said if len(one) == 32]
    assert len(said) >= 200
    assert set(said) <= kept
