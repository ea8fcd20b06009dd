"""When the last message will leave: exactly when it would, if it is played through."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.config import Smtp
from newsletter.contacts import Decision, decide
from newsletter.database import Database
from newsletter.outbox import Mailing
from newsletter.outbox.plan import foretell, when_done
from newsletter.outbox.rates import Buckets, keep_rates

NOON = dt.datetime(2022, 9, 30, 12, tzinfo=dt.UTC)
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("chosen", "counts", "lasts"),
    [
        (Smtp(), {"a.example": 1000}, dt.timedelta()),
        (Smtp(rate="30/minute"), {}, dt.timedelta()),
        (Smtp(rate="30/minute"), {"a.example": 1}, dt.timedelta()),
        (Smtp(rate="30/minute"), {"a.example": 2000}, dt.timedelta(seconds=3998)),
        (Smtp(rate="30/minute"), {"a.example": 1500, "b.example": 500}, dt.timedelta(seconds=3998)),
        (Smtp(rate="2000/day"), {"a.example": 2000}, dt.timedelta()),
        (Smtp(rate="2000/day"), {"a.example": 2001}, DAY),
        (Smtp(rate="2000/day"), {"a.example": 6001}, 3 * DAY),
        (Smtp(domain_rate="1/minute"), {"a.example": 5, "b.example": 3}, 4 * MINUTE),
        (Smtp(domains={"a.example": "1/minute"}), {"a.example": 5, "b.example": 300}, 4 * MINUTE),
        (Smtp(rate="2/minute", domains={"a.example": "1/minute"}), {"a.example": 5, "b.example": 5}, 4.5 * MINUTE),
    ],
)  # fmt: skip
def test_the_last_message_leaves_when_the_rates_let_it(
    chosen: Smtp, counts: dict[str, int], lasts: dt.timedelta
) -> None:
    assert when_done(counts, Buckets(chosen), NOON) - NOON == lasts


def test_microsoft_s_ten_thousand_a_day_are_never_passed() -> None:
    first = when_done({"a.example": 10_000}, Buckets(Smtp(relay="microsoft365")), NOON)
    next_one = when_done({"a.example": 10_001}, Buckets(Smtp(relay="microsoft365")), NOON)
    assert first - NOON == dt.timedelta(seconds=19_998)
    assert DAY <= next_one - NOON <= DAY + 30 * MINUTE


def test_what_the_last_run_used_up_is_missing() -> None:
    buckets = Buckets(Smtp(rate="3/day"))
    for _ in range(2):
        buckets.take("a.example", NOON)
    assert when_done({"a.example": 1}, buckets, NOON) == NOON
    assert when_done({"a.example": 2}, buckets, NOON) == NOON + DAY


def test_to_foretell_uses_nothing_up() -> None:
    buckets = Buckets(Smtp(rate="30/minute, 50/day", domain_rate="5/minute, 20/hour"))
    buckets.take("a.example", NOON)
    buckets.changed()
    before = [buckets.wait(domain, NOON) for domain in ("a.example", "b.example")]
    assert when_done({"a.example": 30, "b.example": 30}, buckets, NOON) > NOON
    assert [buckets.wait(domain, NOON) for domain in ("a.example", "b.example")] == before
    assert buckets.changed() == []


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["none", "30/minute", "3/second, 40/minute", "20/minute, 25/hour", "15/day"]),
    st.sampled_from(["none", "7/minute", "5/minute, 9/hour"]),
    st.lists(st.integers(0, 12), min_size=1, max_size=4),
)
def test_a_run_with_the_same_rates_ends_then(rate: str, domain_rate: str, numbers: list[int]) -> None:
    """Against the buckets themselves: of those that may go, the one to the domain that has most left."""
    chosen = Smtp(rate=rate, domain_rate=domain_rate)
    left = Counter({f"d{number}.example": count for number, count in enumerate(numbers) if count})
    foreseen = when_done(left, Buckets(chosen), NOON)
    buckets, now, last = Buckets(chosen), NOON, NOON
    while left := +left:
        now += dt.timedelta(seconds=min(buckets.wait(domain, now) for domain in left))
        free = [domain for domain in sorted(left) if buckets.wait(domain, now) == 0]
        if free:
            domain = max(free, key=lambda one: left[one])
            buckets.take(domain, now)
            left[domain] -= 1
            last = now
    assert abs(foreseen - last) <= dt.timedelta(microseconds=len(numbers) * 12)


def test_without_a_rate_nothing_is_foretold(db: Database, cast: Any, queue: Callable[[], Mailing]) -> None:
    assert foretell(db, queue(), Smtp(), NOON) is None


def test_a_mailing_s_end_is_foretold_from_those_who_wait(
    db: Database, people: Any, queue: Callable[[], Mailing], now: dt.datetime
) -> None:
    for number in range(6):
        people.add(
            f"reader{number}", email=f"reader{number}@{'example.net' if number < 4 else 'example.org'}"
        )
    mailing = queue()
    chosen = Smtp(rate="30/minute", domains={"example.net": "1/minute"})
    found = foretell(db, mailing, chosen, now)
    assert found is not None
    assert (found.messages, found.ends) == (6, now + 3 * MINUTE)
    assert found.rates == "30/minute, 1/minute to example.net"
    db.conn.execute("UPDATE deliveries SET state = 'sent' WHERE email LIKE '%example.net'")
    found = foretell(db, mailing, chosen, now)
    assert found is not None
    assert (found.messages, found.ends, found.rates) == (2, now + dt.timedelta(seconds=2), "30/minute")


def test_whoever_leaves_after_a_time_is_counted_those_put_off_beyond_it_too(
    db: Database, people: Any, queue: Callable[[], Mailing], now: dt.datetime
) -> None:
    for number in range(6):
        people.add(f"reader{number}")
    mailing, chosen = queue(), Smtp(rate="1/minute")

    def late(until: dt.datetime | None) -> int:
        found = foretell(db, mailing, chosen, now, until=until)
        assert found is not None
        return found.late

    assert [late(end) for end in (None, now, now + 2 * MINUTE, now + 5 * MINUTE)] == [0, 5, 3, 0]
    due = (now + dt.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    db.conn.execute("UPDATE deliveries SET due_at = ? WHERE email < 'reader2'", (due,))
    assert late(now + dt.timedelta(hours=1)) == 2


def test_what_was_used_up_put_off_or_limited_is_seen_in_a_mailing_s_end(
    db: Database, people: Any, queue: Callable[[], Mailing], now: dt.datetime
) -> None:
    for number in range(4):
        people.add(f"reader{number}")
    mailing, chosen = queue(), Smtp(rate="1/minute")
    used = Buckets(chosen)
    used.take("example.org", now)
    keep_rates(db, used.changed())

    def ends(**more: Any) -> dt.timedelta:
        found = foretell(db, mailing, chosen, now, **more)
        assert found is not None
        return found.ends - now

    assert ends() == 4 * MINUTE
    assert ends(limit=2) == 2 * MINUTE
    db.conn.execute("UPDATE deliveries SET due_at = '2022-09-30T09:30:00Z' WHERE id % 2")
    assert ends() == dt.datetime(2022, 9, 30, 9, 30, tzinfo=dt.UTC) - now


def test_decisions_are_foretold_before_anything_is_queued(db: Database, cast: Any, now: dt.datetime) -> None:
    decisions: list[Decision] = list(decide(db, ("partners",), now))
    assert len(decisions) == 2, "Ada, and Ben who withdrew"
    found = foretell(db, decisions * 3, Smtp(rate="1/minute", domain_rate="1/minute"), now)
    assert found is not None
    assert (found.messages, found.ends, found.rates) == (
        3,
        now + 2 * MINUTE,
        "1/minute, 1/minute to each domain",
    )


def test_a_mailing_that_may_go_later_ends_later(
    db: Database, cast: Any, queue: Callable[[], Mailing], now: dt.datetime
) -> None:
    queue()
    db.conn.execute("UPDATE mailings SET not_before = '2022-10-01T09:00:00Z'")
    found = foretell(db, queue(), Smtp(rate="1/minute"), now)
    assert found is not None
    assert found.ends == dt.datetime(2022, 10, 1, 9, tzinfo=dt.UTC)
