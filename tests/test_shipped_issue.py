"""The issue that comes along is complete, true to its facts, readable, and gives no errors."""

import datetime as dt
import re
from pathlib import Path

import pytest

from newsletter.checks import check_issue
from newsletter.config import Config, read_workspace
from newsletter.edition import render_all
from newsletter.issue import Issue, read_issue

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "issues" / "pictures"
SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n\n|\n- ")


@pytest.fixture(scope="module")
def config() -> Config:
    return read_workspace(ROOT).config


@pytest.fixture(scope="module")
def issue(config: Config) -> Issue:
    return read_issue(ROOT / "issues" / "2022-09.yaml", ROOT, config.lists)


def prose(issue: Issue) -> list[str]:
    """Every text that an editor wrote in Markdown."""
    texts = [issue.intro]
    for section in issue.sections:
        texts += [section.intro, section.body]
        texts += [member.bio for member in getattr(section, "members", ())]
    return [text for text in texts if text]


def sections_of(issue: Issue, kind: str) -> list:  # type: ignore[type-arg]
    return [section for section in issue.sections if section.type == kind]


def test_it_has_every_section_of_the_september_update(issue: Issue) -> None:
    kinds = [section.type for section in issue.sections]
    assert issue.intro
    for kind in ("progress", "publications", "event", "meet-the-team", "contact", "acknowledgements"):
        assert kinds.count(kind) == 1, kind
    titles = " ".join(section.title for section in sections_of(issue, "article"))
    assert "Where does the role begin and end?" in titles  # the analysis team meeting
    assert "What does ‘social prescribing’ mean to you?" in titles  # the visit to the group


def test_the_two_publications_lead_with_a_plain_line(issue: Issue) -> None:
    (section,) = sections_of(issue, "publications")
    assert [item.doi for item in section.items] == ["10.1111/hsc.13949", "10.1186/s12916-022-02464-4"]
    assert all(item.summary and item.authors == ("Stephanie Tierney", "et al.") for item in section.items)


def test_the_award_and_the_disclaimer_are_there(issue: Issue) -> None:
    (thanks,) = sections_of(issue, "acknowledgements")
    assert thanks.award == "NIHR130247"
    for name in ("National Institute for Health and Care Research", "Department of Health and Social Care"):
        assert name in " ".join(thanks.body.split())
    assert "host institution" in thanks.body


def test_the_leads_can_be_reached_at_addresses_where_nobody_is(issue: Issue) -> None:
    (contact,) = sections_of(issue, "contact")
    assert [person.name for person in contact.people] == [
        "Dr Stephanie Tierney", "Professor Kamal R. Mahtani",
    ]  # fmt: skip
    assert all(person.email.endswith("@example.org") for person in contact.people)


def test_nobody_real_is_quoted_and_the_profile_is_told_of_him(issue: Issue) -> None:
    (team,) = sections_of(issue, "meet-the-team")
    (member,) = team.members
    assert member.name == "Steven Markham"
    assert not member.quote
    assert not re.search(r"\b(I|my|me)\b", member.bio)
    assert len(member.images) == 2


def test_every_picture_says_that_it_is_an_illustration(issue: Issue) -> None:
    pictures = [image for section in issue.sections for image in section.images]
    pictures += sections_of(issue, "meet-the-team")[0].members[0].images
    assert len(pictures) == 4
    for image in pictures:
        assert image.caption.startswith("Illustration: "), image.src
        assert image.credit == "Drawn for this newsletter"
        assert len(image.alt) > 40


def test_pictures_are_light_and_have_their_drawing_beside_them() -> None:
    for png in PICTURES.glob("*.png"):
        assert png.stat().st_size < 120_000, png.name
        assert (PICTURES / "source" / f"{png.stem}.svg").is_file()


def test_partners_and_contributors_each_have_a_section_of_their_own(issue: Issue) -> None:
    assert issue.lists == ("partners", "contributors")
    assert {section.audience for section in issue.sections} == {(), ("partners",), ("contributors",)}


def test_sentences_are_short(issue: Issue) -> None:
    lengths = [len(sentence.split()) for text in prose(issue) for sentence in SENTENCE.split(text)]
    assert max(lengths) <= 30  # the longest is the funder's disclaimer, whose names cannot be shortened
    assert sum(lengths) / len(lengths) <= 15


def test_the_checks_find_no_error_and_no_warning(issue: Issue, config: Config) -> None:
    editions = render_all(issue, config, ROOT / "templates")
    found = check_issue(issue, editions, config, dt.datetime(2022, 9, 30, 9, 0, tzinfo=dt.UTC))
    assert [str(problem) for problem in found if problem.level != "note"] == []
