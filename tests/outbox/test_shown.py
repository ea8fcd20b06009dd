"""A withdrawal of a permission to be shown stops a mailing that shows the person, even while it runs."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from beside import another_program
from postroom import Post, Postroom

from newsletter.approval import NotPermitted
from newsletter.config import Config
from newsletter.contacts import ConsentEvent, give_permission, keep_use, withdraw_permission
from newsletter.database import Database
from newsletter.outbox import Mailing, report_of, send_due


def test_a_run_ends_at_the_next_message_and_the_rest_waits(
    db: Database,
    people: object,
    queue: Callable[[], Mailing],
    room: Postroom,
    config: Config,
    now: dt.datetime,
) -> None:
    ada, *_ = [people.add(name) for name in ("Ada", "Ben", "Cleo", "Dora")]  # type: ignore[attr-defined]
    event = ConsentEvent(ada, "", "given", "consent", "2022-06-14", "paper", "tester")
    give_permission(db, "M-12", ["photo"], event, now)
    mailing = queue()
    keep_use(db, mailing.issue, ["M-12"], now)

    def withdraw(post: Post) -> None:
        room.before_answer = lambda post: None
        with another_program(db) as other:
            withdraw_permission(
                other, "M-12", now, effective_at="2022-09-30", channel="phone", recorder="tester"
            )

    room.before_answer = withdraw
    smtp = config.smtp.model_copy(update={"port": room.port, "timeout": 5.0, "connections": 1})
    report = send_due(
        db,
        mailing,
        config.model_copy(update={"smtp": smtp}),
        secret=str,
        clock=lambda: now,
        jitter=lambda: 0.5,
        halt=threading.Event(),
    )
    assert isinstance(report.stopped, NotPermitted)
    assert (report.sent, report.waiting) == (1, 3)
    assert len(room.taken) == 1


def test_what_stands_queued_does_not_go_on(
    db: Database, people: object, queue: Callable[[], Mailing], now: dt.datetime
) -> None:
    people.add("Ada")  # type: ignore[attr-defined]
    mailing = queue()
    keep_use(db, mailing.issue, ["M-12"], now)
    with pytest.raises(NotPermitted, match="M-12: nobody has recorded it"):
        queue()
    assert report_of(db, mailing.issue).waiting == 1
