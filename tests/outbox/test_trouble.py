"""What a refusal says, of whom, and what a run makes of several."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import NotAllowed, TryAgain
from newsletter.outbox import meaning
from newsletter.outbox.meaning import Meaning, meaning_of
from newsletter.outbox.receipt import Outcome, Phase, Verdict, read_receipt, verdict_of
from newsletter.outbox.stopping import beyond_size
from newsletter.outbox.trouble import Advice, Trouble, refuses_us

NOON = dt.datetime(2022, 9, 30, 12, tzinfo=dt.UTC)
ACCEPTED = Outcome("accepted", "dot", read_receipt(250, b"2.0.0 Ok: queued as 4Zt7Xb0y7Mz9vK"))
LOST = Outcome("later", "body", read_receipt(0, b"the line was lost before the final dot"), lost=True)
DOUBT = Outcome("in doubt", "dot", read_receipt(0, b"no answer came to the final dot"), lost=True)


def said(reply: str, phase: Phase = "RCPT") -> Outcome:
    code, _, text = reply.partition(" ")
    receipt = read_receipt(int(code), text.encode())
    return Outcome(verdict_of(receipt), phase, receipt, lost=receipt.code == 421)


def listen(*outcomes: tuple[Outcome, str], trouble: Trouble | None = None) -> list[Advice]:
    """What is advised of outcomes of messages to these domains, each of another delivery."""
    ear = trouble or Trouble()
    return [ear.notice(outcome, domain, NOON, number) for number, (outcome, domain) in enumerate(outcomes, 1)]


def to(outcome: Outcome, *domains: str) -> list[tuple[Outcome, str]]:
    return [(outcome, domain) for domain in domains]


MEANINGS = [
    # the recipient, and nobody else
    ("550 5.1.1 no such user", "RCPT", "them"),
    ("550 5.1.2 host unknown", "RCPT", "them"),
    ("553 5.1.3 bad address", "RCPT", "them"),
    ("550 5.1.6 moved", "RCPT", "them"),
    ("556 5.1.10 the domain takes no mail", "RCPT", "them"),
    ("550 no such user here", "RCPT", "them"),
    ("550 5.2.1 mailbox disabled", "RCPT", "them"),
    ("552 5.2.2 mailbox full", "RCPT", "them"),
    ("452 4.2.2 mailbox full, daily quota exceeded", "RCPT", "them"),
    ("452 4.2.2 mailbox full", "dot", "them"),
    ("552 5.2.3 more than the recipient takes", "dot", "them"),
    ("552 storage exceeded", "RCPT", "them"),
    ("550 5.4.4 no route", "RCPT", "them"),
    ("554 5.5.1 no valid recipients", "DATA", "them"),
    ("554 5.6.0 content not liked", "dot", "them"),
    ("450 4.2.0 busy", "RCPT", "them"),
    ("450 4.2.0 greylisted for 300 seconds", "RCPT", "them"),
    ("451 4.7.1 greylisting in action", "RCPT", "them"),
    ("450 4.7.1 come back later", "RCPT", "them"),
    ("451 4.7.0 you are greylisted", "RCPT", "them"),
    ("450 4.1.1 unverified address", "RCPT", "them"),
    ("421 come back", "RCPT", "them"),
    ("421 4.4.2 timeout exceeded", "DATA", "them"),
    ("451 local error", "dot", "them"),
    ("554 delivery error: this account has been disabled", "dot", "them"),
    # their domain
    ("421 4.7.0 too fast for us", "RCPT", "domain"),
    ("421 4.7.1 unusual rate of mail", "RCPT", "domain"),
    ("421 4.7.28 unusual rate of mail", "dot", "domain"),
    ("450 4.7.0 slow down", "RCPT", "domain"),
    ("451 4.7.500 server busy", "RCPT", "domain"),
    ("451 4.7.26 not authenticated, for now", "dot", "domain"),
    ("450 4.2.1 receiving mail at too high a rate", "RCPT", "domain"),
    ("452 4.5.3 too many recipients", "RCPT", "domain"),
    ("451 4.4.1 connection timed out", "RCPT", "route"),
    ("451 4.4.3 nameserver does not answer", "RCPT", "route"),
    ("451 4.4.4 unable to route", "RCPT", "route"),
    ("450 4.1.2 domain not found", "RCPT", "route"),
    # slower, all of it
    ("454 Throttling failure: Maximum sending rate exceeded.", "dot", "slower"),
    ("450 4.2.1 Peak SMTP relay limit exceeded for customer", "RCPT", "slower"),
    ("450 4.7.0 slow down", "MAIL", "slower"),
    ("421 4.7.0 try again later", "MAIL", "slower"),
    ("452 4.5.3 too many", "MAIL", "slower"),
    ("432 4.3.2 Concurrent connections limit exceeded", "MAIL", "crowded"),
    ("432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", "dot", "crowded"),
    ("421 Too many concurrent SMTP connections", "MAIL", "crowded"),
    ("421 4.7.0 too many connections from your host", "RCPT", "crowded"),
    # the server is not well
    ("451 4.3.0 queue file write error", "MAIL", "server"),
    ("451 4.3.0 temporary lookup failure", "RCPT", "server"),
    ("452 4.3.1 insufficient system storage", "MAIL", "server"),
    ("452 4.3.1 insufficient system storage", "dot", "server"),
    ("421 4.3.2 shutting down", "RCPT", "server"),
    ("452 4.4.5 insufficient disk space", "dot", "server"),
    ("450 4.1.8 domain of the sender not found", "RCPT", "server"),
    ("451 4.4.3 nameserver does not answer", "MAIL", "server"),
    # perhaps us
    ("554 5.7.1 relay access denied", "RCPT", "suspect"),
    ("550 5.7.26 not authenticated", "dot", "suspect"),
    ("550 5.7.515 sender not aligned", "dot", "suspect"),
    ("554 5.7.9 policy", "dot", "suspect"),
    ("550 denied by policy", "RCPT", "suspect"),
    ("554 blocked, see our page", "RCPT", "suspect"),
    ("550 unauthenticated senders not allowed", "RCPT", "suspect"),
    ("503 5.5.1 bad sequence of commands", "DATA", "suspect"),
    ("500 what?", "RCPT", "suspect"),
    ("554 5.2.0 other mailbox status", "dot", "suspect"),
    # too large
    ("552 5.3.4 message too big", "body", "size"),
    ("554 5.3.4 message too big", "dot", "size"),
    ("552 message size exceeds fixed maximum", "MAIL", "size"),
    ("552 5.3.4 message size exceeds limit", "MAIL", "size"),
    # a day's worth
    ("554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", "dot", "quota"),
    ("554 5.2.0 limit exceeded", "dot", "quota"),
    ("550 5.4.5 Daily user sending limit exceeded", "dot", "quota"),
    ("550 5.4.5 Daily SMTP relay limit exceeded for user", "RCPT", "quota"),
    ("550 5.7.1 Daily SMTP relay limit exceeded for customer", "RCPT", "quota"),
    ("454 Throttling failure: Daily message quota exceeded.", "dot", "quota"),
    ("550 5.7.232 your tenant has exceeded its daily limit", "dot", "quota"),
    # us
    ("530 5.7.0 authentication required", "MAIL", "us"),
    ("530 5.7.57 client was not authenticated", "RCPT", "us"),
    ("535 5.7.8 wrong password", "MAIL", "us"),
    ("550 5.7.30 basic authentication is not supported", "RCPT", "us"),
    ("550 5.7.60 not allowed to send as this sender", "dot", "us"),
    ("554 5.2.252 SendAsDenied", "dot", "us"),
    ("550 5.1.8 access denied, bad outbound sender", "dot", "us"),
    ("553 5.1.7 the sender's address is malformed", "RCPT", "us"),
    ("550 5.7.708 traffic not accepted from this address", "dot", "us"),
    ("554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException", "dot", "us"),
    ("554 Message rejected: Email address is not verified.", "dot", "us"),
    ("554 Message rejected: Sending suspended for this account.", "dot", "us"),
    ("550 who are you?", "MAIL", "us"),
    ("550 5.7.1 not from you", "MAIL", "us"),
    ("501 5.1.7 bad sender", "MAIL", "us"),
    ("503 5.5.1 not now", "MAIL", "us"),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "phase", "meant"), MEANINGS)
def test_each_refusal_has_one_meaning(reply: str, phase: Phase, meant: str) -> None:
    assert meaning_of(said(reply, phase)) == meant


def test_every_meaning_has_a_sample() -> None:
    assert {meant for _, _, meant in MEANINGS} == set(get_args(Meaning))


@settings(deadline=None)
@given(
    st.integers(400, 599),
    st.sampled_from(["", *(f"{a}.{b}.{c}" for a in (4, 5) for b in range(8) for c in (*range(11), 28, 500))]),
    st.sampled_from(["MAIL", "RCPT", "DATA", "body", "dot"]),
    st.text(max_size=60),
)
def test_whatever_is_answered_has_a_meaning_and_an_advice(
    code: int, enhanced: str, phase: Phase, text: str
) -> None:
    outcome = said(f"{code} {enhanced} {text}", phase)
    assert meaning_of(outcome) in get_args(Meaning)
    advice = Trouble().notice(outcome, "a.example", NOON, 1)
    assert max(advice.rest, advice.rest_domain) <= 4 * 3600
    if outcome.verdict == "later":
        assert not advice.put_back or advice.stop, "a 4xx is put off anyway"


@pytest.mark.parametrize("outcome", [ACCEPTED, LOST, DOUBT])
def test_once_means_nothing(outcome: Outcome) -> None:
    assert listen((outcome, "a.example")) == [Advice()]


def test_the_table_of_answers_names_every_code_that_is_about_us() -> None:
    page = (Path(__file__).parents[2] / "docs" / "rates.md").read_text(encoding="utf-8")
    shortened = {"5.7.502": "5.7.501 to 503", "5.7.503": "5.7.501 to 503"}
    shortened |= {f"5.7.{number}": "5.7.700 to 703" for number in (701, 702, 703)}
    missing = [code for code in meaning._US if shortened.get(code, code) not in page]
    assert not missing


# ---- about us


@pytest.mark.parametrize(
    "reply", [reply for reply, phase, meant in MEANINGS if meant == "us" and phase != "MAIL"]
)
def test_what_is_about_us_stops_the_run_at_once_and_refuses_nobody(reply: str) -> None:
    (advice,) = listen((said(reply, "dot"), "a.example"))
    assert isinstance(advice.stop, NotAllowed)
    assert (advice.put_back, advice.blameless) == (True, True)
    assert refuses_us(said(reply, "dot"))


@pytest.mark.parametrize("reply", [reply for reply, _, meant in MEANINGS if meant == "quota"])
def test_a_day_s_limit_stops_the_run_until_tomorrow_and_refuses_nobody(reply: str) -> None:
    (advice,) = listen((said(reply, "dot"), "a.example"))
    assert isinstance(advice.stop, TryAgain)
    assert "Tomorrow" in advice.stop.remedy
    assert (advice.put_back, advice.blameless) == (True, True)
    assert refuses_us(said(reply, "dot"))


def test_three_refusals_for_policy_are_about_us_where_nobody_was_served() -> None:
    found = listen(*to(said("554 5.7.1 no"), "a.example", "a.example", "a.example"))
    assert [advice.put_back for advice in found] == [True, True, True]
    assert [bool(advice.stop) for advice in found] == [False, False, True]
    assert isinstance(found[-1].stop, NotAllowed)


def test_three_domains_in_a_row_are_about_us_where_others_were_served_before() -> None:
    trouble = Trouble()
    found = listen((ACCEPTED, "d.example"), *to(said("554 5.7.1 no"), *"abc"), trouble=trouble)
    assert isinstance(found[-1].stop, NotAllowed)
    assert trouble.suspects() == [], "they wait"


def test_three_of_one_domain_are_that_domain_s_affair_where_others_were_served_before() -> None:
    trouble = Trouble()
    found = listen((ACCEPTED, "b.example"), *to(said("554 5.7.1 no"), *["a.example"] * 3), trouble=trouble)
    assert not any(advice.stop for advice in found)
    assert [advice.put_back for advice in found[1:]] == [True, True, True]
    assert (found[-1].rest_domain, found[-1].rest) == (3600, 0)
    assert trouble.suspects() == [], "its people wait, and are not refused at the end of the run"


def test_three_in_a_row_of_two_domains_are_nobody_s_affair_yet() -> None:
    found = listen((ACCEPTED, "d.example"), *to(said("554 5.7.1 no"), "a.example", "b.example", "a.example"))
    assert not any(advice.stop or advice.rest_domain for advice in found)


def test_an_acceptance_at_the_domain_begins_its_count_anew() -> None:
    policy = said("554 5.7.1 no")
    pairs = [*to(policy, "a.example", "a.example"), (ACCEPTED, "a.example"), (policy, "a.example")]
    assert not any(advice.rest_domain for advice in listen((ACCEPTED, "b.example"), *pairs))


def test_a_domain_s_refusals_are_counted_across_the_acceptances_of_others() -> None:
    policy = said("554 5.7.1 no")
    found = listen(*(pair for _ in range(3) for pair in ((ACCEPTED, "b.example"), (policy, "a.example"))))
    assert found[-1].rest_domain == 3600
    assert not any(advice.stop or advice.refuse for advice in found)


def test_who_was_suspected_is_refused_when_their_domain_takes_somebody_else() -> None:
    policy = said("554 5.7.1 no")
    found = listen(
        (policy, "a.example"), (ACCEPTED, "b.example"), (policy, "a.example"), (ACCEPTED, "a.example")
    )
    assert [advice.refuse for advice in found[:3]] == [(), (), ()]
    assert [name for name, _ in found[3].refuse] == [1, 3]
    assert found[3].refuse[0][1] == policy.receipt


def test_who_was_suspected_to_the_end_is_refused_then() -> None:
    trouble = Trouble()
    listen((said("554 5.7.1 no"), "a.example"), (ACCEPTED, "b.example"), trouble=trouble)
    assert [name for name, _ in trouble.suspects()] == [1]


def test_after_a_domain_was_left_in_peace_it_begins_anew_and_rests_longer() -> None:
    trouble, policy = Trouble(), said("554 5.7.1 no")
    trouble.notice(ACCEPTED, "b.example", NOON)
    rests = []
    for hours in (0, 1.1, 3.5):
        for _ in range(3):
            trouble.notice(ACCEPTED, "b.example", NOON)
            advice = trouble.notice(policy, "a.example", NOON + dt.timedelta(hours=hours), 1)
        rests.append(advice.rest_domain)
    assert rests == [3600, 7200, 14400]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["ok", "policy", "gone"])), max_size=60))
def test_nobody_is_both_put_back_and_forgotten(steps: list[tuple[str, str]]) -> None:
    """Whoever was put back waits, is refused later once, or the run has stopped: never two of these."""
    trouble, waiting, refused = Trouble(), set[int](), list[object]()
    outcomes = {"ok": ACCEPTED, "policy": said("554 5.7.1 no"), "gone": said("550 5.1.1 nobody")}
    for number, (domain, what) in enumerate(steps):
        advice = trouble.notice(outcomes[what], domain, NOON, number)
        if advice.put_back:
            waiting.add(number)
        refused += [name for name, _ in advice.refuse]
        if advice.stop:
            break
    refused += [name for name, _ in trouble.suspects()]
    assert len(refused) == len(set(refused))
    assert set(refused) <= waiting


# ---- too large


def test_too_large_for_three_in_a_row_is_too_large_for_all() -> None:
    found = listen(*to(said("552 5.3.4 too big", "dot"), *["a.example"] * 3))
    assert [advice.put_back for advice in found] == [True, True, True]
    assert isinstance(found[-1].stop, NotAllowed)
    assert "too large" in found[-1].stop.message


def test_too_large_for_some_refuses_them_once_others_take_it() -> None:
    found = listen((said("552 5.3.4 too big", "dot"), "a.example"), (ACCEPTED, "b.example"))
    assert [name for name, _ in found[1].refuse] == [1]
    later = listen((ACCEPTED, "b.example"), (said("552 5.3.4 too big", "dot"), "a.example"))
    assert later[1] == Advice()


def test_too_large_for_the_sender_s_own_command_stops_at_the_third_too() -> None:
    found = listen(*to(said("552 5.3.4 too big", "MAIL"), *"abc"))
    assert found[-1].stop is not None


@pytest.mark.parametrize(
    ("size", "offered", "fits"),
    [
        (36_000_000, "35882577", False),
        (35_882_577, "35882577", True),
        (36_000_000, "0", True),
        (36_000_000, "", True),
        (36_000_000, "many", True),
        (5_000, "4000", False),
    ],
)
def test_a_message_beyond_the_server_s_size_is_known_beforehand(size: int, offered: str, fits: bool) -> None:
    found = beyond_size(size, offered)
    assert (found is None) is fits
    if found:
        assert "36.0 MB" in found.message or "5000 bytes" in found.message


# ---- patience


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


@pytest.mark.parametrize("verdict", ["later", "refused"])
def test_what_was_never_said_by_the_server_is_the_recipient_s(verdict: Verdict) -> None:
    outcome = Outcome(verdict, "MAIL", read_receipt(0, b"the mail server does not offer SMTPUTF8"))
    assert meaning_of(outcome) == "them"
    assert not refuses_us(outcome)
