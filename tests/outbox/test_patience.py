"""For how long a server is left in peace that asks for it, and when many failures in a row end a run."""

import datetime as dt
from collections.abc import Iterable

import pytest
from refusals import ACCEPTED, DOUBT, LOST, NOON, listen, said, to

from newsletter.errors import TryAgain
from newsletter.outbox.receipt import Outcome, Phase
from newsletter.outbox.trouble import Advice, Trouble


def patience(reply: str, phase: Phase, times: Iterable[float], domain: str = "a.example") -> list[Advice]:
    trouble = Trouble()
    return [
        trouble.notice(said(reply, phase), domain, NOON + dt.timedelta(seconds=at), number)
        for number, at in enumerate(times)
    ]


def test_a_domain_that_asks_for_patience_rests_alone_and_longer_each_time() -> None:
    found = patience("421 4.7.0 too fast", "RCPT", [0, 31, 92, 213])
    assert [advice.rest_domain for advice in found] == [30, 60, 120, 240]
    assert [advice.rest for advice in found] == [0, 0, 0, 0]
    assert not any(advice.stop or advice.put_back for advice in found)


def test_what_was_on_its_way_already_asks_for_the_same_rest() -> None:
    assert [advice.rest_domain for advice in patience("421 4.7.0 too fast", "RCPT", [0, 1, 2, 29])] == [
        30,
        29,
        28,
        1,
    ]


def test_after_a_calm_as_long_as_the_rest_it_begins_with_a_short_one_again() -> None:
    assert [advice.rest_domain for advice in patience("421 4.7.0 too fast", "RCPT", [0, 31, 200])] == [
        30,
        60,
        30,
    ]


def test_no_rest_is_longer_than_an_hour() -> None:
    times = [0.0]
    for _ in range(12):
        times.append(times[-1] + 3601)
    trouble, longest = Trouble(), 0.0
    for at in times:
        longest = max(
            longest,
            trouble.notice(said("451 4.4.1 timed out"), "a", NOON + dt.timedelta(seconds=at)).rest_domain,
        )
    assert longest <= 3600


def test_a_clock_that_is_put_back_makes_no_rest_longer() -> None:
    assert [advice.rest_domain for advice in patience("421 4.7.0 too fast", "RCPT", [0, -86400])] == [30, 30]


def test_three_domains_that_ask_for_patience_mean_us() -> None:
    found = listen(*to(said("421 4.7.0 too fast"), *"abc"))
    assert [(advice.rest, advice.rest_domain) for advice in found] == [(0, 30), (0, 30), (5, 30)]


def test_an_acceptance_between_them_says_that_it_is_not_us() -> None:
    slow = said("421 4.7.0 too fast")
    found = listen((slow, "a"), (slow, "b"), (ACCEPTED, "d"), (slow, "c"))
    assert found[-1].rest == 0


def test_domains_without_a_route_never_mean_us() -> None:
    assert all(advice.rest == 0 for advice in listen(*to(said("451 4.4.1 timed out"), *"abcdefghijklmnop")))


@pytest.mark.parametrize(
    ("reply", "rests", "fewer"),
    [
        ("450 4.7.0 slow down", [5, 10, 20, 40], [False] * 4),
        ("432 4.3.2 Concurrent connections limit exceeded", [2, 4, 8, 16], [True] * 4),
        ("451 4.3.0 not now", [2, 4, 8, 16], [False] * 4),
    ],
)
def test_what_is_about_us_all_rests_everything(reply: str, rests: list[float], fewer: list[bool]) -> None:
    times = [0.0]
    for rest in rests[:-1]:
        times.append(times[-1] + rest + 0.5)
    found = patience(reply, "MAIL", times)
    assert [advice.rest for advice in found] == rests
    assert [advice.fewer for advice in found] == fewer
    assert all(advice.blameless and not advice.rest_domain for advice in found)


def test_one_line_less_is_asked_for_once_by_all_that_were_on_their_way() -> None:
    found = patience("432 4.3.2 Concurrent connections limit exceeded", "MAIL", [0, 0.1, 0.2])
    assert [advice.fewer for advice in found] == [True, False, False]


def test_a_server_that_asks_for_patience_eight_times_stops_the_run() -> None:
    times = [number * 901.0 for number in range(8)]
    found = patience("451 4.3.0 not now", "MAIL", times)
    assert [bool(advice.stop) for advice in found] == [False] * 7 + [True]
    assert isinstance(found[-1].stop, TryAgain)
    assert (
        "8 messages in a row were answered with a request for patience (8 × 451 4.3.0)"
        in found[-1].stop.message
    )


def test_many_that_were_on_their_way_are_one_request_for_patience() -> None:
    assert not any(advice.stop for advice in patience("451 4.3.0 not now", "MAIL", [0.0] * 20))


# ---- storms


@pytest.mark.parametrize(
    ("outcome", "number", "counted"),
    [
        (said("450 4.2.0 busy"), 10, "10 messages in a row could not be handed over (10 × 450 4.2.0)"),
        (said("550 5.1.1 nobody"), 10, "10 messages in a row were refused (10 × 550 5.1.1)"),
        (LOST, 10, "10 messages in a row could not be handed over (10 × no answer)"),
        (DOUBT, 3, "3 messages in a row are in doubt (3 × no answer)"),
    ],
)
def test_a_storm_stops_the_run_and_says_what_was_heard(outcome: Outcome, number: int, counted: str) -> None:
    found = listen(*to(outcome, *[f"{one}.example" for one in range(number)]))
    assert [bool(advice.stop) for advice in found] == [False] * (number - 1) + [True]
    assert isinstance(found[-1].stop, TryAgain)
    assert counted in found[-1].stop.message


def test_a_storm_counts_each_answer() -> None:
    replies = ["550 5.1.1 nobody"] * 7 + ["550 gone"] * 3
    found = listen(*((said(reply), "a.example") for reply in replies))
    assert found[-1].stop is not None
    assert "(7 × 550 5.1.1, 3 × 550)" in found[-1].stop.message


def test_a_storm_over_one_domain_rests_that_domain_where_others_were_served() -> None:
    found = listen((ACCEPTED, "b.example"), *to(said("450 4.2.0 busy"), *["a.example"] * 10))
    assert not found[-1].stop
    assert found[-1].rest_domain == 300


def test_an_acceptance_ends_a_storm() -> None:
    gone = said("550 5.1.1 nobody")
    found = listen(*to(gone, *["a.example"] * 9), (ACCEPTED, "b.example"), *to(gone, *["a.example"] * 9))
    assert not any(advice.stop for advice in found)


def test_addresses_of_which_most_are_refused_stop_the_run() -> None:
    gone = said("550 5.1.1 nobody")
    pairs = [pair for number in range(50) for pair in ((gone, f"{number}.example"), (ACCEPTED, "b.example"))]
    assert not any(advice.stop for advice in listen(*pairs)), "half of them"
    pairs[1] = (gone, "a.example")
    found = listen(*pairs)
    assert isinstance(found[-1].stop, TryAgain)
    assert "51 of the last 100 messages were refused (51 × 550 5.1.1)" in found[-1].stop.message


def test_a_stop_forgets_whom_it_suspected() -> None:
    trouble = Trouble()
    listen((said("554 5.7.1 no"), "a.example"), *to(said("450 4.2.0 busy"), *"abcdefghij"), trouble=trouble)
    assert trouble.suspects() == []
