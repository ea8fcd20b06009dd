"""What the inbox has said to be kept is on the disk, and what was taken over is nowhere on it any more."""

import datetime as dt
from pathlib import Path

import pytest

from newsletter.replies import Inbox, open_inbox, sealing_key
from newsletter.tokens import Key

NOW = dt.datetime(2022, 9, 30, 9, 0, tzinfo=dt.UTC)
KEY = Key(b"k" * 32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "inbox.db"


def asked(inbox: Inbox, pragma: str) -> object:
    return inbox._conn.execute(f"PRAGMA {pragma}").fetchone()[0]


def test_every_commit_waits_for_the_disk_also_after_it_was_asked_who_else_has_it_open(path: Path) -> None:
    for _ in ("new", "opened again"):
        with open_inbox(path, sealing_key(KEY)) as inbox:
            for _ in ("before", "after"):
                assert (asked(inbox, "synchronous"), asked(inbox, "journal_mode")) == (2, "wal")
                assert not inbox.in_use()


def test_nothing_is_left_on_the_disk_of_what_was_taken_over(path: Path) -> None:
    with open_inbox(path, sealing_key(KEY)) as inbox:
        inbox.add("access", {"email": "ada@example.org", "words": "x" * 9000}, NOW)
        inbox.add("confirm", {"token": "t"}, NOW)
        gone, stays = inbox.sealed()
        assert gone.blob[100:200] in on_disk(path)
        inbox.remove([gone.id])
        assert gone.blob[100:200] not in on_disk(path)
        assert gone.id.encode() not in on_disk(path)
        assert stays.id.encode() in on_disk(path)


def on_disk(path: Path) -> bytes:
    return b"".join(one.read_bytes() for one in path.parent.iterdir())
