"""Nothing is kept longer than stated, nothing goes unseen, and without a statement nothing goes at all."""

import datetime as dt
from contextlib import closing

import pytest
from quillfeather import Study, make_study

from newsletter.config import Retention, Workspace, read_config
from newsletter.contacts import Actor, ConsentEvent, NewContact, add_contact, record_consent
from newsletter.database import Database
from newsletter.errors import ConfigError
from newsletter.privacy import Due, apply_retention, plan_retention
from newsletter.privacy.retention import day_before, in_words

OLD = dt.datetime(2012, 3, 1, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def study(workspace: Workspace, now: dt.datetime) -> Study:
    return make_study(workspace, now)


def person(db: Database, name: str, *events: tuple[str, str], at: dt.datetime = OLD, **odd: str) -> int:
    contact = add_contact(db, NewContact(email=f"{name}@example.net", name=f"{name} Old", **odd), at)  # type: ignore[arg-type]
    for kind, channel in events:
        day = str(at.date())
        record_consent(db, ConsentEvent(contact, "partners", kind, "consent", day, channel, "tester"), at)
    return contact


def due(dues: list[Due], setting: str) -> Due:
    return next(one for one in dues if one.setting == setting)


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("30 days", "2022-08-31"),
        ("2 weeks", "2022-09-16"),
        ("7 months", "2022-02-28"),
        ("1 year", "2021-09-30"),
        ("6 years", "2016-09-30"),
    ],
)
def test_periods_go_by_the_calendar(period: str, day: str, now: dt.datetime) -> None:
    assert day_before(period, now) == day


def test_without_a_statement_nothing_is_due(study: Study, now: dt.datetime) -> None:
    db = study.open()
    with closing(db.conn):
        person(db, "una", ("given", "double-opt-in"))
        assert plan_retention(db, Retention(), now) == []


def test_who_never_confirmed_goes_and_may_come_back(study: Study, now: dt.datetime) -> None:
    db = study.open()
    with closing(db.conn):
        una = person(db, "una", ("given", "double-opt-in"))
        person(db, "new", ("given", "double-opt-in"), at=now - dt.timedelta(days=3))
        person(db, "yes", ("given", "double-opt-in"), ("confirmed", "web"))
        dues = plan_retention(db, Retention(never_confirmed="30 days"), now)
        assert dues[0].people == (una,)
        assert apply_retention(db, dues, Actor("tester"), now) == {"never_confirmed": 1}
        assert db.one("SELECT count(*) FROM contacts WHERE id = ?", una)[0] == 0  # type: ignore[index]
        assert db.one("SELECT count(*) FROM suppressions")[0] == 0  # type: ignore[index]
        assert plan_retention(db, Retention(never_confirmed="30 days"), now)[0].people == ()
    assert study.run("consent", "verify").returncode == 0


def test_who_left_every_list_long_ago_goes_and_stays_barred(study: Study, now: dt.datetime) -> None:
    db = study.open()
    with closing(db.conn):
        gone = person(db, "gone", ("given", "paper"), ("withdrawn", "email"))
        person(db, "lately", ("given", "paper"), ("withdrawn", "email"), at=now - dt.timedelta(days=100))
        dues = plan_retention(db, Retention(withdrawn="6 years"), now)
        assert dues[0].people == (gone,)
        apply_retention(db, dues, Actor("tester"), now)
        assert [tuple(row) for row in db.conn.execute("SELECT reason FROM suppressions")] == [("request",)]
        assert db.one("SELECT reason FROM erasures")[0] == "withdrawn 6 years"  # type: ignore[index]


def test_nobody_goes_whose_request_is_open(study: Study, now: dt.datetime) -> None:
    db = study.open()
    with closing(db.conn):
        gone = person(db, "gone", ("given", "paper"), ("withdrawn", "email"))
        db.conn.execute(
            "INSERT INTO privacy_requests (kind, contact_id, received_on, due_on, recorder, created_at) "
            "VALUES ('complaint', ?, '2022-09-01', '2022-10-01', 'tester', '')",
            (gone,),
        )
        assert plan_retention(db, Retention(withdrawn="6 years"), now)[0].people == ()


def test_who_left_the_study_and_who_went_quiet_go_when_their_time_has_come(
    study: Study, now: dt.datetime
) -> None:
    db = study.open()
    with closing(db.conn):
        left = person(db, "left", ("given", "paper"), stop="left-study")
        quiet = person(db, "quiet")
        person(db, "stopped", stop="do-not-contact")
        met = person(db, "met")
        db.conn.execute("INSERT INTO engagement_contacts VALUES (2, ?)", (met,))
        dues = plan_retention(db, Retention(left="1 year", quiet="3 years"), now)
        assert (due(dues, "left").people, due(dues, "quiet").people) == ((left,), (quiet,))
        apply_retention(db, dues, Actor("tester"), now)
        trail = db.one("SELECT command, summary FROM operations ORDER BY id DESC LIMIT 1")
    assert trail is not None
    assert trail["command"] == "privacy retention"
    assert '"left": 1, "quiet": 1' in trail["summary"]


def test_rows_lose_what_is_personal_and_are_still_counted(study: Study, now: dt.datetime) -> None:
    db = study.open()
    with closing(db.conn):
        db.conn.execute("UPDATE mailings SET state = 'done', finished_at = '2020-01-01T00:00:00Z'")
        db.conn.execute("UPDATE deliveries SET state = 'sent' WHERE state = 'waiting'")
        db.conn.execute("UPDATE privacy_requests SET closed_on = '2019-01-01'")
        settings = Retention(deliveries_addresses="2 years", requests="3 years", operations_images="1 day")
        later = now + dt.timedelta(days=2)
        dues = plan_retention(db, settings, later)
        assert {one.setting: one.amount for one in dues} == {
            "operations_images": 2,
            "deliveries_addresses": 3,
            "requests": 1,
        }
        apply_retention(db, dues, Actor("tester"), later)
        assert [one.amount for one in plan_retention(db, settings, later)] == [0, 0, 0]
        assert db.one("SELECT count(*) FROM deliveries WHERE state = 'sent'")[0] == 3  # type: ignore[index]


def test_a_mailing_that_is_not_done_keeps_its_addresses(study: Study, now: dt.datetime) -> None:
    db = study.open()
    with closing(db.conn):
        later = now + dt.timedelta(days=4000)
        assert plan_retention(db, Retention(deliveries_addresses="1 day"), later)[0].amount == 0


@pytest.mark.parametrize("period", ["soon", "0 days", "6", "years", "1.5 years", "1000 years"])
def test_a_period_that_is_none_is_refused_with_its_line(period: str) -> None:
    with pytest.raises(ConfigError, match="not a period") as told:
        read_config(f'[retention]\nwithdrawn = "{period}"\n')
    assert told.value.problems[0].line == 2


def test_people_are_told_how_long(workspace: Workspace) -> None:
    assert in_words(Retention(withdrawn="6 years")) == ("People who left every list: 6 years.",)
