"""newsletter.toml as readers, the law and the big mailbox providers see it."""

import datetime as dt
from collections.abc import Callable, Sequence

import pytest
from zones import Zones

from newsletter.config import Workspace, shipped
from newsletter.doctor import Case, Finding
from newsletter.doctor.domain import check as check_domain
from newsletter.doctor.machine import check as check_machine
from newsletter.doctor.machine import sqlite_finding
from newsletter.doctor.settings import check

DOMAIN = "linkworkers.test"
One = Callable[[Sequence[Finding], str], Finding]
WHOLE = f"""
[sender]
name = "The link workers"
email = "news@{DOMAIN}"
reply_to = "study@{DOMAIN}"
postal_address = "5 Real Street"
privacy_notice = "https://www.{DOMAIN}/privacy"
[smtp]
host = "127.0.0.1"
security = "none"
[public]
url = "https://news.{DOMAIN}"
[lists.partners]
name = "Partners"
purpose = "News."
"""


def test_whole_settings_are_well(make_case: Callable[..., Case]) -> None:
    assert {finding.level for finding in check(make_case(WHOLE))} == {"ok"}


@pytest.mark.parametrize(
    ("line", "name", "level"),
    [
        (f'email = "news@{DOMAIN}"', "settings.sender", "error"),
        ('postal_address = "5 Real Street"', "settings.sender", "error"),
        (f'privacy_notice = "https://www.{DOMAIN}/privacy"', "settings.sender", "error"),
        (f'reply_to = "study@{DOMAIN}"', "settings.sender", "note"),
        ('purpose = "News."', "settings.lists", "warning"),
        ('[lists.partners]\nname = "Partners"\npurpose = "News."', "settings.lists", "error"),
        (f'url = "https://news.{DOMAIN}"', "settings.stopping", "note"),
    ],
)
def test_what_is_missing_is_said(make_case: Callable[..., Case], line: str, name: str, level: str) -> None:
    assert line in WHOLE
    findings = list(check(make_case(WHOLE.replace(line, ""))))
    assert level in [finding.level for finding in findings if finding.check == name]


def test_which_lists_anybody_can_ask_to_join_is_told(make_case: Callable[..., Case], told: One) -> None:
    found = told(list(check(make_case(WHOLE))), "settings.joining")
    assert (
        found.level,
        "anybody can ask to join, where consent/ has words for it: partners; write" in found.found,
    ) == (
        "ok",
        True,
    )
    closed = make_case(f'{WHOLE}[lists.board]\nname = "Board"\npurpose = "Papers."\npublic = false\n')
    assert told(list(check(closed)), "settings.joining").found.endswith("partners; nobody: board")


def test_without_public_pages_joining_them_is_no_matter(make_case: Callable[..., Case]) -> None:
    without = make_case(WHOLE.replace(f'url = "https://news.{DOMAIN}"', ""))
    assert "settings.joining" not in [found.check for found in check(without)]


def test_what_still_is_an_example_is_named(make_case: Callable[..., Case], told: One) -> None:
    case = make_case(shipped("newsletter.toml").read_text(encoding="utf-8"))
    found = told(list(check(case)), "settings.examples")
    assert found.level == "warning"
    assert "sender.email, sender.reply_to" in found.found


def test_the_dns_is_not_asked_about_examples_or_nothing(make_case: Callable[..., Case], zone: Zones) -> None:
    (found,) = check_domain(make_case('[sender]\nemail = "news@news.example.org"\n'))
    assert found.level == "note"
    (found,) = check_domain(make_case("[smtp]\n"))
    assert found.level == "error"
    assert zone.asked == []


def well(zone: Zones) -> None:
    zone.put(DOMAIN, "MX", f"10 mail.{DOMAIN}.")
    zone.text(DOMAIN, "v=spf1 ip4:127.0.0.1 -all")
    zone.text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=none; rua=mailto:x@linkworkers.test")


def test_the_rules_of_the_big_providers_are_summed_up(
    make_case: Callable[..., Case], zone: Zones, told: One
) -> None:
    well(zone)
    found = told(list(check_domain(make_case(WHOLE))), "dns.bulk")
    assert found.level == "note"
    assert (
        "SPF: yes; DKIM: cannot be known from here; DMARC: yes; stopping with one click: yes" in found.found
    )
    plain = WHOLE.replace(f'url = "https://news.{DOMAIN}"', "")
    assert "public.url" in told(list(check_domain(make_case(plain))), "dns.bulk").remedy


def test_the_signature_of_microsoft_365_is_not_enough_for_one_click(
    make_case: Callable[..., Case], zone: Zones, told: One
) -> None:
    zone.put(DOMAIN, "MX", f"10 mail.{DOMAIN}.")
    zone.text(DOMAIN, "v=spf1 include:spf.protection.outlook.com -all")
    zone.text("spf.protection.outlook.com", "v=spf1 ip4:192.0.2.1 -all")
    zone.text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=none; rua=mailto:x@linkworkers.test")
    zone.text(f"selector1._domainkey.{DOMAIN}", "v=DKIM1; k=ed25519; p=" + "A" * 43 + "=")
    case = make_case(WHOLE.replace('host = "127.0.0.1"\nsecurity = "none"', 'relay = "microsoft365"'))
    found = told(list(check_domain(case)), "dns.bulk")
    assert found.level == "note"
    assert "DKIM: yes" in found.found
    assert "newsletter keys dkim new" in found.remedy


def test_a_rule_that_is_broken_is_a_warning(make_case: Callable[..., Case], zone: Zones, told: One) -> None:
    zone.put(DOMAIN, "MX", f"10 mail.{DOMAIN}.")
    found = told(list(check_domain(make_case(WHOLE))), "dns.bulk")
    assert found.level == "warning"
    assert "SPF: no" in found.found


@pytest.mark.parametrize(
    ("records", "level"),
    [
        ((("MX", "0 ."),), "error"),
        ((("A", "192.0.2.1"),), "warning"),
        ((), "error"),
        ((("MX", "5 m.test."),), "ok"),
    ],
)
def test_a_domain_that_nobody_can_answer_is_told(
    make_case: Callable[..., Case], zone: Zones, told: One, records: Sequence[tuple[str, str]], level: str
) -> None:
    for kind, text in records:
        zone.put(DOMAIN, kind, text)
    assert told(list(check_domain(make_case(WHOLE))), "dns.mail").level == level


def test_whether_spf_speaks_for_the_from_domain_is_told(
    make_case: Callable[..., Case], zone: Zones, told: One
) -> None:
    well(zone)
    assert told(list(check_domain(make_case(WHOLE))), "dns.alignment").level == "ok"
    through = WHOLE.replace('"127.0.0.1"', '"email-smtp.eu-west-2.amazonaws.com"').replace(
        '"none"', '"starttls"'
    )
    findings = list(check_domain(make_case(through)))
    assert told(findings, "dns.alignment").level == "note"
    assert "is not asked" in told(findings, "dns.spf-relay").found


def test_what_guards_incoming_mail_is_a_note_whatever_it_is(
    make_case: Callable[..., Case], zone: Zones, told: One
) -> None:
    well(zone)
    zone.text(f"_mta-sts.{DOMAIN}", "v=STSv1; id=1")
    found = told(list(check_domain(make_case(WHOLE))), "dns.incoming")
    assert found.level == "note"
    assert "has MTA-STS;" in found.found


def test_this_machine_is_well_and_tells_its_time(
    workspace: Workspace, case: Case, now: dt.datetime, told: One
) -> None:
    findings = list(check_machine(case))
    assert {finding.level for finding in findings} == {"ok", "note"}
    assert "10:00 on 30 September 2022 in Europe/London" in told(findings, "machine.time").found


def test_an_old_sqlite_is_an_error() -> None:
    assert sqlite_finding((3, 34, 1)).level == "error"
