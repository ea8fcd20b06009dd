"""A dry run shows exactly what would go, and changes nothing."""

import datetime as dt
import email
import email.policy
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from newsletter.config import Config
from newsletter.contacts import Changes, edit_contact
from newsletter.database import Database
from newsletter.edition import Edition
from newsletter.issue import Issue
from newsletter.outbox import Mailing, Rehearsal, rehearse, write_messages

Rehearse = Callable[[], Rehearsal]


@pytest.fixture
def rehearsal(
    db: Database, issue: Issue, editions: dict[str, Edition], config: Config, now: dt.datetime
) -> Rehearse:
    return lambda: rehearse(db, issue, editions, config, now)


def everything(db: Database) -> Iterator[str]:
    return (line for line in db.conn.iterdump() if "audience_snapshot" not in line)


def test_it_changes_nothing_but_the_snapshot(
    db: Database, cast: Any, rehearsal: Rehearse, tmp_path: Path
) -> None:
    before = list(everything(db))
    write_messages(rehearsal().messages, tmp_path / "dry-run")
    assert list(everything(db)) == before
    kept = db.conn.execute("SELECT contact_id, reason FROM audience_snapshot").fetchall()
    assert sorted(map(tuple, kept)) == sorted([(cast.ada, ""), (cast.ben, "withdrawn")])


def test_it_tells_who_gets_it_and_who_does_not(cast: Any, rehearsal: Rehearse) -> None:
    found = rehearsal()
    assert (found.report.candidates, found.report.waiting, found.report.skipped) == (2, 1, {"withdrawn": 1})
    assert [(one.email, one.state, one.reason) for one in found.recipients if one.contact_id == cast.ada] == [
        ("ada@example.org", "waiting", "")
    ]


def test_the_messages_are_the_readers_own_and_inert(cast: Any, rehearsal: Rehearse, tmp_path: Path) -> None:
    folder = tmp_path / "build" / "dry-run"
    assert write_messages(rehearsal().messages, folder) == 1
    (path,) = folder.iterdir()
    assert path.name == f"{cast.ada}.eml", "no address in the name of a file"
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert message["To"] == "Ada <ada@example.org>"
    assert message["Message-ID"].startswith("<inert")
    text = message.get_body(("plain",)).get_content()
    assert "Dear Ada," in text
    assert "14 June 2022" in text
    assert "example.invalid" in text


def test_the_messages_are_for_the_owner_alone(cast: Any, rehearsal: Rehearse, tmp_path: Path) -> None:
    folder = tmp_path / "dry-run"
    write_messages(rehearsal().messages, folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())


def test_what_an_earlier_rehearsal_left_goes(
    cast: Any, people: Any, rehearsal: Rehearse, tmp_path: Path
) -> None:
    write_messages(rehearsal().messages, tmp_path)
    people.event(cast.ada, "withdrawn")
    assert write_messages(rehearsal().messages, tmp_path) == 0
    assert list(tmp_path.glob("*.eml")) == []


def test_an_issue_that_went_out_is_rehearsed_as_it_stands(
    cast: Any, people: Any, queue: Callable[[], Mailing], send: Any, rehearsal: Rehearse
) -> None:
    people.add("Dora")
    send(queue(), limit=1)
    found = rehearsal()
    assert (found.report.sent, found.report.waiting) == (1, 1)
    assert len(list(found.messages)) == 1


def test_who_has_another_address_since_it_was_queued_is_shown_with_that(
    db: Database, cast: Any, queue: Callable[[], Mailing], rehearsal: Rehearse, now: dt.datetime
) -> None:
    queue()
    edit_contact(db, cast.ada, Changes(add_emails=("moved@example.org",), primary="moved@example.org"), now)
    assert "moved@example.org" in [one.email for one in rehearsal().recipients]
