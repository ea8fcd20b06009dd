"""SPF as RFC 7208 has it: found, read, followed, counted, and held against the mail server."""

from collections.abc import Callable, Sequence

import pytest
from zones import Zones

from newsletter.doctor import Case, Finding
from newsletter.doctor.spf import check, follow

DOMAIN = "linkworkers.test"
One = Callable[[Sequence[Finding], str], Finding]
MICROSOFT = f'[sender]\nemail = "news@{DOMAIN}"\n[smtp]\nhost = "smtp.office365.com"\n'


def test_a_good_record_is_said_to_be_good(zone: Zones, case: Case) -> None:
    zone.text(DOMAIN, "v=spf1 ip4:127.0.0.1 -all", "something else")
    assert [finding.level for finding in check(case)] == ["ok", "ok", "ok", "ok"]


def test_without_a_record_the_line_to_ask_for_is_given(
    zone: Zones, make_case: Callable[..., Case], told: One
) -> None:
    zone.text(DOMAIN, "v=spf10 is none")
    found = told(list(check(make_case(MICROSOFT))), "dns.spf")
    assert found.level == "error"
    assert f'{DOMAIN}. IN TXT "v=spf1 include:spf.protection.outlook.com -all"' in found.remedy


def test_two_records_are_an_error(zone: Zones, case: Case, told: One) -> None:
    zone.text(DOMAIN, "v=spf1 -all", "v=spf1 ~all")
    assert "2 SPF records" in told(list(check(case)), "dns.spf").found


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("v=spf1 ipv4:192.0.2.1 -all", "'ipv4:192.0.2.1' is not understood"),
        ("v=spf1 ip4:192.0.2 -all", "'ip4:192.0.2' holds no address"),
        ("v=spf1 ip4:2001:db8::1 -all", "holds no address of that kind"),
        ("v=spf1 include: -all", "leads nowhere"),
        ("v=spf1 include:nowhere.test -all", "nowhere.test leads to no SPF record"),
        (f"v=spf1 include:{DOMAIN} -all", "in a circle"),
        ("v=spf1 include:one.test -all", "in a circle"),
        ("v=spf1 redirect=one.test", "in a circle"),
        ("v=spf1 a b\x00c -all", "is not understood"),
    ],
)
def test_faults_are_named(zone: Zones, case: Case, record: str, said: str) -> None:
    zone.text(DOMAIN, "v=spf1 -all")
    zone.text("one.test", "v=spf1 include:two.test -all")
    zone.text("two.test", "v=spf1 redirect=one.test")
    walk = follow(case.records, DOMAIN, record)
    assert said in " ".join(walk.faults)


def test_more_than_ten_lookups_are_an_error_wherever_they_stand(zone: Zones, case: Case, told: One) -> None:
    zone.text(DOMAIN, "v=spf1 include:one.test include:two.test -all")
    for name in ("one.test", "two.test"):
        zone.text(name, f"v=spf1 {' '.join(f'a:{n}.{name}' for n in range(5))} -all")
        for number in range(5):
            zone.put(f"{number}.{name}", "A", "192.0.2.9")
    found = told(list(check(case)), "dns.spf-lookups")
    assert found.level == "error"
    assert "takes 12 look-ups, 0 of them without an answer" in found.found
    assert f"news.{DOMAIN}" in found.remedy


def test_eleven_are_one_too_many(zone: Zones, case: Case, told: One) -> None:
    zone.put("h.test", "A", "192.0.2.9")
    zone.text(DOMAIN, "v=spf1 " + "a:h.test " * 11 + "-all")
    found = told(list(check(case)), "dns.spf-lookups")
    assert found.level == "error"
    assert "takes 11 look-ups" in found.found


def test_an_include_of_a_name_that_is_not_there_is_a_question_without_an_answer(
    zone: Zones, case: Case
) -> None:
    assert follow(case.records, DOMAIN, "v=spf1 include:nowhere.test -all").voids == 1


def test_ten_lookups_are_allowed_and_addresses_cost_none(zone: Zones, case: Case, told: One) -> None:
    names = [f"h{number}.test" for number in range(10)]
    zone.text(
        DOMAIN, f"v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 {' '.join(f'a:{name}' for name in names)} ~all"
    )
    for name in names:
        zone.put(name, "A", "192.0.2.9")
    assert told(list(check(case)), "dns.spf-lookups").level == "ok"


def test_more_than_two_names_without_an_answer_are_an_error(zone: Zones, case: Case, told: One) -> None:
    zone.text(DOMAIN, "v=spf1 a:x1.test a:x2.test mx:x3.test -all")
    found = told(list(check(case)), "dns.spf-lookups")
    assert found.level == "error"
    assert "3 of them without an answer" in found.found


def test_a_record_that_explodes_is_not_followed_to_its_end(zone: Zones, case: Case) -> None:
    zone.text(DOMAIN, "v=spf1 " + " ".join(f"include:i{number}.test" for number in range(60)) + " -all")
    for number in range(60):
        zone.text(f"i{number}.test", "v=spf1 -all")
    list(check(case))
    assert len(zone.asked) < 45


@pytest.mark.parametrize(
    ("end", "level"),
    [("-all", "ok"), ("~all", "ok"), ("?all", "warning"), ("+all", "warning"), ("", "warning")],
)
def test_how_it_ends_is_judged(zone: Zones, case: Case, told: One, end: str, level: str) -> None:
    zone.text(DOMAIN, f"v=spf1 ip4:127.0.0.1 {end}".strip())
    assert told(list(check(case)), "dns.spf-end").level == level


def test_what_an_include_ends_with_is_not_the_end_but_a_redirects_is(zone: Zones, case: Case) -> None:
    zone.text("one.test", "v=spf1 ip4:192.0.2.1 -all")
    assert follow(case.records, DOMAIN, "v=spf1 include:one.test").end == ""
    assert follow(case.records, DOMAIN, "v=spf1 redirect=one.test").end == "-"
    assert follow(case.records, DOMAIN, "v=spf1 ~all redirect=one.test").end == "~"


def test_ptr_is_warned_of(zone: Zones, case: Case, told: One) -> None:
    zone.text(DOMAIN, "v=spf1 ptr -all")
    assert told(list(check(case)), "dns.spf-ptr").level == "warning"


def test_a_known_service_must_be_included(zone: Zones, make_case: Callable[..., Case], told: One) -> None:
    zone.text(DOMAIN, "v=spf1 include:mail.test -all")
    zone.text("mail.test", "v=spf1 include:spf.protection.outlook.com -all")
    assert told(list(check(make_case(MICROSOFT))), "dns.spf-relay").level == "error"
    zone.text("spf.protection.outlook.com", "v=spf1 ip4:192.0.2.0/24 -all")
    fresh = make_case(MICROSOFT, records=zone.records())
    assert told(list(check(fresh)), "dns.spf-relay").level == "ok"


@pytest.mark.parametrize(
    ("record", "level"),
    [
        ("v=spf1 ip4:127.0.0.0/8 -all", "ok"),
        ("v=spf1 a:here.test -all", "ok"),
        ("v=spf1 a:near.test/24 -all", "ok"),
        ("v=spf1 mx -all", "ok"),
        ("v=spf1 ip4:192.0.2.1 -all", "note"),
    ],
)
def test_a_server_of_ones_own_is_looked_for_among_the_addresses(
    zone: Zones, case: Case, told: One, record: str, level: str
) -> None:
    zone.text(DOMAIN, record)
    zone.put(DOMAIN, "MX", "10 here.test.")
    zone.put("here.test", "A", "127.0.0.1")
    zone.put("near.test", "A", "127.0.0.77")
    assert told(list(check(case)), "dns.spf-relay").level == level


def test_a_long_record_comes_over_tcp_and_is_put_together(zone: Zones, case: Case, told: One) -> None:
    many = " ".join(f"ip4:198.51.100.{number}" for number in range(60))
    zone.text(DOMAIN, f"v=spf1 {many} ip4:127.0.0.1 -all")
    assert told(list(check(case)), "dns.spf-relay").level == "ok"
    assert (DOMAIN, "TXT", "tcp") in zone.asked


def test_a_dns_that_does_not_answer_is_a_warning_and_soon_given_up(
    zone: Zones, make_case: Callable[..., Case]
) -> None:
    zone.broken.add(DOMAIN)
    (found,) = check(make_case())
    assert found.level == "warning"
    assert "no name server" in found.found
