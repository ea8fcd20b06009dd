"""The log of approvals: who, in which role, when, and for which content."""

import datetime as dt
from collections.abc import Mapping

import pytest

from newsletter.approval import BadApprover, approval_of, approvals_of, approve, revoke_approvals
from newsletter.database import Database
from newsletter.edition import Edition, issue_digest, load_edition

HTML = "<html><head><title>News</title></head><body><h1>News</h1><h2>Summer</h2><p>{}</p></body></html>"


def editions(words: str = "We have news.") -> dict[str, Edition]:
    """Two small editions, one of them for partners only."""
    return {
        name: Edition(
            issue="2022-09",
            language="en",
            subject="News",
            preheader="Two papers",
            html=HTML.format(f"{words} {name}"),
            text=f"News\n\nSummer\n{words} {name}\n",
            marker="NLabc",
        )
        for name in ("public", "partners")
    }


def rows(db: Database) -> int:
    return int(db.conn.execute("SELECT count(*) FROM approvals").fetchone()[0])


def test_an_approval_says_who_in_which_role_when_and_for_what(db: Database, now: dt.datetime) -> None:
    agreed = editions()
    approval = approve(db, "2022-09", agreed, " Ada Example ", "study lead", now)
    assert (approval.approver, approval.role) == ("Ada Example", "study lead")
    assert approval.approved_at == "2022-09-30T09:00:00Z"
    assert approval.issue_digest == issue_digest(agreed)
    assert approval.parts == {name: edition.digest for name, edition in agreed.items()}
    assert approval_of(db, "2022-09") == approval


def test_what_was_approved_is_kept_byte_for_byte(db: Database, now: dt.datetime) -> None:
    agreed = editions()
    approval = approve(db, "2022-09", agreed, "Ada Example", "lead", now)
    assert {name: load_edition(db, digest) for name, digest in approval.parts.items()} == agreed


def test_nobody_has_approved_a_new_issue(db: Database) -> None:
    assert approval_of(db, "2022-09") is None
    assert approvals_of(db, "2022-09") == []


def test_a_second_person_is_recorded_beside_the_first(db: Database, now: dt.datetime) -> None:
    approve(db, "2022-09", editions(), "Ada Example", "lead", now)
    approve(db, "2022-09", editions(), "Ben Example", "funder", now)
    assert [entry.approver for entry in approvals_of(db, "2022-09")] == ["Ada Example", "Ben Example"]


def test_the_same_person_twice_makes_one_entry(db: Database, now: dt.datetime) -> None:
    first = approve(db, "2022-09", editions(), "Ada Example", "lead", now)
    again = approve(db, "2022-09", editions(), "Ada Example", "lead", now + dt.timedelta(hours=1))
    assert again == first
    assert rows(db) == 1


def test_changed_content_supersedes_what_was_approved(db: Database, now: dt.datetime) -> None:
    approve(db, "2022-09", editions(), "Ada Example", "lead", now)
    newer = approve(db, "2022-09", editions("We have more news."), "Ada Example", "lead", now)
    assert approval_of(db, "2022-09") == newer
    assert len(approvals_of(db, "2022-09")) == 2


def test_going_back_to_superseded_content_needs_a_new_approval(db: Database, now: dt.datetime) -> None:
    approve(db, "2022-09", editions(), "Ada Example", "lead", now)
    approve(db, "2022-09", editions("We have more news."), "Ada Example", "lead", now)
    approve(db, "2022-09", editions(), "Ada Example", "lead", now)
    assert rows(db) == 3


def test_withdrawn_approvals_stay_on_record_and_count_no_more(db: Database, now: dt.datetime) -> None:
    approve(db, "2022-09", editions("Old."), "Ada Example", "lead", now)
    approve(db, "2022-09", editions(), "Ben Example", "funder", now)
    assert revoke_approvals(db, "2022-09", now) == 2
    assert approval_of(db, "2022-09") is None
    assert [entry.revoked_at for entry in approvals_of(db, "2022-09")] == ["2022-09-30T09:00:00Z"] * 2
    assert revoke_approvals(db, "2022-09", now) == 0


def test_after_withdrawing_the_same_person_may_approve_again(db: Database, now: dt.datetime) -> None:
    approve(db, "2022-09", editions(), "Ada Example", "lead", now)
    revoke_approvals(db, "2022-09", now)
    assert approve(db, "2022-09", editions(), "Ada Example", "lead", now) == approval_of(db, "2022-09")
    assert rows(db) == 2


def test_another_issue_is_not_touched(db: Database, now: dt.datetime) -> None:
    approve(db, "2022-09", editions(), "Ada Example", "lead", now)
    approve(db, "2022-10", editions(), "Ada Example", "lead", now)
    revoke_approvals(db, "2022-09", now)
    assert approval_of(db, "2022-10") is not None


@pytest.mark.parametrize(
    "name",
    ["", "  ", "Ada\nBen", "Ada\x1b[31m", "Ada\u202eneB", "Ada\u2028Ben", "A\x00", "A" * 201],
    ids=range(8),
)
def test_names_that_cannot_be_recorded_are_refused_and_nothing_is_kept(
    name: str, db: Database, now: dt.datetime
) -> None:
    with pytest.raises(BadApprover):
        approve(db, "2022-09", editions(), name, "lead", now)
    with pytest.raises(BadApprover):
        approve(db, "2022-09", editions(), "Ada Example", name, now)
    assert rows(db) == 0
    assert db.conn.execute("SELECT count(*) FROM editions").fetchone()[0] == 0


def test_names_of_all_scripts_are_taken(db: Database, now: dt.datetime) -> None:
    agreed: Mapping[str, Edition] = editions()
    for name in ("Siân O'Brien-Ñuñez", "Ada Example, PhD (she/her)", "李雷", "हिन्दी नाम"):
        assert approve(db, "2022-09", agreed, name, "adviser", now).approver == name
