"""DMARC: the record that counts, by the tree walk, and what it asks for."""

from collections.abc import Callable, Sequence

import pytest
from zones import Zones

from newsletter.doctor import Case, Finding
from newsletter.doctor.dmarc import aligned, check, organisational_domain

DOMAIN = "linkworkers.test"
One = Callable[[Sequence[Finding], str], Finding]


def test_without_a_record_the_line_to_ask_for_is_given(case: Case, told: One) -> None:
    found = told(list(check(case)), "dns.dmarc")
    assert found.level == "warning"
    assert f'_dmarc.{DOMAIN}. IN TXT "v=DMARC1; p=none; rua=' in found.remedy


@pytest.mark.parametrize(
    ("record", "level", "said"),
    [
        (
            "v=DMARC1; p=reject; rua=mailto:x@linkworkers.test",
            "ok",
            "p=reject, so mail that is not yours is refused",
        ),
        ("v=DMARC1;p=NONE;", "ok", "p=none"),
        ("v=DMARC1; sp=none; rua=mailto:x@linkworkers.test", "ok", "p=none"),
        ("v=DMARC1; p=perhaps", "error", "p=perhaps, which nobody knows"),
        ("v=DMARC2; p=none", "warning", "has no DMARC record"),
    ],
)
def test_what_it_asks_for_is_said(
    zone: Zones, case: Case, told: One, record: str, level: str, said: str
) -> None:
    zone.text(f"_dmarc.{DOMAIN}", record)
    found = told(list(check(case)), "dns.dmarc")
    assert found.level == level
    assert said in found.found


def test_two_records_are_as_good_as_none(zone: Zones, case: Case, told: One) -> None:
    zone.text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=none", "v=DMARC1; p=reject")
    assert told(list(check(case)), "dns.dmarc").level == "warning"


def test_reports_that_nobody_gets_are_a_note_and_a_bad_address_a_warning(
    zone: Zones, make_case: Callable[..., Case], told: One
) -> None:
    zone.text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=none")
    assert told(list(check(make_case())), "dns.dmarc-reports").level == "note"
    zone.known.clear()
    zone.text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=none; rua=reports@linkworkers.test")
    assert told(list(check(make_case(records=zone.records()))), "dns.dmarc-reports").level == "warning"


def test_a_subdomain_goes_by_the_record_above_it(
    zone: Zones, make_case: Callable[..., Case], told: One
) -> None:
    zone.text("_dmarc.university.test", "v=DMARC1; p=reject; sp=quarantine; rua=mailto:x@university.test")
    case = make_case('[sender]\nemail = "us@news.study.university.test"\n')
    found = told(list(check(case)), "dns.dmarc")
    assert "which stands at university.test" in found.found
    assert "p=quarantine" in found.found


def test_the_organisation_stands_right_below_a_public_suffix(zone: Zones, case: Case) -> None:
    zone.text("_dmarc.ac.test", "v=DMARC1; p=reject; psd=y")
    assert organisational_domain(case.records, "news.study.university.ac.test") == "university.ac.test"
    assert aligned(case.records, "news.university.ac.test", "mail.university.ac.test")
    assert not aligned(case.records, "news.university.ac.test", "news.college.ac.test")


def test_a_part_that_stands_for_itself_is_its_own_organisation(zone: Zones, case: Case) -> None:
    zone.text("_dmarc.university.test", "v=DMARC1; p=reject")
    zone.text("_dmarc.press.university.test", "v=DMARC1; p=none; psd=n")
    assert organisational_domain(case.records, "news.press.university.test") == "press.university.test"
    assert organisational_domain(case.records, "news.library.university.test") == "university.test"


def test_a_very_long_name_costs_eight_questions(zone: Zones, case: Case) -> None:
    long = ".".join("abcdefghijklmnop") + ".test"
    assert organisational_domain(case.records, long) == long
    assert len(zone.asked) == 8
