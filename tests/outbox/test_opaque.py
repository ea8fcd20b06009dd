"""What names a delivery outside: it leads to this one, by whatever rule it was made, and never to anybody else's."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from newsletter.approval import approve
from newsletter.database import Database, open_database
from newsletter.issue import Issue
from newsletter.outbox import Mailing, add_newcomers, bring_deliveries, delivery_at, opaque_at, queue_mailing
from newsletter.tokens import PURPOSES, make_token, read_token

Queue = Callable[[], Mailing]


def names(db: Database) -> dict[int, bytes]:
    """Each delivery with what names it."""
    return {row["id"]: opaque_at(db, row["id"]) for row in db.conn.execute("SELECT id FROM deliveries")}


def whose(db: Database) -> dict[int, tuple[int, str]]:
    """Each delivery with its mailing and the key of its address."""
    rows = db.conn.execute("SELECT id, mailing_id, recipient_key FROM deliveries")
    return {row["id"]: (row["mailing_id"], row["recipient_key"]) for row in rows}


@pytest.fixture
def several(people: Any) -> list[int]:
    return [people.add(f"Reader{number}") for number in range(30)]


def test_each_delivery_has_a_name_of_its_own_that_leads_back_to_it(
    db: Database, several: list[int], queue: Queue
) -> None:
    queue()
    found = names(db)
    assert len({*found.values()}) == len(found) == 30
    assert {delivery_at(db, opaque): opaque for opaque in found.values()} == found


def test_a_name_put_together_of_two_leads_nowhere(db: Database, several: list[int], queue: Queue) -> None:
    queue()
    made = [*names(db).values()]
    mixed = {one[:5] + other[5:] for one in made for other in made if one != other}
    assert len(mixed) == 30 * 29
    assert [opaque for opaque in mixed if delivery_at(db, opaque)] == []


def test_a_name_with_one_bit_turned_leads_nowhere(db: Database, several: list[int], queue: Queue) -> None:
    queue()
    number = int.from_bytes(opaque_at(db, 1), "big")
    turned = [(number ^ 1 << bit).to_bytes(10, "big") for bit in range(80)]
    assert [opaque for opaque in turned if delivery_at(db, opaque)] == []


def test_a_token_for_one_delivery_and_purpose_is_good_for_no_other(
    db: Database, several: list[int], queue: Queue
) -> None:
    queue()
    for delivery, opaque in names(db).items():
        for purpose in PURPOSES:
            token = make_token(db.key, purpose, opaque)
            read = {other: read_token(db.key, other, token) for other in PURPOSES}
            assert {other: delivery_at(db, one) for other, one in read.items() if one} == {purpose: delivery}


@pytest.fixture
def restored(db: Database, several: list[int], tmp_path: Path) -> Iterator[Database]:
    """The database as it was before anything was queued."""
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(db.path, tmp_path / "restored.db")
    again = open_database(tmp_path / "restored.db")
    with closing(again.conn):
        yield again


def test_in_a_database_of_before_that_went_on_otherwise_a_name_leads_to_its_own_reader_or_to_nobody(
    db: Database, restored: Database, people: Any, queue: Queue, issue: Issue, editions: Any, config: Any
) -> None:
    queue()
    left, before = names(db), whose(db)
    # In the restored one half of them have withdrawn and others have come, so that the numbers are other people's.
    again = type(people)(restored, people.now)
    for row in restored.conn.execute("SELECT id FROM contacts ORDER BY id LIMIT 15").fetchall():
        again.event(row["id"], "withdrawn")
    for number in range(15):
        again.add(f"Other{number}")
    approve(restored, issue.slug, editions, "Ada Example", "study lead", people.now)
    assert {delivery_at(restored, opaque) for opaque in left.values()} == {None}
    queue_mailing(restored, issue, editions, config, people.now)
    after = whose(restored)
    assert {*before} < {*after}
    assert sum(before[number] != after[number] for number in before) > 15
    for number, opaque in left.items():
        found = delivery_at(restored, opaque)
        assert found is None or after[found] == before[number]


def test_queued_anew_from_a_backup_a_name_leads_to_its_reader_though_others_came_and_went(
    db: Database, restored: Database, people: Any, queue: Queue, issue: Issue, editions: Any, config: Any
) -> None:
    queue()
    left, before = names(db), whose(db)
    again = type(people)(restored, people.now)
    for number in range(15):
        again.add(f"Other{number}")
    approve(restored, issue.slug, editions, "Ada Example", "study lead", people.now)
    queue_mailing(restored, issue, editions, config, people.now)
    after = whose(restored)
    assert any(before[number] != after[number] for number in before)
    found = {number: delivery_at(restored, opaque) for number, opaque in left.items()}
    assert {number: after[at] for number, at in found.items() if at} == before


def test_what_is_brought_over_from_a_newer_database_keeps_its_name(
    db: Database, restored: Database, queue: Queue
) -> None:
    queue()
    assert bring_deliveries(restored, db.path) == 30
    assert names(restored) == names(db)


def test_names_of_old_are_still_known(db: Database, several: list[int], queue: Queue) -> None:
    queue()
    kept = {number: bytes([number]) * 10 for number in range(1, 11)}
    db.conn.executemany(
        "UPDATE deliveries SET token = ? WHERE id = ?", [(one.hex(), number) for number, one in kept.items()]
    )
    assert {delivery_at(db, opaque): opaque for opaque in kept.values()} == kept
    assert {number: opaque_at(db, number) for number in kept} == kept
    # And a row that has one of old is not known by what its number would give.
    assert len({*names(db).values()}) == 30


def test_a_row_of_old_that_joins_later_is_known_by_what_then_leaves(
    db: Database, people: Any, cast: Any, queue: Queue, send: Any, room: Any
) -> None:
    mailing = queue()
    db.conn.execute("UPDATE deliveries SET token = printf('%020x', id), recipient_key = printf('%032x', id) WHERE state = 'skipped'")  # fmt: skip
    (ben,) = db.one("SELECT id FROM deliveries WHERE state = 'skipped'")
    people.event(cast.ben, "given")
    assert add_newcomers(db, mailing, people.now) == 1
    send(mailing)
    (sent,) = db.one("SELECT message_id FROM deliveries WHERE id = ? AND state = 'sent'", ben)
    opaque = read_token(db.key, "delivery", sent[1:38])
    assert opaque is not None
    assert delivery_at(db, opaque) == ben
