"""The equation, and what is said of one person."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from postroom import DROP, Postroom

from newsletter.contacts import ConsentEvent, record_consent
from newsletter.database import Database
from newsletter.errors import ProofFailed
from newsletter.outbox import Mailing, NotQueued, Reach, explain, recipients_of, report_of
from newsletter.outbox.permission import IN_WORDS
from newsletter.outbox.report import Report, _prove

Queue = Callable[[], Mailing]
WORDS = (
    "no-consent withdrawn expired unconfirmed suppressed bounced paused do-not-contact deceased left-study "
    "no-email not-on-list duplicate by-post cancelled too-late address-changed answered lapsed asked-to-stop"
)


@pytest.fixture
def mixed(db: Database, cast: Any, people: Any, queue: Queue, send: Any, room: Postroom) -> Report:
    """One of everything."""
    for name in ("gone", "slow", "lost"):
        people.add(name)
    room.answers["RCPT"] = lambda about: {"gone": "550 5.1.1 no", "slow": "450 4.2.0 busy"}.get(
        about.split("@")[0]
    )
    room.say("dot", DROP, only="lost")
    report = send(queue())
    assert isinstance(report, Report)
    return report


def test_the_equation_names_every_part(mixed: Report) -> None:
    assert mixed.equation() == (
        "5 candidates = 1 sent + 1 skipped (1 withdrawn) + 1 refused + 1 waiting + 1 in doubt"
    )
    assert mixed.exit_code == 75


def test_the_shape_that_scripts_rely_on(db: Database, mixed: Report) -> None:
    assert mixed.as_dict() == {
        "issue": "2022-09",
        "candidates": 5,
        "sent": 1,
        "skipped": {"withdrawn": 1},
        "refused": 1,
        "waiting": 1,
        "in_doubt": 1,
    }
    told = {one.email.split("@")[0]: one.as_dict() for one in recipients_of(db, "2022-09")}
    assert set(told["ada"]) == {"email", "state", "reason", "reply", "message_id"}
    assert told["ada"]["reply"] == "250 2.0.0 taken"
    assert told["ada"]["message_id"].endswith("@example.org>")
    assert told["ben"]["reason"] == "withdrawn"
    assert told["gone"]["state"] == "refused"


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ({"sent": 1}, 0),
        ({"refused": 1}, 1),
        ({"in_doubt": 1}, 1),
        ({"waiting": 1}, 75),
        ({"skipped": {"paused": 1}}, 0),
    ],
)
def test_the_exit_code_follows_from_the_numbers(numbers: dict[str, Any], code: int) -> None:
    assert Report("2022-09", 1, **numbers).exit_code == code


def test_numbers_that_do_not_add_up_are_a_failed_proof() -> None:
    with pytest.raises(ProofFailed, match="do not add up"):
        _prove(Report("2022-09", candidates=3, sent=1))


def test_an_issue_that_was_never_queued_has_no_report(db: Database) -> None:
    with pytest.raises(NotQueued) as refused:
        report_of(db, "2022-09")
    assert refused.value.exit_code == 2


def test_every_reason_is_said_in_words() -> None:
    assert set(IN_WORDS) == set(WORDS.split())


def test_ada_would_get_it_and_is_told_since_when(db: Database, cast: Any, now: dt.datetime) -> None:
    answer = explain(db, cast.ada, "2022-09", Reach(("partners", "contributors")), now)
    assert answer.as_dict() == {
        "email": "ada@example.org",
        "issue": "2022-09",
        "would_receive": True,
        "reasons": ["they agreed to partners since 14 June 2022"],
    }


def test_each_list_that_allows_it_is_named_with_its_own_day_and_basis(
    db: Database, people: Any, now: dt.datetime
) -> None:
    def told(contact: int) -> str:
        (one,) = explain(db, contact, "2022-09", Reach(("partners", "contributors")), now).reasons
        return one

    dora = people.add("Dora", lists=("partners", "contributors"))
    assert told(dora) == "they agreed to partners and contributors since 14 June 2022"
    day = ConsentEvent(dora, "contributors", "given", "consent", "2022-08-01", "paper", "tester")
    record_consent(db, day, now)
    assert (
        told(dora)
        == "they agreed to partners since 14 June 2022; they agreed to contributors since 1 August 2022"
    )
    basis = ConsentEvent(dora, "contributors", "given", "contract", "2022-08-02", "paper", "tester")
    record_consent(db, basis, now)
    assert told(dora) == (
        "they agreed to partners since 14 June 2022; their basis (contract) allows contributors since 2 August 2022"
    )


def test_ben_and_cleo_would_not_and_are_told_why(db: Database, cast: Any, now: dt.datetime) -> None:
    for contact, word in ((cast.ben, "withdrawn"), (cast.cleo, "not-on-list")):
        answer = explain(db, contact, "2022-09", Reach(("partners",)), now)
        assert not answer.would_receive
        assert answer.reasons[0].startswith(f"{word}: {IN_WORDS[word]}")


def test_why_knows_that_somebody_else_at_the_address_gets_it(
    db: Database, people: Any, now: dt.datetime
) -> None:
    both = [people.add(name, "office@example.org") for name in ("Office", "Olive")]
    answers = [explain(db, contact, "2022-09", Reach(("partners",)), now) for contact in sorted(both)]
    assert [answer.would_receive for answer in answers] == [True, False]
    assert answers[1].reasons[0].startswith("duplicate: somebody else at the same address gets it")


def test_what_became_of_the_message_is_said_too(
    db: Database, mixed: Report, cast: Any, now: dt.datetime
) -> None:
    (_, sent) = explain(db, cast.ada, "2022-09", Reach(("partners",)), now).reasons
    assert sent == "in the outbox since 30 September 2022: sent: 250 2.0.0 taken"
    assert "without them" in explain(db, cast.cleo, "2022-09", Reach(("partners",)), now).reasons[1]
