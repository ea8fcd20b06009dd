"""When somebody is tried again whose server says 'later', and for how long."""

import datetime as dt

import pytest

from newsletter.config import Smtp
from newsletter.outbox.times import gave_up, next_try, read_stamp, stamp

NOON = dt.datetime(2022, 9, 30, 12, tzinfo=dt.UTC)


def test_each_wait_is_twice_the_one_before_up_to_four_hours() -> None:
    waits = [read_stamp(next_try(NOON, attempts, 0)) - NOON for attempts in (1, 2, 3, 7, 50)]
    assert [wait.total_seconds() / 60 for wait in waits] == [5, 10, 20, 240, 240]


def test_jitter_makes_a_wait_up_to_a_half_longer() -> None:
    assert next_try(NOON, 1, 1.0) == "2022-09-30T12:07:30Z"


@pytest.mark.parametrize(
    ("age", "tried_for", "enough"),
    [
        ("3 days", dt.timedelta(days=2, hours=23, minutes=59), False),
        ("3 days", dt.timedelta(days=3), True),
        ("12 hours", dt.timedelta(hours=12), True),
        ("1 week", dt.timedelta(days=6), False),
        ("never", dt.timedelta(days=4000), False),
        ("1 hour", dt.timedelta(days=-4000), False),
    ],
)
def test_somebody_is_tried_for_as_long_as_the_settings_say(
    age: str, tried_for: dt.timedelta, enough: bool
) -> None:
    assert gave_up(stamp(NOON - tried_for), NOON, Smtp(give_up_after=age)) is enough


def test_who_was_never_tried_is_not_given_up() -> None:
    assert not gave_up("", NOON, Smtp(give_up_after="1 hour"))


def test_the_usual_patience_leaves_time_for_many_attempts() -> None:
    now, attempts = NOON, 0
    while not gave_up(stamp(NOON), now, Smtp()):
        attempts += 1
        now = read_stamp(next_try(now, attempts, 1.0))
    assert attempts >= 15
    assert now - NOON < dt.timedelta(days=3, hours=6), "the last attempt is not long after the age"
