"""Nobody is shown who has not agreed to it: asked of the ledger before an issue is approved or goes."""

import datetime as dt
from collections.abc import Sequence

import pytest
from PIL import Image as Pillow

from newsletter.approval import (
    NotPermitted,
    keep_permissions,
    require_kept_permissions,
    require_permissions,
)
from newsletter.config import Workspace
from newsletter.contacts import (
    ConsentEvent,
    NewContact,
    add_contact,
    give_permission,
    issues_leaning_on,
    withdraw_permission,
)
from newsletter.database import Database
from newsletter.issue import Issue, read_issue

MEMBER = """\
  - type: meet-the-team
    title: The team
    members:
      - name: Dr Ada M. Example
        quote: I like this work.
        permission: M-12
"""
PICTURE = """\
  - title: The garden
    body: We met.
    images:
      - src: garden.png
        alt: Two people in a garden.
        caption: Ada Example and a friend
        permission: M-12, M-13
"""


def read(workspace: Workspace, sections: str) -> Issue:
    Pillow.new("RGB", (300, 200), "teal").save(workspace.issues / "garden.png")
    path = workspace.issues / "2022-09.yaml"
    head = "title: News\ndate: 30 September 2022\nlists: [partners]\nsections:\n"
    path.write_text(head + sections, encoding="utf-8")
    return read_issue(path, workspace.root)


def allow(
    db: Database, now: dt.datetime, name: str, named: str, covers: Sequence[str], until: str = ""
) -> None:
    contact = add_contact(db, NewContact(name=name), now)
    event = ConsentEvent(contact, "", "given", "consent", "2022-06-14", "paper", "tester", expires_at=until)
    give_permission(db, named, covers, event, now)


def refusal(db: Database, issue: Issue, now: dt.datetime) -> str:
    with pytest.raises(NotPermitted) as caught:
        require_permissions(db, issue, now)
    assert caught.value.exit_code == 77
    return str(caught.value)


def test_an_issue_that_names_none_needs_none(db: Database, workspace: Workspace, now: dt.datetime) -> None:
    assert require_permissions(db, read(workspace, "  - body: Hello.\n"), now) == ()


def test_where_none_is_recorded_at_all_the_way_to_record_it_is_told(
    db: Database, workspace: Workspace, now: dt.datetime
) -> None:
    told = refusal(db, read(workspace, MEMBER), now)
    assert "issues/2022-09.yaml:10: sections.0.members.0.permission: the permission M-12 is not known" in told
    assert "No permission to show anybody is recorded in this database yet" in told
    assert "newsletter media add M-12 --person ADDRESS" in told


def test_an_unknown_one_is_refused_where_others_are_known(
    db: Database, workspace: Workspace, now: dt.datetime
) -> None:
    allow(db, now, "Ada Example", "M-11", ["photo"])
    told = refusal(db, read(workspace, MEMBER), now)
    assert "M-12 is not known" in told
    assert "newsletter media list" in told


def test_all_that_is_shown_must_be_covered(db: Database, workspace: Workspace, now: dt.datetime) -> None:
    allow(db, now, "Ada Example", "M-12", ["name", "photo"])
    told = refusal(db, read(workspace, MEMBER), now)
    assert "the permission M-12 does not cover what is shown: quote; take out the quote" in told


def test_a_permission_in_force_that_covers_it_will_do(
    db: Database, workspace: Workspace, now: dt.datetime
) -> None:
    allow(db, now, "Ada Example", "M-12", ["name", "quote"], until="2022-09-30")
    assert require_permissions(db, read(workspace, MEMBER), now) == ("M-12",)
    told = refusal(db, read(workspace, MEMBER), now + dt.timedelta(days=1))
    assert "M-12 does not hold: it ran out on 30 September 2022" in told


def test_somebody_elses_permission_will_not_do(db: Database, workspace: Workspace, now: dt.datetime) -> None:
    allow(db, now, "Ben Sample", "M-12", ["name", "quote"])
    assert "the permission M-12 is not Dr Ada M. Example's, but Ben Sample's" in refusal(
        db, read(workspace, MEMBER), now
    )


def test_everybody_in_a_picture_has_a_permission_and_whoever_is_named_one_for_the_name(
    db: Database, workspace: Workspace, now: dt.datetime
) -> None:
    allow(db, now, "Ada Example", "M-12", ["photo"])
    allow(db, now, "Ben Sample", "M-13", ["photo"])
    told = refusal(db, read(workspace, PICTURE), now)
    assert "the permission M-12 does not cover what is shown: name" in told
    assert "M-13" not in told


def test_a_withdrawal_stops_what_was_queued_with_it_whatever_the_yaml_says_by_now(
    db: Database, workspace: Workspace, now: dt.datetime
) -> None:
    allow(db, now, "Ada Example", "M-12", ["name", "quote"])
    issue = read(workspace, MEMBER)
    keep_permissions(db, issue, now)
    assert issues_leaning_on(db, "M-12") == ["2022-09"]
    require_kept_permissions(db, "2022-09", now)
    withdraw_permission(
        db, "M-12", now, effective_at="2022-09-30", channel="email", recorder="tester", source="call"
    )
    assert "M-12 does not hold: it was withdrawn on 30 September 2022" in refusal(db, issue, now)
    with pytest.raises(NotPermitted, match="M-12: it was withdrawn on 30 September 2022"):
        require_kept_permissions(db, "2022-09", now)
    require_kept_permissions(db, "2022-10", now)


@pytest.mark.parametrize("other", ["Ben Example", "Dr Ben Sample", "Prof. M. Sample"])
def test_a_family_name_or_a_title_alone_makes_nobody_the_same_person(
    db: Database, workspace: Workspace, now: dt.datetime, other: str
) -> None:
    allow(db, now, other, "M-12", ("name", "quote"))
    with pytest.raises(NotPermitted, match=r"is not Dr Ada M\. Example's"):
        require_permissions(db, read(workspace, MEMBER), now)


@pytest.mark.parametrize("same", ["Ada Example", "A. Example", "Example, Ada", "Ada Married-Name", "Ada"])
def test_one_person_may_be_written_in_several_ways(
    db: Database, workspace: Workspace, now: dt.datetime, same: str
) -> None:
    allow(db, now, same, "M-12", ("name", "quote"))
    assert require_permissions(db, read(workspace, MEMBER), now) == ("M-12",)
