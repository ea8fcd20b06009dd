"""How fast a mail server may be used, as newsletter.toml says it."""

import datetime as dt
from pathlib import Path

import pytest

from newsletter.addresses import domain_of, parse_address
from newsletter.config import PRESETS, Rate, Smtp, read_config, shipped
from newsletter.errors import ConfigError


def smtp_of(text: str) -> Smtp:
    return read_config(f"[smtp]\n{text}\n").smtp


@pytest.mark.parametrize("written", ["例え.jp", "xn--r8jz45g.jp"])
def test_a_rate_to_a_domain_of_other_letters_holds_however_it_is_written(written: str) -> None:
    smtp = read_config(f'[smtp]\ndomain_rate = "9/minute"\n[smtp.domains]\n"{written}" = "1/day"').smtp
    for email in ("用户@例え.jp", "用户@XN--R8JZ45G.jp", "ada@例え.jp"):
        assert smtp.rates_to(domain_of(parse_address(email, smtputf8=True).email)) == (Rate(1, "day"),)


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_config(text)
    return [str(problem) for problem in caught.value.problems]


def test_without_the_keys_everything_is_as_it_was() -> None:
    smtp = read_config('[smtp]\nhost = "127.0.0.1"\nrate = "30/minute"\n').smtp
    assert (smtp.relay, smtp.rates, smtp.domains) == ("plain", (Rate(30, "minute"),), {})
    assert smtp.rates_to("example.org") == ()


@pytest.mark.parametrize(
    "text",
    ['rate = "30/minute, 10000/day"', 'rate = ["30/minute", "10000/day"]', 'rate = "30 / minute,10000/ day"'],
)
def test_several_rates_hold_together(text: str) -> None:
    assert smtp_of(text).rates == (Rate(30, "minute"), Rate(10_000, "day"))
    assert smtp_of(text).per_second == pytest.approx(10_000 / 86_400)


def test_a_domain_may_have_a_rate_of_its_own_and_all_a_common_one() -> None:
    smtp = smtp_of(
        'domain_rate = "60/minute"\n[smtp.domains]\n"GMail.com" = "20/minute, 500/day"\n"bücher.example" = "none"'
    )
    assert smtp.rates_to("gmail.com") == (Rate(20, "minute"), Rate(500, "day"))
    assert smtp.rates_to("bücher.example") == ()
    assert smtp.rates_to("example.org") == (Rate(60, "minute"),)


@pytest.mark.parametrize(("age", "lasts"), [("12 hours", 12), ("1 hour", 1), ("3 days", 72), ("1 week", 168)])
def test_the_age_to_give_up_at_is_a_time(age: str, lasts: int) -> None:
    assert smtp_of(f'give_up_after = "{age}"').patience == dt.timedelta(hours=lasts)


def test_one_may_never_give_up() -> None:
    assert smtp_of('give_up_after = "never"').patience is None


@pytest.mark.parametrize("relay", PRESETS)
def test_a_relay_fills_in_what_is_known_of_it(relay: str) -> None:
    smtp = smtp_of(f'relay = "{relay}"')
    assert smtp.model_dump(include=set(PRESETS[relay])) == PRESETS[relay]
    assert smtp.security == "starttls"
    assert smtp.rates


@pytest.mark.parametrize("relay", PRESETS)
def test_what_a_relay_fills_in_is_documented(relay: str) -> None:
    page = (Path(__file__).parent.parent / "docs" / "rates.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| `{relay}` |")]
    known = PRESETS[relay]
    assert all(str(known[key]) in row for key in ("host", "port", "security", "rate"))
    assert f"| {known['connections']} |" in row


def test_microsoft_s_limits_are_three_lines_thirty_a_minute_and_ten_thousand_a_day() -> None:
    smtp = smtp_of('relay = "microsoft365"')
    assert (smtp.host, smtp.port, smtp.connections) == ("smtp.office365.com", 587, 3)
    assert smtp.rates == (Rate(30, "minute"), Rate(10_000, "day"))


def test_each_key_of_a_relay_can_be_said_otherwise() -> None:
    smtp = smtp_of(
        'relay = "ses"\nhost = "email-smtp.us-east-1.amazonaws.com"\nrate = "14/second, 50000/day"'
    )
    assert (smtp.host, smtp.port) == ("email-smtp.us-east-1.amazonaws.com", 587)
    assert smtp.rates == (Rate(14, "second"), Rate(50_000, "day"))
    assert smtp.connections == PRESETS["ses"]["connections"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[smtp]\n\nrate = "fast"', "newsletter.toml:3: smtp.rate: rate 'fast' is not understood: write '30/minute'"),
        ('[smtp]\nrate = "0/minute"', "newsletter.toml:2: smtp.rate: rate '0/minute' is not understood"),
        ('[smtp]\nrate = "30/minute, none"', "newsletter.toml:2: smtp.rate: rate 'none' is not understood"),
        ('[smtp]\nrate = ""', "newsletter.toml:2: smtp.rate: rate '' is not understood"),
        ('[smtp]\nrate = []', "newsletter.toml:2: smtp.rate: "),
        ('[smtp]\nrate = [30]', "newsletter.toml:2: smtp.rate: "),
        ('[smtp]\nrate = "30/fortnight"', "newsletter.toml:2: smtp.rate: rate '30/fortnight' is not understood"),
        (
            '[smtp]\nrate = "30/minute, 20/minute"',
            "newsletter.toml:2: smtp.rate: rate '30/minute, 20/minute' has two numbers for a minute: keep the smaller",
        ),
        ('[smtp]\ndomain_rate = "x"', "newsletter.toml:2: smtp.domain_rate: rate 'x' is not understood"),
        ('[smtp.domains]\n"a.example" = "x"', "newsletter.toml:2: smtp.domains.a.example: rate 'x' is not understood"),
        ('[smtp]\ndomains = {"a.example" = "x"}', "newsletter.toml:2: smtp.domains.a.example: rate 'x'"),
        (
            '[smtp.domains]\n"ada@example.org" = "1/day"',
            "newsletter.toml:2: smtp.domains.ada@example.org: 'ada@example.org' is not the domain of an address",
        ),
        ('[smtp]\ngive_up_after = "3 years"', "newsletter.toml:2: smtp.give_up_after: '3 years' is not understood"),
        ('[smtp]\ngive_up_after = "0 days"', "newsletter.toml:2: smtp.give_up_after: '0 days' is not understood"),
        ('[smtp]\nrelay = "o365"', "newsletter.toml:2: smtp.relay: Input should be 'plain', 'microsoft365'"),
        ('[smtp]\nrelay = 365', "newsletter.toml:2: smtp.relay: "),
        (
            '[smtp]\nrelay = "google"\nhost = "127.0.0.1"\nport = 2525\nsecurity = "none"',
            "newsletter.toml:1: smtp: relay 'google' is no server on this machine, as host '127.0.0.1' says: take out",
        ),
    ],
)  # fmt: skip
def test_what_is_no_rate_is_refused_with_its_line_and_what_is_wanted(text: str, said: str) -> None:
    (problem,) = problems_of(text)
    assert problem.startswith(said)


def test_who_names_a_relay_in_the_shipped_settings_is_told_what_to_take_out_and_then_gets_its_limits() -> (
    None
):
    text = (
        shipped("newsletter.toml")
        .read_text(encoding="utf-8")
        .replace('relay = "plain"', 'relay = "microsoft365"')
    )
    (problem,) = problems_of(text)
    assert "take out the lines host, port and security" in problem
    lines = [
        line for line in text.splitlines() if not line.startswith(('host = "127', "port = ", "security = "))
    ]
    smtp = read_config("\n".join(lines)).smtp
    assert {key: getattr(smtp, key) for key in PRESETS["microsoft365"]} == PRESETS["microsoft365"]


def test_every_key_that_the_shipped_settings_propose_is_understood() -> None:
    text = shipped("newsletter.toml").read_text(encoding="utf-8")
    part = text[text.index("[smtp]") : text.index("[mailbox]")]
    proposed = "\n".join(
        line.removeprefix("# ") if " = " in line or line.removeprefix("# ").startswith("[") else ""
        for line in part.splitlines()
    )
    smtp = read_config(proposed).smtp
    assert smtp.rates == (Rate(30, "minute"), Rate(10_000, "day"))
    assert smtp.rates_to("gmail.com") == (Rate(20, "minute"), Rate(500, "day"))
    assert smtp.patience == dt.timedelta(days=3)
