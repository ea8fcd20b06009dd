"""Rates: never more than the stated number in any stretch of the stated time, and never stuck."""

import datetime as dt
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.config import Rate, Smtp
from newsletter.database import Database, transaction
from newsletter.outbox.limits import Bucket, Limit, Window, limit_of
from newsletter.outbox.rates import Buckets, keep_rates, tidy_rates

NOON = dt.datetime(2022, 9, 30, 12, tzinfo=dt.UTC)
RATES = [Rate(1, "minute"), Rate(30, "minute"), Rate(14, "second"), Rate(100, "second"), Rate(997, "second"),
         Rate(5000, "minute"), Rate(3, "hour"), Rate(500, "hour"), Rate(1, "day"), Rate(200, "day")]  # fmt: skip
SECOND = 1_000_000
DAY = 86400 * SECOND

rates = st.sampled_from(RATES)
pauses = st.lists(
    st.one_of(st.just(0), st.integers(0, 3 * SECOND), st.integers(0, 3600 * SECOND), st.integers(0, 2 * DAY)),
    max_size=60,
)


def most_within(times: list[int], width: int) -> int:
    """The largest number of times in any stretch of `width` whose end is not in it."""
    first, most = 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= width:
            first += 1
        most = max(most, last - first + 1)
    return most


def departures(limit: Limit, start: int, pauses: list[int], burst: int = 40) -> list[int]:
    """As many as may go, as soon as they may, between pauses of the sender's own."""
    at, went = start, list[int]()
    for pause in [*pauses, 0]:
        for _ in range(burst):
            at += limit.wait(at)
            assert limit.wait(at) == 0
            limit.take(at)
            went.append(at)
        at += pause
    return went


@settings(deadline=None)
@given(rates, pauses)
def test_never_more_than_the_number_in_any_stretch_of_the_time(rate: Rate, pauses: list[int]) -> None:
    went = departures(limit_of(rate, "sender", str(rate), {}), 1_600_000_000 * SECOND, pauses)
    assert most_within(went, rate.seconds * SECOND) <= rate.number


@settings(deadline=None)
@given(rates, pauses)
def test_never_more_however_often_the_sender_is_started_anew(rate: Rate, pauses: list[int]) -> None:
    kept: dict[str, tuple[float, int]] = {}
    at, went = 1_600_000_000 * SECOND, list[int]()
    for pause in [*pauses, 0]:
        limit = limit_of(rate, "sender", str(rate), kept)
        for _ in range(7):
            at += limit.wait(at)
            limit.take(at)
            went.append(at)
            kept.update({name: (tokens, last) for name, tokens, last in limit.changed()})
        at += pause
    assert most_within(went, rate.seconds * SECOND) <= rate.number
    assert len(kept) <= 50, "a day's window is kept in so many rows, and no more"


@settings(deadline=None)
@given(rates, st.lists(st.integers(-400 * DAY, 400 * DAY), min_size=1, max_size=12))
def test_no_leap_of_the_clock_blocks_for_longer_than_the_rate_lasts(rate: Rate, leaps: list[int]) -> None:
    limit = limit_of(rate, "sender", str(rate), {})
    at = 2_000_000_000 * SECOND
    for leap in leaps:
        for _ in range(rate.number if rate.number < 50 else 3):
            at += (wait := limit.wait(at))
            assert wait <= rate.seconds * SECOND
            limit.take(at)
        at += leap
        assert limit.wait(at) <= rate.seconds * SECOND
        assert limit.wait(at + limit.wait(at)) == 0, "who has waited goes"


@settings(deadline=None)
@given(rates, st.integers(-400 * DAY, 400 * DAY))
def test_a_leap_of_the_clock_lets_go_no_more_than_one_bucket_or_window_at_once(rate: Rate, leap: int) -> None:
    limit = limit_of(rate, "sender", str(rate), {})
    at, most = (
        2_000_000_000 * SECOND,
        max(1, int(rate.per_second) // 50) if rate.seconds <= 60 else rate.number,
    )
    while limit.wait(at) == 0:
        limit.take(at)
    at += leap
    flood = 0
    while limit.wait(at) == 0:
        limit.take(at)
        flood += 1
    assert flood <= most


@settings(deadline=None)
@given(rates, st.integers(1, 3 * DAY))
def test_a_clock_that_was_put_back_gives_nothing_that_was_not_there(rate: Rate, back: int) -> None:
    limit = limit_of(rate, "sender", str(rate), {})
    at = 2_000_000_000 * SECOND
    while limit.wait(at) == 0:
        limit.take(at)
    assert limit.wait(at - back) > 0


def test_thirty_a_minute_leave_two_seconds_apart() -> None:
    went = departures(Bucket(Rate(30, "minute"), "sender", "", {}), 0, [], burst=31)
    assert {after - before for before, after in itertools.pairwise(went)} == {2 * SECOND}


def test_a_pause_saves_nothing_up_but_one_message() -> None:
    went = departures(Bucket(Rate(30, "minute"), "sender", "", {}), 0, [3600 * SECOND], burst=3)
    assert [at // SECOND for at in went] == [0, 2, 4, 3604, 3606, 3608]


def test_a_day_s_messages_may_go_at_once_and_then_none_for_a_day() -> None:
    window = Window(Rate(2000, "day"), "sender", "", {})
    went = departures(window, DAY, [], burst=2000)
    assert set(went) == {DAY}
    assert window.wait(DAY) == DAY
    assert [window.wait(2 * DAY - 1), window.wait(2 * DAY)] == [1, 0]


def test_a_message_waits_at_most_one_part_of_the_window_too_long() -> None:
    went = departures(Window(Rate(500, "day"), "sender", "", {}), DAY, [], burst=500)
    spread = Window(Rate(500, "day"), "sender", "", {})
    for number in range(500):
        spread.take(DAY + number * 60 * SECOND)
    at = DAY + 499 * 60 * SECOND
    assert DAY - 499 * 60 * SECOND <= spread.wait(at) <= DAY - 499 * 60 * SECOND + DAY // 48
    assert len(went) == 500


def test_a_lower_number_in_the_settings_counts_at_once() -> None:
    before = Window(Rate(100, "day"), "sender", "", {})
    for number in range(60):
        before.take(DAY + number)
    kept = {name: (tokens, at) for name, tokens, at in before.changed()}
    assert Window(Rate(50, "day"), "sender", "", kept).wait(DAY + 60) > 0
    assert Window(Rate(61, "day"), "sender", "", kept).wait(DAY + 60) == 0


def test_without_rates_nobody_waits_and_nothing_is_kept() -> None:
    buckets = Buckets(Smtp())
    buckets.take("example.org", NOON)
    assert (buckets.limited, buckets.wait("example.org", NOON), buckets.changed()) == (False, 0.0, [])
    assert buckets.holds("example.org", NOON) == ""


def test_all_rates_of_the_sender_hold_together() -> None:
    buckets = Buckets(Smtp(rate="30/minute, 3/day"))
    now, went = NOON, list[float]()
    for _ in range(4):
        now += dt.timedelta(seconds=buckets.wait("example.org", now))
        assert buckets.wait("example.org", now) == 0.0
        buckets.take("example.org", now)
        went.append((now - NOON).total_seconds())
    assert went == [0, 2, 4, 86404]


def test_a_domain_waits_while_others_go() -> None:
    buckets = Buckets(Smtp(domains={"example.org": "1/minute"}))
    buckets.take("example.org", NOON)
    buckets.take("example.net", NOON)
    assert buckets.wait("example.org", NOON) == 60.0
    assert buckets.wait("example.net", NOON) == 0.0
    assert buckets.holds("example.org", NOON) == "1/minute to example.org"


def test_a_domain_of_its_own_rate_is_free_of_the_one_for_each_domain() -> None:
    buckets = Buckets(
        Smtp(domain_rate="1/minute", domains={"example.org": "none", "example.net": "2/minute"})
    )
    for domain in ("example.org", "example.net", "example.com"):
        buckets.take(domain, NOON)
    waits = [buckets.wait(domain, NOON) for domain in ("example.org", "example.net", "example.com")]
    assert waits == [0.0, 30.0, 60.0]


def test_what_a_rate_holds_back_is_said_in_words() -> None:
    buckets = Buckets(Smtp(rate="30/minute, 1/day"))
    assert buckets.holds("example.org", NOON) == ""
    buckets.take("example.org", NOON)
    assert buckets.holds("example.org", NOON) == "1/day"


def test_a_million_domains_take_no_more_room_than_many() -> None:
    buckets = Buckets(Smtp(domain_rate="1000/second"))
    for number in range(45_000):
        buckets.take(f"d{number}.example.org", NOON + dt.timedelta(milliseconds=number))
        buckets.changed()
    assert len(buckets._domains) <= 20_000


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 5000), st.sampled_from(["a.example", "b.example"]), st.booleans()),
        max_size=40,
    )
)
def test_a_run_that_reads_what_the_last_one_kept_waits_as_long_as_that_would_have(
    db: Database, steps: list[tuple[int, str, bool]]
) -> None:
    """At each point at which a run may die: the rows of what went are in the database, committed with it."""
    db.conn.execute("DELETE FROM rates")
    chosen = Smtp(rate="30/minute, 20/day", domains={"a.example": "7/minute, 9/hour"})
    buckets, now = Buckets.read(db, chosen, NOON), NOON
    for seconds, domain, dies in steps:
        now += dt.timedelta(seconds=seconds)
        if buckets.wait(domain, now) == 0.0:
            buckets.take(domain, now)
            with transaction(db):
                keep_rates(db, buckets.changed())
        if dies:
            tidy_rates(db, now)
            other = Buckets.read(db, chosen, now)
            for to in ("a.example", "b.example"):
                assert other.wait(to, now) == pytest.approx(buckets.wait(to, now), abs=2e-6)
            buckets = other


def test_rates_outlive_the_process(db: Database) -> None:
    chosen = Smtp(rate="30/minute, 3/day", domain_rate="2/minute")
    buckets = Buckets.read(db, chosen, NOON)
    for seconds in (0, 30, 60):
        buckets.take("example.org", NOON + dt.timedelta(seconds=seconds))
    with transaction(db):
        keep_rates(db, buckets.changed())
    after = Buckets.read(db, chosen, NOON + dt.timedelta(seconds=61))
    assert after.wait("example.org", NOON + dt.timedelta(seconds=61)) == 86400 - 1
    names = [row["name"] for row in db.conn.execute("SELECT name FROM rates ORDER BY name")]
    assert names[0] == "domain:example.org/minute"
    assert "sender/minute" in names
    assert sum(name.startswith("sender/day/") for name in names) == 1


def test_what_was_never_kept_gives_a_full_bucket_and_no_more(db: Database) -> None:
    chosen = Smtp(rate="1/minute")
    Buckets.read(db, chosen, NOON).take("example.org", NOON)
    again = Buckets.read(db, chosen, NOON)
    again.take("example.org", NOON)
    assert again.wait("example.org", NOON) == 60.0


def test_what_the_future_wrote_blocks_for_one_day_at_most_however_often_one_looks(db: Database) -> None:
    chosen, later = Smtp(rate="1/minute, 4/day"), NOON.replace(year=2038)
    ahead = Buckets.read(db, chosen, later)
    for hours in range(4):
        ahead.take("example.org", later + dt.timedelta(hours=hours))
    keep_rates(db, ahead.changed())
    for hours in range(24):
        now = NOON + dt.timedelta(hours=hours)
        tidy_rates(db, now)
        assert Buckets.read(db, chosen, now).wait("example.org", now) == (24 - hours) * 3600
    tomorrow = NOON + dt.timedelta(days=1)
    tidy_rates(db, tomorrow)
    assert Buckets.read(db, chosen, tomorrow).wait("example.org", tomorrow) == 0


def test_what_was_dated_anew_is_counted_once(db: Database) -> None:
    chosen, later = Smtp(rate="9/day"), NOON.replace(year=2038)
    ahead = Buckets.read(db, chosen, later)
    for hours in range(4):
        ahead.take("example.org", later + dt.timedelta(hours=hours))
    keep_rates(db, ahead.changed())
    tidy_rates(db, NOON)
    for _ in range(5):
        right = Buckets.read(db, chosen, NOON)
        assert right.wait("example.org", NOON) == 0
        right.take("example.org", NOON)
        keep_rates(db, right.changed())
    assert Buckets.read(db, chosen, NOON).wait("example.org", NOON) == 86400
    assert db.one("SELECT sum(tokens) FROM rates")[0] == 9


def test_rows_are_forgotten_when_they_hold_nothing_back_any_more(db: Database) -> None:
    buckets = Buckets.read(db, Smtp(rate="1/minute", domain_rate="3/day"), NOON)
    buckets.take("example.org", NOON)
    keep_rates(db, buckets.changed())
    tidy_rates(db, NOON + dt.timedelta(hours=23))
    assert db.one("SELECT count(*) FROM rates")[0] == 2
    tidy_rates(db, NOON + dt.timedelta(days=1))
    assert db.one("SELECT count(*) FROM rates")[0] == 0
