"""What a refusal says, and of whom."""

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import MEANINGS, NOON, said

from newsletter.outbox import meaning
from newsletter.outbox.meaning import Meaning, meaning_of
from newsletter.outbox.receipt import Outcome, Phase, Verdict, read_receipt
from newsletter.outbox.trouble import Advice, Trouble


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


def test_the_table_of_answers_names_every_code_that_is_about_us() -> None:
    page = (Path(__file__).parents[2] / "docs" / "rates.md").read_text(encoding="utf-8")
    shortened = {"5.7.502": "5.7.501 to 503", "5.7.503": "5.7.501 to 503"}
    shortened |= {f"5.7.{number}": "5.7.700 to 703" for number in (701, 702, 703)}
    missing = [code for code in meaning._US if shortened.get(code, code) not in page]
    assert not missing


@pytest.mark.parametrize("verdict", ["later", "refused"])
def test_what_was_never_said_by_the_server_is_the_recipient_s(verdict: Verdict) -> None:
    outcome = Outcome(verdict, "MAIL", read_receipt(0, b"the mail server does not offer SMTPUTF8"))
    assert meaning_of(outcome) == "them"
    assert Trouble().notice(outcome, "a.example", NOON) == Advice()
