"""An issue for a segment alone, and for further ones later: one mailing, nobody twice, the equation holds."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from newsletter.approval import approve
from newsletter.config import Config
from newsletter.contacts import NewContact, add_contact, add_segment, find_segment
from newsletter.database import Database
from newsletter.edition import Edition
from newsletter.errors import NotAllowed
from newsletter.issue import Issue
from newsletter.outbox import (
    Mailing,
    count_further,
    count_newcomers,
    explain,
    mailing_of,
    queue_mailing,
    reach_of,
    rehearse,
    report_of,
    widen_mailing,
    widened,
)

NORTH = {"north": {"tag": ("north",)}}
SOUTH = {"south": {"tag": ("south",)}}


@pytest.fixture
def tagged(db: Database, people: Any, cast: Any) -> dict[str, int]:
    """Ada and Ben are in the North (Ben withdrew, Cleo never asked), Dora and Eve in the South, Flo nowhere."""
    ids = {"Ada": cast.ada, "Ben": cast.ben, "Cleo": cast.cleo}
    ids |= {name: people.add(name) for name in ("Dora", "Eve", "Flo")}
    people.event(ids["Eve"], "withdrawn")
    where = {"Ada": "north", "Ben": "north", "Cleo": "north", "Dora": "south", "Eve": "south"}
    db.conn.executemany("INSERT INTO contact_tags VALUES (?, ?)", [(ids[n], tag) for n, tag in where.items()])
    return ids


@pytest.fixture
def queue_for(
    db: Database, issue: Issue, editions: dict[str, Edition], config: Config, now: dt.datetime
) -> Callable[[dict[str, Any]], Mailing]:
    def run(segments: dict[str, Any]) -> Mailing:
        approve(db, issue.slug, editions, "Ada Example", "study lead", now)
        return queue_mailing(db, issue, editions, config, now, segments=segments)

    return run


def test_only_those_in_the_segment_are_candidates(
    db: Database, tagged: dict[str, int], queue_for: Any, send: Any, room: Any
) -> None:
    mailing = queue_for(NORTH)
    found = send(mailing)
    assert (found.candidates, found.sent, found.skipped) == (2, 1, {"withdrawn": 1})
    assert room.recipients() == ["ada@example.org"]
    kept = mailing_of(db, mailing.issue)
    assert kept is not None
    assert kept.reach.segments == NORTH
    rows = db.conn.execute("SELECT decision, lists FROM audience_snapshot ORDER BY decision").fetchall()
    assert [tuple(row) for row in rows] == [
        ("send", "partners, segment north"),
        ("skip", "segment north"),
    ]


def test_a_further_segment_joins_the_same_mailing_and_nobody_gets_two(
    db: Database, tagged: dict[str, int], people: Any, queue_for: Any, send: Any, room: Any
) -> None:
    mailing = queue_for(NORTH)
    send(mailing)
    db.conn.execute("INSERT INTO contact_tags VALUES (?, 'south')", (tagged["Ada"],))
    wider = widened(mailing, SOUTH)
    assert wider == NORTH | SOUTH
    assert count_further(db, mailing, wider, people.now) == 1
    mailing, added = widen_mailing(db, mailing, wider, people.now)
    assert added == 1
    found = send(mailing)
    assert (found.candidates, found.sent, found.skipped) == (4, 2, {"withdrawn": 2})
    assert room.recipients() == ["ada@example.org", "dora@example.org"]
    assert widen_mailing(db, mailing, wider, people.now)[1] == 0
    assert report_of(db, mailing.issue).candidates == 4


def test_without_a_segment_the_others_join_it_and_it_is_for_everybody_from_then_on(
    db: Database, tagged: dict[str, int], people: Any, queue_for: Any, send: Any, room: Any
) -> None:
    mailing = queue_for(NORTH)
    send(mailing)
    mailing, added = widen_mailing(db, mailing, {}, people.now)
    assert added == 2
    found = send(mailing)
    assert (found.candidates, found.sent, found.skipped) == (5, 3, {"withdrawn": 2})
    assert sorted(room.recipients()) == ["ada@example.org", "dora@example.org", "flo@example.org"]
    assert mailing_of(db, mailing.issue).reach.segments == {}  # type: ignore[union-attr]
    assert widened(mailing, SOUTH) == {}


def test_somebody_with_the_address_of_one_who_has_it_is_noted_and_gets_none(
    db: Database, tagged: dict[str, int], people: Any, queue_for: Any, send: Any, room: Any
) -> None:
    twin = people.add("Twin", "ada@example.org")
    db.conn.execute("INSERT INTO contact_tags VALUES (?, 'south')", (twin,))
    mailing = queue_for(NORTH)
    send(mailing)
    mailing, added = widen_mailing(db, mailing, NORTH | SOUTH, people.now)
    assert added == 1
    found = send(mailing)
    assert found.skipped == {"duplicate": 1, "withdrawn": 2}
    assert sorted(room.recipients()) == ["ada@example.org", "dora@example.org"]


def test_newcomers_are_those_of_the_segment(
    db: Database, tagged: dict[str, int], people: Any, queue_for: Any
) -> None:
    mailing = queue_for(NORTH)
    assert count_newcomers(db, mailing, people.now) == 0
    gus = people.add("Gus")
    assert count_newcomers(db, mailing, people.now) == 0
    db.conn.execute("INSERT INTO contact_tags VALUES (?, 'north')", (gus,))
    assert count_newcomers(db, mailing, people.now) == 1


def test_a_mailing_keeps_what_its_segment_meant(
    db: Database, tagged: dict[str, int], people: Any, queue_for: Any
) -> None:
    add_segment(db, "north", NORTH["north"], people.now, recorder="tester")
    mailing = queue_for({"north": find_segment(db, "north").criteria})
    add_segment(db, "north", SOUTH["south"], people.now, recorder="tester", replace=True)
    assert mailing_of(db, mailing.issue).reach.segments == NORTH  # type: ignore[union-attr]
    row = db.conn.execute("SELECT segments FROM mailings").fetchone()
    assert json.loads(row[0]) == {"north": {"tag": ["north"]}}


def test_no_segment_is_a_way_round_approval_or_consent(
    db: Database,
    tagged: dict[str, int],
    issue: Issue,
    editions: Any,
    config: Config,
    now: dt.datetime,
    queue_for: Any,
) -> None:
    with pytest.raises(NotAllowed):
        queue_mailing(db, issue, editions, config, now, segments=NORTH)
    for contact in tagged.values():
        decision = explain(db, contact, issue.slug, reach_of(issue, NORTH | SOUTH), now)
        assert decision.would_receive == (contact in (tagged["Ada"], tagged["Dora"]))
    assert queue_for(NORTH).reach.segments == NORTH


def test_why_and_a_rehearsal_say_who_is_outside(
    db: Database, tagged: dict[str, int], issue: Issue, editions: Any, config: Config, now: dt.datetime
) -> None:
    answer = explain(db, tagged["Dora"], issue.slug, reach_of(issue, NORTH), now)
    assert not answer.would_receive
    assert answer.reasons == ("is not in the segment north",)
    found = rehearse(db, issue, editions, config, now, segments=NORTH)
    assert (found.report.candidates, found.report.waiting) == (2, 1)
    assert sorted(one.email for one in found.recipients) == ["ada@example.org", "ben@example.org"]


def test_somebody_without_consent_stays_out_however_they_are_tagged(
    db: Database, people: Any, now: dt.datetime, queue_for: Any, send: Any, room: Any, tagged: dict[str, int]
) -> None:
    stranger = add_contact(db, NewContact(email="stranger@example.org", tags=("north",)), now)
    mailing = queue_for(NORTH)
    send(mailing)
    widen_mailing(db, mailing, {}, now)
    send(mailing)
    assert "stranger@example.org" not in room.recipients()
    assert "cleo@example.org" not in room.recipients()
    assert db.one("SELECT 1 FROM deliveries WHERE contact_id = ?", stranger) is None
