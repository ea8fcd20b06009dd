"""A fault that a template of the workspace makes is told with the template's file and line."""

import datetime as dt
from pathlib import Path

import pytest

from newsletter.checks import check_issue
from newsletter.config import Workspace
from newsletter.edition import render_all
from newsletter.errors import Problem
from newsletter.issue import read_issue

ROOT = Path(__file__).parent.parent.parent
ISSUE = """\
title: News
date: 30 September 2022
preheader: An article
lists: [partners]
sections:
  - title: A walk
    body: We went for a walk.
"""


def checked(workspace: Workspace, now: dt.datetime, text: str = ISSUE) -> list[Problem]:
    path = workspace.issues / "2022-09.yaml"
    path.write_text(text, encoding="utf-8")
    issue = read_issue(path, workspace.root)
    editions = render_all(issue, workspace.config, workspace.templates)
    return check_issue(issue, editions, workspace.config, now)


def own_template(workspace: Workspace, name: str, old: str, new: str) -> int:
    """The shipped template with `old` replaced, as the workspace's own; the line of `new`."""
    text = (ROOT / "templates" / name).read_text(encoding="utf-8")
    assert old in text
    changed = text.replace(old, new, 1)
    path = workspace.templates / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(changed, encoding="utf-8")
    return changed[: changed.index(new)].count("\n") + 1


@pytest.mark.parametrize(
    ("check", "new"),
    [
        ("accessibility.contrast", '<p style="color:#bbbbbb;background:#ffffff">Hard to see</p>'),
        ("accessibility.text-small", '<p style="font-size:9px;color:#000;background:#fff">Hard to read</p>'),
        ("accessibility.justified", '<p style="text-align:justify">Set with gaps</p>'),
        ("accessibility.contrast-unknown", '<p style="background:url(x.png) #fff">Over a picture</p>'),
        ("clients.unsupported", '<p style="display:grid">A grid</p>'),
        ("structure.heading-order", "<h5>A heading too small</h5>"),
        ("images.final-alt", '<p><img src="https://x.org/a.png"></p>'),
    ],
)
def test_what_a_template_of_ones_own_makes_is_told_at_its_line(
    check: str, new: str, workspace: Workspace, now: dt.datetime
) -> None:
    line = own_template(
        workspace,
        "email/layout.mjml",
        "<p>{{ slots.greeting }}</p>",
        f"{new}\n<p>{{{{ slots.greeting }}}}</p>",
    )
    found = [problem for problem in checked(workspace, now) if problem.check == check]
    assert ("templates/email/layout.mjml", line) in {(problem.path, problem.line) for problem in found}


def test_a_colour_of_the_dark_block_is_told_at_its_line_in_the_readers_words(
    workspace: Workspace, now: dt.datetime
) -> None:
    rule = ".nl-text div, .nl-text td { color: "
    line = own_template(workspace, "email/screen.css", rule + "{{ theme.dark.text }}", rule + "#444444")
    (problem,) = checked(workspace, now)
    assert (problem.check, problem.path) == ("accessibility.contrast", "templates/email/screen.css")
    assert problem.line == line
    assert "on a dark screen '(greeting)' is set #444444 on" in problem.message


def test_the_shipped_templates_have_no_fault(workspace: Workspace, now: dt.datetime) -> None:
    assert checked(workspace, now) == []


def test_an_issue_that_is_all_intro_passes(workspace: Workspace, now: dt.datetime) -> None:
    text = ISSUE.partition("sections:")[0] + "intro: We meet on Friday after all.\n"
    assert checked(workspace, now, text) == []
