"""A correction goes to exactly those who got what it corrects and may still be written to."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from newsletter.approval import approve
from newsletter.config import Config
from newsletter.database import Database
from newsletter.edition import Edition
from newsletter.issue import Issue
from newsletter.outbox import (
    Mailing,
    NothingToCorrect,
    count_newcomers,
    explain,
    plan_mailing,
    queue_mailing,
    reach_of,
    recipients_of,
    rehearse,
)


@pytest.fixture
def correction(issue: Issue) -> Issue:
    return issue.model_copy(update={"slug": "2022-09-correction", "corrects": issue.slug})


@pytest.fixture
def send_correction(
    db: Database, correction: Issue, editions: dict[str, Edition], config: Config, now: dt.datetime
) -> Callable[[], Mailing]:
    def run() -> Mailing:
        approve(db, correction.slug, editions, "Ada Example", "study lead", now)
        return queue_mailing(db, correction, editions, config, now)

    return run


def sent(db: Database, mailing: Mailing, *, but: int | None = None) -> None:
    db.conn.execute(
        "UPDATE deliveries SET state = 'sent' WHERE mailing_id = ? AND state = 'waiting' AND contact_id IS NOT ?",
        (mailing.id, but),
    )


def test_only_those_who_got_the_issue_get_its_correction(
    db: Database, cast: Any, people: Any, queue: Callable[[], Mailing], send_correction: Callable[[], Mailing]
) -> None:
    missed = people.add("Dora")
    sent(db, queue(), but=missed)
    people.add("Erik")  # joined after the issue went out
    people.event(cast.cleo, "given")
    mailing = send_correction()
    assert [(one.email, one.state) for one in recipients_of(db, mailing.issue)] == [
        ("ada@example.org", "waiting")
    ]


def test_why_knows_whom_a_correction_is_for(
    db: Database, cast: Any, people: Any, queue: Callable[[], Mailing], correction: Issue, now: dt.datetime
) -> None:
    sent(db, queue())
    late = people.add("Erik")
    answers = [explain(db, who, correction.slug, reach_of(correction), now) for who in (cast.ada, late)]
    assert [answer.would_receive for answer in answers] == [True, False]
    assert "those who got 2022-09" in answers[1].reasons[0]


def test_who_left_meanwhile_is_skipped_with_the_reason(
    db: Database, cast: Any, people: Any, queue: Callable[[], Mailing], send_correction: Callable[[], Mailing]
) -> None:
    sent(db, queue())
    people.event(cast.ada, "withdrawn")
    mailing = send_correction()
    assert [(one.email, one.reason) for one in recipients_of(db, mailing.issue)] == [
        ("ada@example.org", "withdrawn")
    ]


def test_a_message_that_may_have_arrived_is_corrected_too(
    db: Database, cast: Any, queue: Callable[[], Mailing], send_correction: Callable[[], Mailing]
) -> None:
    mailing = queue()
    db.conn.execute(
        "UPDATE deliveries SET state = 'in-doubt' WHERE mailing_id = ? AND state = 'waiting'", (mailing.id,)
    )
    assert [one.state for one in recipients_of(db, send_correction().issue)] == ["waiting"]


def test_a_correction_offers_nobody_who_joined_later(
    db: Database,
    cast: Any,
    people: Any,
    queue: Callable[[], Mailing],
    send_correction: Callable[[], Mailing],
    now: dt.datetime,
) -> None:
    sent(db, queue())
    mailing = send_correction()
    people.add("Erik")
    assert count_newcomers(db, mailing, now) == 0


def test_the_dry_run_of_a_correction_shows_the_same_people(
    db: Database,
    cast: Any,
    people: Any,
    queue: Callable[[], Mailing],
    correction: Issue,
    editions: dict[str, Edition],
    config: Config,
    now: dt.datetime,
) -> None:
    sent(db, queue())
    people.add("Erik")
    found = rehearse(db, correction, editions, config, now)
    assert [one.email for one in found.recipients] == ["ada@example.org"]
    assert len(list(found.messages)) == 1


def test_what_was_never_sent_cannot_be_corrected(
    db: Database, cast: Any, correction: Issue, now: dt.datetime
) -> None:
    with pytest.raises(NothingToCorrect, match="nobody has got that") as caught:
        plan_mailing(db, reach_of(correction), now)
    assert caught.value.exit_code == 2
