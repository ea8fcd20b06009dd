"""Nothing but what was approved may go, and what changed is shown."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from newsletter.approval import ApprovalNeeded, approve, require_approval, revoke_approvals
from newsletter.config import Workspace
from newsletter.database import Database
from newsletter.edition import Edition, render_all
from newsletter.issue import read_issue

TEXT = """\
title: News of the study
date: 30 September 2022
preheader: Two papers and an event
lists: [partners, contributors]
intro: Welcome to our news.
sections:
  - title: What we found
    body: |
      Link workers were asked about their work.

      See [the paper](https://doi.org/10.1111/hsc.13949).
  - title: Your next meeting
    audience: [contributors]
    body: We meet on 3 May.
  - title: What comes next
    body: |
      We will write again at the end of the year.
"""


def rendered(workspace: Workspace, text: str = TEXT) -> dict[str, Edition]:
    path = workspace.issues / "2022-09.yaml"
    path.write_text(text, encoding="utf-8")
    return render_all(read_issue(path, workspace.root), workspace.config)


def refusal(db: Database, editions: dict[str, Edition]) -> str:
    with pytest.raises(ApprovalNeeded) as caught:
        require_approval(db, "2022-09", editions)
    assert caught.value.exit_code == 77
    assert "newsletter approve 2022-09 --as NAME --role ROLE" in caught.value.remedy
    return str(caught.value)


def test_without_an_approval_nothing_goes(db: Database, workspace: Workspace) -> None:
    assert "nobody has approved the issue 2022-09" in refusal(db, rendered(workspace))


def test_exactly_what_was_approved_goes(db: Database, workspace: Workspace, now: dt.datetime) -> None:
    approval = approve(db, "2022-09", rendered(workspace), "Ada Example", "lead", now)
    assert require_approval(db, "2022-09", rendered(workspace)) == approval


def test_a_withdrawn_approval_is_none(db: Database, workspace: Workspace, now: dt.datetime) -> None:
    approve(db, "2022-09", rendered(workspace), "Ada Example", "lead", now)
    revoke_approvals(db, "2022-09", now)
    assert "nobody has approved" in refusal(db, rendered(workspace))


def test_a_changed_sentence_is_shown_under_its_section(
    db: Database, workspace: Workspace, now: dt.datetime
) -> None:
    approve(db, "2022-09", rendered(workspace), "Ada Example", "lead", now)
    text = refusal(db, rendered(workspace, TEXT.replace("were asked", "were not asked")))
    assert "is not what Ada Example (lead) approved on 2022-09-30" in text
    assert "under 'What we found':" in text
    assert "- Link workers were asked about their work." in text
    assert "+ Link workers were not asked about their work." in text
    assert "What comes next" not in text


def test_the_words_that_stand_for_personal_values_are_not_shown_as_changes(
    db: Database, workspace: Workspace, now: dt.datetime
) -> None:
    before = rendered(workspace)
    approve(db, "2022-09", before, "Ada Example", "lead", now)
    after = rendered(workspace, TEXT.replace("were asked", "were not asked"))
    text = refusal(db, after)
    assert before["public"].marker not in text
    assert after["public"].marker not in text


def test_a_change_for_some_lists_only_is_told_of_those(
    db: Database, workspace: Workspace, now: dt.datetime
) -> None:
    approve(db, "2022-09", rendered(workspace), "Ada Example", "lead", now)
    text = refusal(db, rendered(workspace, TEXT.replace("3 May", "4 May")))
    assert "In the edition for contributors, partners+contributors:" in text
    assert "+ We meet on 4 May." in text
    assert "public" not in text


def test_a_new_subject_is_shown(db: Database, workspace: Workspace, now: dt.datetime) -> None:
    approve(db, "2022-09", rendered(workspace), "Ada Example", "lead", now)
    text = refusal(db, rendered(workspace, TEXT + "subject: Free beer\n"))
    assert "- News of the study: September 2022" in text
    assert "+ Free beer" in text


def test_another_target_of_a_link_is_shown(db: Database, workspace: Workspace, now: dt.datetime) -> None:
    approve(db, "2022-09", rendered(workspace), "Ada Example", "lead", now)
    text = refusal(db, rendered(workspace, TEXT.replace("doi.org/10.1111", "evil.example/10.1111")))
    assert "https://evil.example/10.1111" in text


def test_a_target_that_the_text_part_does_not_show_is_found_in_the_html(
    db: Database, workspace: Workspace, now: dt.datetime
) -> None:
    agreed = rendered(workspace)
    approve(db, "2022-09", agreed, "Ada Example", "lead", now)
    public = replace(
        agreed["public"], html=agreed["public"].html.replace("doi.org/10.1111", "evil.example/1")
    )
    text = refusal(db, agreed | {"public": public})
    assert "- link: https://doi.org/10.1111/hsc.13949" in text
    assert "+ link: https://evil.example/1/hsc.13949" in text


def test_a_change_of_looks_alone_is_named_so(db: Database, workspace: Workspace, now: dt.datetime) -> None:
    agreed = rendered(workspace)
    approve(db, "2022-09", agreed, "Ada Example", "lead", now)
    html = agreed["public"].html.replace("<body", "<body data-look='new'", 1)
    text = refusal(db, agreed | {"public": replace(agreed["public"], html=html)})
    assert "the look of the HTML; its words, links and pictures are the same" in text


def _with_pictures(workspace: Workspace, **colours: str) -> dict[str, Edition]:
    """The editions with a picture for each name, of its colour and with 'A NAME' as its alternative text."""
    lines = ["  - title: Pictures", "    images:"]
    (workspace.issues / "pictures").mkdir(exist_ok=True)
    for name, colour in colours.items():
        Image.new("RGB", (300, 200), colour).save(workspace.issues / f"pictures/{name}.png")
        lines += [f"      - src: pictures/{name}.png", f"        alt: A {name}"]
    return rendered(workspace, TEXT + "\n".join(lines) + "\n")


def test_pictures_added_changed_and_taken_out_are_told_by_what_they_show(
    db: Database, workspace: Workspace, now: dt.datetime
) -> None:
    approve(db, "2022-09", _with_pictures(workspace, bench="red", shed="blue"), "Ada Example", "lead", now)
    text = refusal(db, _with_pictures(workspace, bench="green", hall="blue"))
    assert "the picture's file has changed: 'A bench'" in text
    text = refusal(db, _with_pictures(workspace, bench="red", hall="white"))
    assert "picture taken out: 'A shed'" in text
    assert "picture added: 'A hall'" in text


def test_other_bytes_in_a_picture_are_the_only_thing_told(
    db: Database, workspace: Workspace, now: dt.datetime
) -> None:
    approve(db, "2022-09", _with_pictures(workspace, bench="red"), "Ada Example", "lead", now)
    text = refusal(db, _with_pictures(workspace, bench="green"))
    assert "the picture's file has changed: 'A bench'" in text
    assert "look of the HTML" not in text


def test_one_list_fewer_is_told_without_saying_that_nothing_has_changed(
    db: Database, workspace: Workspace, now: dt.datetime
) -> None:
    approve(db, "2022-09", rendered(workspace), "Ada Example", "lead", now)
    text = refusal(db, rendered(workspace, TEXT.replace("[partners, contributors]", "[partners]")))
    assert "No longer made: the edition for contributors." in text
    assert "Nothing that a reader sees" not in text


def test_another_list_shows_as_a_new_edition(db: Database, workspace: Workspace, now: dt.datetime) -> None:
    approve(db, "2022-09", rendered(workspace), "Ada Example", "lead", now)
    fewer = rendered(workspace, TEXT.replace("lists: [partners, contributors]", "lists: [contributors]"))
    assert "No longer made: the edition for partners." in refusal(db, fewer)


def test_a_change_that_nobody_sees_is_said_to_be_one(
    db: Database, workspace: Workspace, now: dt.datetime
) -> None:
    agreed = rendered(workspace)
    approve(db, "2022-09", agreed, "Ada Example", "lead", now)
    other = {name: _with_marker(edition, "NLzzz") for name, edition in agreed.items()}
    assert "Nothing that a reader sees has changed" in refusal(db, other)


def _with_marker(edition: Edition, marker: str) -> Edition:
    html, text = (part.replace(edition.marker, marker) for part in (edition.html, edition.text))
    return replace(edition, marker=marker, html=html, text=text)


def test_a_rewritten_issue_is_shown_in_part(db: Database, workspace: Workspace, now: dt.datetime) -> None:
    approve(db, "2022-09", rendered(workspace), "Ada Example", "lead", now)
    long = "".join(
        f"\n      Sentence {number} is new, and it is followed by others." for number in range(300)
    )
    text = refusal(db, rendered(workspace, TEXT + long.rstrip() + "\n"))
    assert len(text.splitlines()) < 75
    assert "lines more" in text


def test_the_change_near_the_end_of_a_long_line_is_seen(db: Database, now: dt.datetime, folder: Path) -> None:
    def edition(end: str) -> dict[str, Edition]:
        words = "word " * 100 + end
        html = f"<html><body><h1>News</h1><p>{words}</p></body></html>"
        return {"public": Edition("2022-09", "en", "News", "", html, f"News\n\n{words}\n", "NLabc")}

    approve(db, "2022-09", edition("before"), "Ada Example", "lead", now)
    text = refusal(db, edition("after"))
    assert "before" in text
    assert "after" in text
