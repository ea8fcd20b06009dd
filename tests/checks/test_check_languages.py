"""An issue in two languages is looked at in both, and a finding that both share is told once."""

import datetime as dt

from newsletter.checks import check_issue
from newsletter.config import Workspace
from newsletter.edition import render_all
from newsletter.errors import Problem
from newsletter.issue import read_issue

TEXT = """\
title: {en: News of the study, cy: Newyddion yr astudiaeth}
date: 30 September 2022
languages: [en, cy]
lists: [partners]
intro: {en: Welcome to our news., cy: "Croeso. Lorem ipsum dolor sit amet."}
sections:
  - title: {en: A walk, cy: Taith gerdded}
    body: TODO
"""


def found(workspace: Workspace, now: dt.datetime) -> list[Problem]:
    path = workspace.issues / "2022-09.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(TEXT, encoding="utf-8")
    issue = read_issue(path, workspace.root)
    return check_issue(issue, render_all(issue, workspace.config), workspace.config, now)


def test_a_finding_in_a_further_language_is_told(workspace: Workspace, now: dt.datetime) -> None:
    assert [one.line for one in found(workspace, now) if one.field == "intro" and "placeholder" in one.check]


def test_a_finding_that_both_share_is_told_once(workspace: Workspace, now: dt.datetime) -> None:
    shared = [
        one for one in found(workspace, now) if one.field == "sections.0.body" and "placeholder" in one.check
    ]
    assert len(shared) == 1


def test_people_whom_the_workspace_knows_are_no_text_of_the_issue(
    workspace: Workspace, now: dt.datetime
) -> None:
    alone = found(workspace, now)
    people = "Dr Ada Example:\nTBC:\n'{{ name }}':\n"
    (workspace.issues / "people.yaml").write_text(people, encoding="utf-8")
    assert found(workspace, now) == alone
