"""How fast messages leave, and when one that was put off is tried again."""

import datetime as dt

from newsletter.outbox.pace import Pace
from newsletter.outbox.times import next_try

NOON = dt.datetime(2022, 9, 30, 12, tzinfo=dt.UTC)


def test_without_a_rate_nobody_waits() -> None:
    pace = Pace(None, lambda: 5.0)
    assert [pace.book() for _ in range(3)] == [0, 0, 0]


def test_thirty_a_minute_leave_two_seconds_apart_whoever_sends_them() -> None:
    clock = iter([0.0, 0.0, 0.5, 1.0, 100.0, 100.0])
    pace = Pace(0.5, lambda: next(clock))
    assert [pace.book() for _ in range(5)] == [0.0, 1.5, 3.0, 0.0, 2.0]


def test_each_wait_is_twice_the_one_before_up_to_four_hours() -> None:
    waits = [dt.datetime.fromisoformat(next_try(NOON, attempts, 0)) - NOON for attempts in (1, 2, 3, 7, 50)]
    assert [wait.total_seconds() / 60 for wait in waits] == [5, 10, 20, 240, 240]


def test_jitter_makes_a_wait_up_to_a_half_longer() -> None:
    assert next_try(NOON, 1, 1.0) == "2022-09-30T12:07:30Z"
