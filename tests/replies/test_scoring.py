"""How failures for the time being add up: one a day, less the longer ago, and late reading makes them no graver."""

import datetime as dt

import pytest

from newsletter.database import Database
from newsletter.replies.scoring import add_point, forget_points

HALF_LIFE = 90.0
DAY = dt.timedelta(days=1)


def test_a_day_counts_once_however_many_messages_come_back_in_it(db: Database, now: dt.datetime) -> None:
    assert add_point(db, "ada", now, HALF_LIFE) == 1
    assert add_point(db, "ada", now + dt.timedelta(hours=3), HALF_LIFE) == 1
    assert add_point(db, "ada", now + DAY, HALF_LIFE) == pytest.approx(2, abs=0.01)


def test_what_failed_a_half_life_ago_counts_half(db: Database, now: dt.datetime) -> None:
    add_point(db, "ada", now, HALF_LIFE)
    assert add_point(db, "ada", now + 90 * DAY, HALF_LIFE) == pytest.approx(1.5)


def test_what_is_read_late_counts_for_what_it_would_count_now(db: Database, now: dt.datetime) -> None:
    add_point(db, "ada", now + 90 * DAY, HALF_LIFE)
    assert add_point(db, "ada", now, HALF_LIFE) == pytest.approx(1.5)
    # The score is still one of the later day.
    assert add_point(db, "ada", now + 180 * DAY, HALF_LIFE) == pytest.approx(1.75)


def test_each_address_has_a_score_of_its_own_and_may_begin_anew(db: Database, now: dt.datetime) -> None:
    for name in ("ada", "ben"):
        add_point(db, name, now, HALF_LIFE)
    forget_points(db, "ada")
    assert add_point(db, "ada", now + DAY, HALF_LIFE) == 1
    assert add_point(db, "ben", now + DAY, HALF_LIFE) > 1.9
