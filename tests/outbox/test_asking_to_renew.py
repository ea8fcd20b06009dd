"""Messages that ask whether a consent may go on: before its end, once a period, and never after a no."""

import datetime as dt

import pytest
from questions import WEEK, answer_in, text_of, withdraw

from newsletter.contacts import (
    ConsentEvent,
    entry_token,
    record_consent,
    renew_consent,
    standing,
    verify_ledger,
)
from newsletter.errors import NotAllowed
from newsletter.outbox import NobodyToAsk, plan_renewal, queue_renewal, recipients_of, report_of


@pytest.fixture
def ending(db, cast, now):
    """Ada's consent ends on 1 December; Ben has left; Cleo never asked."""
    event = ConsentEvent(
        cast.ada, "partners", "refreshed", "consent", "2022-06-14", "paper", "tester", expires_at="2022-12-01"
    )
    record_consent(db, event, now)
    return cast


def test_only_those_whose_consent_ends_soon_and_is_in_force_are_asked(
    db, ending, people, config, send, room, now
):
    people.add("Emeka")  # no end
    for name, kind, end in (
        ("Gwen", "withdrawn", "2022-11-01"),
        ("Hamza", "", "2022-09-01"),
        ("Iris", "", "2023-06-01"),
    ):
        contact = people.add(name, lists=())
        record_consent(
            db,
            ConsentEvent(
                contact, "partners", "given", "consent", "2022-06-14", "web", "tester", expires_at=end
            ),
            now,
        )
        if kind:
            people.event(contact, kind)
    assert send(queue_renewal(db, "partners", 90, config, now)).sent == 1
    assert room.recipients() == ["ada@example.org"]
    text = text_of(room.taken[0])
    assert "ends after 1 December 2022" in " ".join(text.split())


def test_an_answer_renews_for_as_long_as_it_was_given_for_and_works_once(db, ending, config, send, room, now):
    send(queue_renewal(db, "partners", 90, config, now))
    word, token = answer_in(room.taken[0])
    assert word == "renew"
    took = renew_consent(db, token, now, channel="email", recorder="tester")
    assert took.expires_at == "2023-03-30"
    assert standing(db, ending.ada, "partners").expires_at == "2023-03-30"
    with pytest.raises(NotAllowed, match="renewed already"):
        renew_consent(db, token, now, channel="email", recorder="tester")
    assert verify_ledger(db) is None


def test_nobody_is_asked_twice_in_a_period_and_again_in_the_next(db, ending, config, send, room, now):
    send(queue_renewal(db, "partners", 90, config, now))
    for days in (0, 1, 60):
        with pytest.raises(NobodyToAsk):
            queue_renewal(db, "partners", 90, config, now + dt.timedelta(days=days))
    renew_consent(db, answer_in(room.taken[0])[1], now + WEEK, channel="email", recorder="tester")
    later = dt.datetime(2023, 2, 1, tzinfo=dt.UTC)
    send.now = later
    assert send(queue_renewal(db, "partners", 90, config, later)).sent == 1
    assert len(room.taken) == 2


def test_after_the_end_nobody_is_asked_and_no_answer_is_taken(db, ending, config, send, room, now):
    mailing = queue_renewal(db, "partners", 90, config, now)
    send.now = dt.datetime(2022, 12, 2, 9, tzinfo=dt.UTC)
    assert (send(mailing).skipped, room.taken) == ({"expired": 1}, [])
    token = entry_token(db, "renew", standing(db, ending.ada, "partners").sequence)
    with pytest.raises(NotAllowed, match="ended after 1 December 2022"):
        renew_consent(db, token, send.now, channel="email", recorder="tester")
    with pytest.raises(NobodyToAsk):
        queue_renewal(db, "partners", 90, config, send.now)


def test_a_no_or_an_answer_that_comes_first_keeps_the_question_back(
    db, ending, people, config, send, room, now
):
    ben = people.add("Noor", lists=())
    record_consent(
        db,
        ConsentEvent(
            ben, "partners", "given", "consent", "2022-06-14", "web", "tester", expires_at="2022-11-01"
        ),
        now,
    )
    mailing = queue_renewal(db, "partners", 90, config, now)
    withdraw(db, ending.ada, now)
    record_consent(
        db,
        ConsentEvent(
            ben, "partners", "refreshed", "consent", "2022-09-29", "web", "tester", expires_at="2024-09-29"
        ),
        now,
    )
    assert (send(mailing).skipped, room.taken) == ({"answered": 1, "withdrawn": 1}, [])


def test_a_round_that_was_begun_goes_on_before_another_begins(db, ending, config, send, room, now):
    first = queue_renewal(db, "partners", 90, config, now)
    assert queue_renewal(db, "partners", 30, config, now + WEEK).id == first.id
    assert report_of(db, first.issue).waiting == 1


def test_two_people_of_one_address_get_one_message(db, ending, people, config, send, room, now):
    twin = people.add("Twin", "ADA@example.org", lists=())
    record_consent(
        db,
        ConsentEvent(
            twin, "partners", "given", "consent", "2022-06-14", "web", "tester", expires_at="2022-11-01"
        ),
        now,
    )
    found = plan_renewal(db, "partners", 90, config, now)
    assert (found.plan.to_send, found.plan.skipped) == (1, {"duplicate": 1})
    mailing = queue_renewal(db, "partners", 90, config, now)
    send(mailing)
    assert len(room.taken) == 1
    assert sorted(one.state for one in recipients_of(db, mailing.issue)) == ["sent", "skipped"]


def test_what_rests_on_another_basis_is_not_asked_about(db, people, config, now):
    contact = people.add("Olu", lists=())
    record_consent(
        db,
        ConsentEvent(
            contact, "partners", "given", "contract", "2022-06-14", "web", "tester", expires_at="2022-11-01"
        ),
        now,
    )
    assert plan_renewal(db, "partners", 90, config, now).plan.candidates == 0


def test_a_template_of_ones_own_takes_the_place_of_ours(db, ending, config, send, room, now, folder):
    words = folder / "templates/words"
    words.mkdir(parents=True)
    (words / "en.toml").write_text('renewal_button = "Please go on"\n', encoding="utf-8")
    send(queue_renewal(db, "partners", 90, config, now))
    text = text_of(room.taken[0])
    assert "Please go on" in text
