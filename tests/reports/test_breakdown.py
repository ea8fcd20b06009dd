"""The same figures by list, organisation and receiving domain."""

import datetime as dt
from typing import Any

import pytest

from newsletter.database import renew_counts
from newsletter.reports import (
    Figures,
    break_down,
    breakdown,
    domain_concerns,
    list_concerns,
    list_growth,
    mailing_concerns,
    total,
)


def broken(study: Any, mailing: int, by: Any) -> dict[str, Figures]:
    renew_counts(study.db)
    return {group.name: group.figures for group in break_down(study.db.conn, [mailing], by)}


def test_by_domain_the_last_at_sign_counts(study: Any) -> None:
    june = study.mailing("2022-06")
    for email in ("a@one.example", "b@one.example", '"c@d"@one.example', "e@two.example"):
        last = study.delivery(june, email)
    study.delivery(june, channel="post", email="nobody@two.example")
    study.db.conn.execute("UPDATE deliveries SET email = '' WHERE channel = 'post'")
    study.came_back(last, "bounce", "hard", "user-unknown")

    assert broken(study, june, "domain") == {
        "one.example": Figures(candidates=3, sent=3, delivered=3),
        "two.example": Figures(candidates=1, sent=1, hard=1),
        "no address kept, or by post": Figures(candidates=1, sent=1, delivered=1),
    }


def test_somebody_on_two_lists_is_counted_in_both(study: Any) -> None:
    june = study.mailing("2022-06")
    study.delivery(june, lists='["partners","contributors"]')
    study.delivery(june)
    study.delivery(june, lists="[]", state="skipped", reason="withdrawn")

    assert broken(study, june, "list") == {
        "Project partners": Figures(candidates=2, sent=2, delivered=2),
        "Public contributors": Figures(candidates=1, sent=1, delivered=1),
        "on no list that allows it": Figures(candidates=1, skipped=1),
    }


def test_by_organisation_a_merged_person_is_found(study: Any) -> None:
    june = study.mailing("2022-06")
    study.put("organisations", id=1, name="A museum", created_at="2022")
    for contact in (500, 501):
        study.put("contacts", id=contact, created_at="2022", updated_at="2022")
        study.put("contact_organisations", contact_id=contact, organisation_id=1)
    study.put("contact_aliases", old_id=499, contact_id=500, merged_at="2022")
    for contact in (499, 501, 502):
        study.delivery(june, contact_id=contact)

    assert broken(study, june, "organisation") == {
        "A museum": Figures(candidates=2, sent=2, delivered=2),
        "no organisation": Figures(candidates=1, sent=1, delivered=1),
    }


@pytest.mark.parametrize("by", ["list", "organisation", "domain"])
def test_step_by_step_comes_to_the_same_and_leaves_other_mailings_out(
    study: Any, by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    june, july = study.mailing("2022-06"), study.mailing("2022-07")
    for number in range(40):
        message = study.delivery((june, july)[number % 2], f"a@d{number % 3}.example")
        if number % 8 == 0:
            study.came_back(message, "bounce", "soft", "mailbox-full")
    whole = broken(study, june, by)
    monkeypatch.setattr(breakdown, "_STEP", 7)

    assert broken(study, june, by) == whole
    assert total(list(whole.values())) == study.figures("2022-06")


def test_each_list_by_month_with_those_whose_address_died(study: Any) -> None:
    for contact, day in ((901, ""), (902, "2022-08-30"), (903, "2022-09-02")):
        study.person(contact, bounced=day)
    study.person(904, bounced="2022-09-03", reason="complaint")
    study.person(905, on="contributors")
    study.entry(901, "withdrawn", "2022-09-05")
    struck_out = study.entry(905, "withdrawn", "2022-09-05", on="contributors")
    study.entry(905, "voided", "2022-09-06", on="contributors", voids=struck_out)
    study.entry(905, "given", "2022-09-07", on="media:1")
    study.person(906)
    study.db.conn.execute("UPDATE subscriptions SET state = 'withdrawn' WHERE contact_id = 906")
    renew_counts(study.db)

    partners, contributors = list_growth(study.db.conn, dt.date(2022, 9, 30))

    assert (partners.name, partners.members, len(partners.months)) == ("Project partners", 4, 12)
    january, august, september = (partners.months[place] for place in (3, -2, -1))
    assert (january.month, january.joined) == ("2022-01", 5)
    assert (august.left, august.bounced_away) == (0, 1)
    assert (september.left, september.bounced_away, september.complained) == (1, 1, 1)
    assert contributors.months[-1].lost == contributors.months[-1].joined == 0


def test_a_domain_that_blocks_is_told_from_one_where_addresses_died(study: Any) -> None:
    june = study.mailing("2022-06")
    for domain, severity, bad, good in (
        ("blocks.example", "policy", 3, 9),
        ("died.example", "hard", 3, 9),
        ("fine.example", "hard", 3, 60),
        ("small.example", "hard", 2, 0),
    ):
        for number in range(bad + good):
            message = study.delivery(june, f"{number}@{domain}")
            if number < bad:
                study.came_back(message, "bounce", severity, "other")
    renew_counts(study.db)

    found = domain_concerns(break_down(study.db.conn, [june], "domain"))

    assert [(one.worry, one.about, one.failed, one.of) for one in found] == [
        ("domain-blocks", "blocks.example", 3, 12),
        ("domain-fails", "died.example", 3, 12),
    ]


def test_a_list_that_loses_more_than_it_gains_is_named(study: Any) -> None:
    for contact in range(900, 920):
        study.person(contact)
    for contact in range(900, 904):
        study.entry(contact, "withdrawn", "2022-09-05")
    renew_counts(study.db)
    today = dt.date(2022, 9, 30)

    (found,) = list_concerns(list_growth(study.db.conn, today))

    assert (found.worry, found.about, found.failed, found.more) == ("list-shrinks", "Project partners", 4, 0)
    for contact in range(920, 922):
        study.entry(contact, "given", "2022-09-06")
    renew_counts(study.db)
    assert not list_concerns(list_growth(study.db.conn, today))


def test_many_dead_addresses_and_many_complaints_are_named() -> None:
    few = Figures(candidates=400, sent=400, delivered=398, hard=2, complaints=1)
    many = Figures(candidates=400, sent=400, delivered=370, hard=30, complaints=2)

    assert not mailing_concerns("2022-06", few)
    assert [one.worry for one in mailing_concerns("2022-06", many)] == ["many-bounces", "complaints"]
