"""Requests: by when, what happens at once, and what is late."""

import datetime as dt
from contextlib import closing

import pytest
from quillfeather import Study, make_study

from newsletter.config import Workspace
from newsletter.contacts import Actor, reason_to_skip
from newsletter.privacy import add_request, find_subject, stranger
from newsletter.privacy.requests import (
    KINDS,
    BadRequest,
    acknowledge_request,
    all_requests,
    close_request,
    due_on,
)

ADA = "ada.quillfeather@example.org"
DAY = dt.date(2022, 9, 1)
ACTOR = Actor("tester")


@pytest.fixture
def study(workspace: Workspace, now: dt.datetime) -> Study:
    return make_study(workspace, now)


@pytest.mark.parametrize(
    ("kind", "received", "due"),
    [
        ("access", "2026-09-03", "2026-10-03"),
        ("erasure", "2026-01-31", "2026-02-28"),
        ("access", "2028-01-31", "2028-02-29"),
        ("objection", "2026-12-05", "2027-01-05"),
        ("rectification", "2026-11-30", "2026-12-30"),
        ("complaint", "2026-06-19", "2026-07-19"),
    ],
)
def test_a_request_is_due_in_a_month_and_a_complaint_acknowledged_in_30_days(
    kind: str, received: str, due: str
) -> None:
    assert due_on(kind, dt.date.fromisoformat(received)) == dt.date.fromisoformat(due)


def test_an_objection_stops_everything_at_once(study: Study, now: dt.datetime) -> None:
    db = study.open()
    with closing(db.conn):
        add_request(db, "objection", find_subject(db, ADA), DAY, ACTOR, now)
        assert reason_to_skip(db, study.ada, ["partners"], now) == "do-not-contact"
        assert reason_to_skip(db, study.ben, ["partners"], now) is None
        kinds = [row[0] for row in db.conn.execute("SELECT reason FROM suppressions")]
        last = db.one("SELECT kind, channel FROM consents ORDER BY sequence DESC LIMIT 1")
    assert kinds == ["request", "request"]
    assert tuple(last or ()) == ("withdrawn", "objection")


def test_an_objection_does_not_silence_somebody_at_the_same_address(study: Study, now: dt.datetime) -> None:
    study.run("contacts", "add", "ben@example.org", "--name", "Dora Carter", "--shared")
    dora = study.rows("SELECT id FROM contacts WHERE name = 'Dora Carter'")[0][0]
    db = study.open()
    with closing(db.conn):
        add_request(db, "objection", find_subject(db, str(dora)), DAY, ACTOR, now)
        assert reason_to_skip(db, int(str(dora)), ["partners"], now) == "do-not-contact"
        assert reason_to_skip(db, study.ben, ["partners"], now) is None


def test_an_objection_of_somebody_unknown_bars_the_address(study: Study, now: dt.datetime) -> None:
    db = study.open()
    with closing(db.conn):
        kept = add_request(db, "objection", stranger(db, "zed@example.net"), DAY, ACTOR, now)
        assert kept.contact_id is None
        assert db.one("SELECT count(*) FROM suppressions")[0] == 1  # type: ignore[index]


def test_a_restriction_stops_mail_and_takes_no_consent_away(study: Study, now: dt.datetime) -> None:
    db = study.open()
    with closing(db.conn):
        add_request(db, "restriction", find_subject(db, ADA), DAY, ACTOR, now)
        assert reason_to_skip(db, study.ada, ["partners"], now) == "do-not-contact"
        assert db.one("SELECT count(*) FROM consents WHERE kind = 'withdrawn'")[0] == 0  # type: ignore[index]


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"objection", "restriction"}))
def test_other_requests_change_nothing_by_themselves(study: Study, now: dt.datetime, kind: str) -> None:
    db = study.open()
    with closing(db.conn):
        add_request(db, kind, find_subject(db, ADA), DAY, ACTOR, now, "by email")
        assert reason_to_skip(db, study.ada, ["partners"], now) is None


def test_what_is_not_answered_in_time_is_overdue(study: Study, now: dt.datetime) -> None:
    db = study.open()
    with closing(db.conn):
        db.conn.execute("DELETE FROM privacy_requests")
        access = add_request(db, "access", None, DAY, ACTOR, now)
        complaint = add_request(db, "complaint", None, DAY, ACTOR, now)
        assert not access.is_overdue(dt.date(2022, 10, 1))
        assert access.is_overdue(dt.date(2022, 10, 2))
        assert complaint.is_overdue(dt.date(2022, 10, 2))
        assert acknowledge_request(db, access.id, DAY).is_overdue(dt.date(2022, 10, 2))
        assert not acknowledge_request(db, complaint.id, DAY).is_overdue(dt.date(2022, 12, 2))
        assert not close_request(db, access.id, DAY, "done").is_overdue(dt.date(2022, 12, 2))
        assert [one.kind for one in all_requests(db)] == ["complaint"]
        assert len(all_requests(db, closed=True)) == 2


def test_a_closed_request_stays_closed_and_days_are_in_order(study: Study, now: dt.datetime) -> None:
    db = study.open()
    with closing(db.conn):
        kept = add_request(db, "access", None, DAY, ACTOR, now)
        with pytest.raises(BadRequest, match="after 2022-08-31"):
            close_request(db, kept.id, dt.date(2022, 8, 31), "done")
        close_request(db, kept.id, DAY, "refused", "not the person")
        with pytest.raises(BadRequest, match="was closed"):
            acknowledge_request(db, kept.id, DAY)
        with pytest.raises(BadRequest, match="no request 99"):
            close_request(db, 99, DAY, "done")


def test_the_trail_names_the_kind_and_nobody(study: Study, now: dt.datetime) -> None:
    db = study.open()
    with closing(db.conn):
        add_request(db, "objection", find_subject(db, ADA), DAY, ACTOR, now, "Ada Quillfeather called")
    assert study.rows("SELECT command, summary FROM operations ORDER BY id DESC LIMIT 1") == [
        ("privacy request add", '{"kind": "objection"}')
    ]
