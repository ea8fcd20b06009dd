"""Queueing: all or nothing, once, with what it began with."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from newsletter.approval import ApprovalNeeded, approve, revoke_approvals
from newsletter.config import Config
from newsletter.database import Database
from newsletter.edition import Edition, load_edition
from newsletter.errors import ConfigError
from newsletter.issue import Issue
from newsletter.outbox import Mailing, mailing_of, opaque_at, queue_mailing
from newsletter.tokens import address_key, opaque_id

Queue = Callable[[], Mailing]


def rows(db: Database, columns: str = "*") -> list[tuple[Any, ...]]:
    return [tuple(row) for row in db.conn.execute(f"SELECT {columns} FROM deliveries ORDER BY email, state")]


def test_queueing_twice_gives_the_same_mailing(db: Database, cast: Any, queue: Queue) -> None:
    first = queue()
    assert queue().id == first.id
    assert len(rows(db)) == 2


def test_without_approval_nothing_is_queued(
    db: Database, cast: Any, issue: Issue, editions: dict[str, Edition], config: Config, now: dt.datetime
) -> None:
    with pytest.raises(ApprovalNeeded) as refused:
        queue_mailing(db, issue, editions, config, now)
    assert refused.value.exit_code == 77
    assert mailing_of(db, issue.slug) is None
    assert rows(db) == []


def test_other_content_than_was_approved_is_not_queued(
    db: Database,
    cast: Any,
    issue: Issue,
    editions: dict[str, Edition],
    config: Config,
    now: dt.datetime,
    make_edition: Any,
) -> None:
    approve(db, issue.slug, editions, "Ada Example", "study lead", now)
    with pytest.raises(ApprovalNeeded, match="fingerprint"):
        queue_mailing(db, issue, editions | {"partners": make_edition(text="else")}, config, now)


def test_an_issue_edited_meanwhile_goes_on_as_it_was(
    db: Database,
    cast: Any,
    queue: Queue,
    issue: Issue,
    editions: dict[str, Edition],
    config: Config,
    now: dt.datetime,
    make_edition: Any,
) -> None:
    first = queue()
    changed = editions | {"partners": make_edition(text="else")}
    assert queue_mailing(db, issue, changed, config, now) == first
    assert load_edition(db, first.editions["partners"]) == editions["partners"]


def test_a_withdrawn_approval_stops_what_waits(
    db: Database,
    cast: Any,
    queue: Queue,
    issue: Issue,
    editions: dict[str, Edition],
    config: Config,
    now: dt.datetime,
) -> None:
    queue()
    revoke_approvals(db, issue.slug, now)
    with pytest.raises(ApprovalNeeded, match="withdrawn"):
        queue_mailing(db, issue, editions, config, now)


def test_a_row_is_known_by_the_key_of_its_address(db: Database, cast: Any, queue: Queue) -> None:
    mailing = queue()
    (row,) = db.conn.execute("SELECT * FROM deliveries WHERE state = 'waiting'").fetchall()
    assert row["recipient_key"] == address_key(db.key, "ada@example.org")
    assert row["token"] == ""
    assert opaque_at(db, row["id"]) == opaque_id(db.key, row["id"], mailing.id, row["recipient_key"])
    assert json.loads(row["lists"]) == ["partners"]
    assert row["edition"] == mailing.editions["partners"]
    assert row["personal"] == row["message_id"] == ""


def test_of_two_contacts_with_one_address_one_gets_it(db: Database, people: Any, queue: Queue) -> None:
    people.add("Office", "office@example.org")
    people.add("Olive", "OFFICE@example.org")
    queue()
    assert sorted(rows(db, "state, reason")) == [("skipped", "duplicate"), ("waiting", "")]
    assert len({key for (key,) in rows(db, "recipient_key")}) == 2


def test_somebody_who_said_no_does_not_take_the_address_from_somebody_who_said_yes(
    db: Database, people: Any, queue: Queue
) -> None:
    for number in range(6):
        contact = people.add(f"Person {number}", "office@example.org")
        if number != 3:
            people.event(contact, "withdrawn")
    queue()
    assert sorted(rows(db, "state, reason")) == [("skipped", "withdrawn")] * 5 + [("waiting", "")]


def test_somebody_without_an_address_has_a_row_of_their_own(db: Database, people: Any, queue: Queue) -> None:
    from newsletter.contacts import NewContact, add_contact

    for name in ("Pat", "Paula"):
        contact = add_contact(db, NewContact(name=name), people.now)
        people.event(contact, "given")
    queue()
    assert rows(db, "state, reason, email") == [("skipped", "no-email", "")] * 2


def test_the_letterhead_is_frozen(db: Database, cast: Any, queue: Queue) -> None:
    queue()
    kept = json.loads(db.conn.execute("SELECT headers FROM mailings").fetchone()[0])
    assert kept == {
        "name": "The link worker study",
        "email": "news@example.org",
        "reply_to": "study@example.org",
        "list_id": "news.example.org",
        "public_url": "",
    }


def test_without_a_sender_nothing_is_queued(
    db: Database, cast: Any, issue: Issue, editions: dict[str, Edition], config: Config, now: dt.datetime
) -> None:
    approve(db, issue.slug, editions, "Ada Example", "study lead", now)
    nobody = config.model_copy(update={"sender": config.sender.model_copy(update={"email": ""})})
    with pytest.raises(ConfigError):
        queue_mailing(db, issue, editions, nobody, now)
    assert db.conn.execute("SELECT count(*) FROM mailings").fetchone()[0] == 0


def test_who_gets_it_and_why_not_is_kept_for_browsing(db: Database, cast: Any, queue: Queue) -> None:
    queue()
    kept = [
        tuple(row)
        for row in db.conn.execute("SELECT contact_id, decision, reason, lists FROM audience_snapshot")
    ]
    assert sorted(kept) == sorted([(cast.ada, "send", "", "partners"), (cast.ben, "skip", "withdrawn", "")])
