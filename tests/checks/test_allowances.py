"""What an issue allows becomes a note with its reason; nothing else does."""

import datetime as dt
from pathlib import Path

import pytest

from newsletter.checks import check_issue
from newsletter.config import Config, Workspace
from newsletter.edition import render_all
from newsletter.errors import IssueError, Problem
from newsletter.issue import read_issue

HEAD = """\
title: News of the study
date: 30 September 2022
preheader: Two papers and an event
lists: [partners]
"""
SECTIONS = """\
sections:
  - title: News of the summer
    body: See [the old site](http://study.ac.uk/old).
    allow:
      - {check: links.insecure, reason: the old site has no certificate}
  - title: News of the autumn
    body: See [the other site](http://study.ac.uk/other).
"""


def check(text: str, folder: Path, config: Config, now: dt.datetime) -> list[Problem]:
    path = folder / "issues" / "2022-09.yaml"
    path.write_text(text, encoding="utf-8")
    issue = read_issue(path, folder, config.lists)
    return check_issue(issue, render_all(issue, config), config, now)


def test_an_allowed_finding_is_a_note_that_repeats_the_reason(
    folder: Path, workspace: Workspace, now: dt.datetime
) -> None:
    first, second = check(HEAD + SECTIONS, folder, workspace.config, now)
    assert (first.check, first.level, first.line) == ("links.insecure", "note", 7)
    assert first.message.endswith("allowed here: the old site has no certificate")
    assert (second.check, second.level, second.line) == ("links.insecure", "warning", 11)


def test_an_allowance_at_the_head_holds_for_the_whole_issue(
    folder: Path, workspace: Workspace, now: dt.datetime
) -> None:
    allow = "allow:\n  - {check: links.insecure, reason: both are archives}\n"
    found = check(HEAD + allow + SECTIONS, folder, workspace.config, now)
    assert [problem.level for problem in found if problem.check == "links.insecure"] == ["note", "note"]


def test_what_the_law_asks_for_cannot_be_allowed(
    folder: Path, workspace: Workspace, now: dt.datetime
) -> None:
    silent = workspace.config.model_copy(
        update={"sender": workspace.config.sender.model_copy(update={"privacy_notice": ""})}
    )
    allow = "allow: [{check: compliance.privacy-notice, reason: it is not written yet}]\n"
    found = {problem.check: problem.level for problem in check(HEAD + allow + SECTIONS, folder, silent, now)}
    assert found["compliance.privacy-notice"] == "error"
    assert found["allowances.refused"] == "warning"


@pytest.mark.parametrize("entry", ["{check: links.insecure}", "{check: links.insecure, reason: ''}"])
def test_an_allowance_without_a_reason_is_refused_with_its_line(
    entry: str, folder: Path, workspace: Workspace, now: dt.datetime
) -> None:
    with pytest.raises(IssueError) as refused:
        check(f"{HEAD}allow:\n  - {entry}\n{SECTIONS}", folder, workspace.config, now)
    assert [(p.field, p.line) for p in refused.value.problems] == [("allow.0.reason", 6)]


def test_an_allowance_changes_nothing_that_readers_see(
    folder: Path, workspace: Workspace, now: dt.datetime
) -> None:
    path = folder / "issues" / "2022-09.yaml"
    digests = set()
    for text in (HEAD + SECTIONS, HEAD + SECTIONS.replace("the old site has no certificate", "it is old")):
        path.write_text(text, encoding="utf-8")
        digests.add(render_all(read_issue(path, folder), workspace.config)["public"].digest)
    assert len(digests) == 1
