"""Whatever stands in somebody's DNS is read without harm, and a DNS that is silent is soon left alone."""

from collections.abc import Callable

import dns.resolver
import pytest
from hypothesis import given
from hypothesis import strategies as st
from zones import Zones

from newsletter.doctor import Case, Records, system_records
from newsletter.doctor.dkim import read_key
from newsletter.doctor.dmarc import tags
from newsletter.doctor.records import Unanswered
from newsletter.doctor.spf import follow

NAMES = st.sampled_from(
    [
        "ip4:",
        "ip6:",
        "include:",
        "a:",
        "mx:",
        "a",
        "mx",
        "ptr",
        "exists:",
        "redirect=",
        "all",
        "-",
        "/",
        "//",
        "%{i}",
    ]
)
WORDS = st.lists(
    st.one_of(NAMES, st.text(max_size=8), st.sampled_from([" ", "x.test", "192.0.2.1", "::1", "٣", "24"])),
    max_size=30,
)


class Fixed(Records):
    """A DNS that has one answer to every question of a kind."""

    def __init__(self, text: str) -> None:
        super().__init__(dns.resolver.Resolver(configure=False))
        self.text = text

    def ask(self, name: str, kind: str) -> tuple[str, ...]:
        return {"TXT": (self.text,), "MX": ("mx.test", ""), "A": ("192.0.2.1",), "AAAA": ("2001:db8::1",)}[
            kind
        ]


@given(WORDS, WORDS)
def test_any_text_after_v_spf1_is_followed_to_an_end(words: list[str], others: list[str]) -> None:
    walk = follow(Fixed("v=spf1 " + "".join(others)), "x.test", "v=spf1 " + "".join(words))
    assert walk.lookups < 200


@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from(["v=DKIM1", "p=", "k=", "t=y", ";", "=", "AAAA", "rsa", "é"])).map("".join),
    )
)
def test_any_text_is_a_key_or_is_said_to_be_none(text: str) -> None:
    key = read_key(text)
    assert key.fault or key.data
    assert isinstance(tags(text), dict)


def test_a_dns_that_says_nothing_is_asked_three_times_and_then_left(zone: Zones) -> None:
    records = zone.records(seconds=0.1)
    zone.deaf.update(f"{name}.test" for name in "abcdef")
    said = []
    for name in "abcdef":
        try:
            records.texts(f"{name}.test")
        except Unanswered as lost:
            said.append(str(lost))
    assert len(said) == 6
    assert "did not answer about a.test" in said[0]
    assert "so this was not asked" in said[5]
    assert {name for name, _, _ in zone.asked} == {"a.test", "b.test", "c.test"}


def test_a_name_that_is_none_is_not_asked(case: Case, zone: Zones) -> None:
    for name in ("a..test", "x" * 64 + ".test"):
        with pytest.raises(Unanswered, match="cannot be looked up"):
            case.records.texts(name)
    assert zone.asked == []


def test_each_question_is_asked_once(case: Case, zone: Zones) -> None:
    for _ in range(3):
        case.records.texts("Some.test.")
        case.records.texts("some.test")
    assert len(zone.asked) == 1


def test_the_server_that_is_named_is_the_one_asked(zone: Zones, make_case: Callable[..., Case]) -> None:
    zone.text("here.test", "yes")
    assert system_records(f"127.0.0.1:{zone.port}").texts("here.test") == ("yes",)
