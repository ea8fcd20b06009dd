"""Which refusals are about us, which about one domain, and who is refused once that is known."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import ACCEPTED, DOUBT, LOST, MEANINGS, NOON, listen, said, to

from newsletter.errors import NotAllowed, TryAgain
from newsletter.outbox.dialogue import Envelope, Offers, Parcel, unfit
from newsletter.outbox.meaning import meaning_of
from newsletter.outbox.receipt import Outcome
from newsletter.outbox.trouble import Advice, Trouble


@pytest.mark.parametrize("outcome", [ACCEPTED, LOST, DOUBT])
def test_once_means_nothing(outcome: Outcome) -> None:
    assert listen((outcome, "a.example")) == [Advice()]


@pytest.mark.parametrize(
    "reply", [reply for reply, phase, meant in MEANINGS if meant == "us" and phase != "MAIL"]
)
def test_what_is_about_us_stops_the_run_at_once_and_refuses_nobody(reply: str) -> None:
    (advice,) = listen((said(reply, "dot"), "a.example"))
    assert isinstance(advice.stop, NotAllowed)
    assert (advice.put_back, advice.blameless) == (True, True)
    assert meaning_of(said(reply, "dot")) == "us"


@pytest.mark.parametrize("reply", [reply for reply, _, meant in MEANINGS if meant == "quota"])
def test_a_day_s_limit_stops_the_run_until_tomorrow_and_refuses_nobody(reply: str) -> None:
    (advice,) = listen((said(reply, "dot"), "a.example"))
    assert isinstance(advice.stop, TryAgain)
    assert "Tomorrow" in advice.stop.remedy
    assert (advice.put_back, advice.blameless) == (True, True)
    assert meaning_of(said(reply, "dot")) == "quota"


def test_however_many_need_what_the_server_does_not_offer_the_others_are_served() -> None:
    misfit = unfit(Parcel(Envelope("news@example.org", "zoë@example.org"), (b"",)), Offers())
    assert misfit is not None
    found = listen(*to(misfit, *["a.example", "b.example"] * 200))
    assert found == [Advice()] * 400


def test_three_refusals_for_policy_of_two_domains_are_about_us_where_nobody_was_served() -> None:
    found = listen(*to(said("554 5.7.1 no"), "a.example", "b.example", "a.example"))
    assert [advice.put_back for advice in found] == [True, True, True]
    assert [bool(advice.stop) for advice in found] == [False, False, True]
    assert isinstance(found[-1].stop, NotAllowed)


def test_one_domain_that_comes_first_keeps_nobody_else_from_being_served() -> None:
    trouble = Trouble()
    found = listen(*to(said("554 5.7.1 no"), *["a.example"] * 3), trouble=trouble)
    assert not any(advice.stop for advice in found)
    assert found[-1].rest_domain == 3600
    listen((ACCEPTED, "b.example"), trouble=trouble)
    assert trouble.verdict() is None


def test_one_domain_that_is_all_there_is_was_about_us() -> None:
    trouble = Trouble()
    listen(*to(said("554 5.7.1 no"), *["a.example"] * 3), trouble=trouble)
    assert isinstance(trouble.verdict(), NotAllowed)
    assert trouble.suspects() == [], "they wait"


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


def test_who_was_on_the_way_when_their_domain_was_left_in_peace_waits_with_the_others() -> None:
    trouble = Trouble()
    pairs = [(ACCEPTED, "b.example"), *to(said("554 5.7.1 no"), *["a.example"] * 5), (ACCEPTED, "b.example")]
    found = listen(*pairs, trouble=trouble)
    assert [advice.put_back for advice in found[1:-1]] == [True] * 5
    assert [advice.rest_domain for advice in found] == [0, 0, 0, 3600, 3600, 3600, 0]
    assert trouble.suspects() == []


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
