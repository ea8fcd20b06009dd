"""What the pages say about a person is what `decide` says when a mailing is queued."""

import datetime as dt
import itertools
from contextlib import closing
from typing import Any

import pytest
from looking import Cast

from newsletter.contacts import decide
from newsletter.database import SKIP_REASONS, open_database, renew_pages

SAID = {**{key: {word} for key, word in SKIP_REASONS.items()}, "": {"may be written to"}} | {
    "not-on-list": {"on no list"},
    "no-consent": {"never asked", "never agreed", "not known whether they agreed"},
}


def test_every_mixture_of_states_is_said_as_it_is_decided(db: Any) -> None:
    cast = Cast(db)
    cast.lists()
    mixtures = itertools.product(
        ("", "deceased", "left-study", "do-not-contact", "held"),
        ("", "2999-01-01"),
        ("html", "large-print"),
        (True, False),
        ("", "bounced", "request", "complaint"),
        ("partners", "partners contributors", ""),
        ("given", "unconfirmed", "withdrawn", "expired", "none", "unknown", "ended", ""),
    )
    cast.consent(0, "partners", "given", "2022-01-01", kept=False)
    with_people = list(enumerate(mixtures, 1))
    for number, mixture in with_people:
        _person(cast, number, mixture)

    now = dt.datetime.now(dt.UTC)
    renew_pages(db, now)
    said = {row["id"]: row["standing"] for row in db.conn.execute("SELECT id, standing FROM people")}
    decided = {
        number: next(decide(db, ("partners", "contributors"), now, number)).reason
        for number, _ in with_people
    }

    wrong = [(mixture, decided[n], said[n]) for n, mixture in with_people if said[n] not in SAID[decided[n]]]
    assert not wrong[:3]


def _person(cast: Any, number: int, mixture: tuple[Any, ...]) -> None:
    stop, paused, kind, has_email, suppressed, lists, state = mixture
    email = f"p{number}@example.org" if has_email else ""
    cast.person(
        number,
        f"Person {number}",
        email=email,
        stop=stop.replace("held", ""),
        paused_until=paused,
        format=kind,
    )
    if stop == "held":
        cast.add("holds", contact_id=number, reply_id=1, since="2022")
    if suppressed and has_email:
        cast.add(
            "suppressions",
            address_key=f"key-{number}",
            reason=suppressed,
            recorded_at="2022",
            recorder="tester",
        )
    for name in lists.split():
        cast.member(number, name)
    if state:
        cast.add(
            "subscriptions",
            contact_id=number,
            list="partners",
            state={"unknown": "given", "ended": "given"}.get(state, state),
            basis="unknown" if state == "unknown" else "consent",
            since="2022-06-14",
            expires_at="2022-07-01" if state == "ended" else "9999-12-31",
            sequence=1,
        )


EVERYTHING = "SELECT id, name, email, organisations, roles, lists, standing, turns_on FROM people ORDER BY id"
MIXTURES = "SELECT standing, roles, lists, people FROM people_mixtures ORDER BY 1, 2, 3"


def _kept(db: Any) -> list[list[tuple[object, ...]]]:
    return [[tuple(row) for row in db.conn.execute(sql)] for sql in (EVERYTHING, MIXTURES)]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE contacts SET name = 'Zoe', stop = 'deceased' WHERE id = 12",
        "UPDATE contacts SET paused_until = '2022-10-20' WHERE id = 11",
        "UPDATE addresses SET email = 'new@example.org' WHERE contact_id = 11",
        "DELETE FROM addresses WHERE contact_id = 13",
        "UPDATE organisations SET name = 'Southern group' WHERE id = 1",
        "UPDATE lists SET name = 'Friends' WHERE list = 'partners'",
        "INSERT INTO contact_organisations VALUES (13, 2, '')",
        "UPDATE contact_organisations SET contact_id = 13 WHERE contact_id = 11",
        "INSERT INTO contact_roles VALUES (12, 'press', '', '2022-10-01')",
        "DELETE FROM contact_roles",
        "UPDATE subscriptions SET state = 'withdrawn' WHERE contact_id = 11",
        "UPDATE subscriptions SET expires_at = '2022-09-30' WHERE contact_id = 11",
        "DELETE FROM list_members WHERE contact_id = 12",
        "INSERT INTO list_members VALUES ('contributors', 13, '2022')",
        "DELETE FROM suppressions",
        "INSERT INTO suppressions VALUES ('key-11', 'request', '2022', 'tester', '')",
        "UPDATE suppressions SET reason = 'request'",
        "INSERT INTO holds VALUES (11, 1, '2022')",
        "DELETE FROM contacts WHERE id = 11",
        "INSERT INTO contacts (id, created_at, updated_at) VALUES (20, '', '')",
    ],
)
def test_a_change_by_anybody_leads_to_what_making_all_anew_leads_to(
    cast: Any, db: Any, now: dt.datetime, change: str
) -> None:
    db.conn.execute("UPDATE contacts SET format = 'html' WHERE id = 14")  # so that a dead address tells
    renew_pages(db, now)
    before = _kept(db)

    db.conn.execute(change)
    assert renew_pages(db, now, at_most=10)
    by_marks = _kept(db)

    db.conn.execute("UPDATE kept_ready SET everybody = 1")
    renew_pages(db, now)
    assert by_marks == _kept(db)
    assert by_marks != before


def test_what_time_alone_changes_is_renewed_on_its_day_and_not_before(
    cast: Any, db: Any, now: dt.datetime
) -> None:
    db.conn.execute("UPDATE subscriptions SET expires_at = '2022-10-05' WHERE contact_id = 11")
    db.conn.execute("UPDATE contacts SET paused_until = '2022-10-03' WHERE id = 13")
    renew_pages(db, now)

    def standing(day: int) -> list[str]:
        renew_pages(db, dt.datetime(2022, 10, day, 0, 1, tzinfo=dt.UTC), at_most=1)
        return [
            row[0] for row in db.conn.execute("SELECT standing FROM people WHERE id IN (11, 13) ORDER BY id")
        ]

    assert standing(2) == ["may be written to", "asked us to pause"]
    assert standing(3) == ["may be written to", "never asked"]
    assert standing(5) == ["may be written to", "never asked"]
    assert standing(6) == ["consent has ended", "never asked"]


def test_a_clock_that_was_put_back_makes_all_anew(cast: Any, db: Any, now: dt.datetime) -> None:
    db.conn.execute("UPDATE subscriptions SET expires_at = '2022-10-05' WHERE contact_id = 11")
    for later in (30, 0):
        renew_pages(db, now + dt.timedelta(days=later))
    assert db.one("SELECT standing FROM people WHERE id = 11")[0] == "may be written to"


def test_more_than_a_command_may_renew_is_left_to_the_browser(cast: Any, db: Any, now: dt.datetime) -> None:
    assert not renew_pages(db, now, at_most=3)
    assert db.one("SELECT count(*) FROM people")[0] == 0
    assert renew_pages(db, now)
    assert db.one("SELECT count(*) FROM people")[0] == 4


def test_counts_of_mailings_and_consents_follow(cast: Any, db: Any, now: dt.datetime) -> None:
    renew_pages(db, now)
    db.conn.execute("UPDATE deliveries SET state = 'sent' WHERE state = 'in-doubt'")
    cast.consent(12, "partners", "voided", "2022-08-03", voids=3)
    renew_pages(db, now)

    assert db.one("SELECT sent, may_have_arrived, refused, not_sent FROM mailing_overview")[:] == (2, 0, 1, 1)
    days = {
        tuple(row) for row in db.conn.execute("SELECT day, kind, entries FROM consent_days WHERE entries")
    }
    assert days == {("2022-06-14", "given", 2), ("2022-07-01", "given", 1)}


def test_a_lost_trigger_is_made_again_and_what_it_missed_is_seen(
    cast: Any, db: Any, now: dt.datetime
) -> None:
    renew_pages(db, now)
    db.conn.execute("DROP TRIGGER contacts_ready_update")
    db.conn.execute("UPDATE contacts SET name = 'Zoe' WHERE id = 11")
    with closing(open_database(db.path).conn):
        pass
    renew_pages(db, now)
    assert db.one("SELECT name FROM people WHERE id = 11")[0] == "Zoe"
