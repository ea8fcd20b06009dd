"""All findings together: in order, complete, each once, and none about good prose."""

import datetime as dt
from pathlib import Path

import pytest

from newsletter.checks import check_issue
from newsletter.config import Config, Workspace, read_config, shipped
from newsletter.edition import Edition, render_all
from newsletter.errors import Problem
from newsletter.issue import Article, Issue, read_issue

ROOT = Path(__file__).parent.parent.parent

PROSE = """\
title: "Here, there and everywhere: what link workers do"
date: 30 September 2022
preheader: A to-do list for the autumn, and two papers
lists: [partners, contributors]
intro: |
  Here is our news. Click, said the camera; more of this below. The to-do list is long, and
  todo el mundo is welcome. We meet at the Fixme café; the XXth meeting is on 3 May [see below].

  ## What you can read here

  - [x] The [paper on link workers in seven places](https://doi.org/10.1186/s12916-022-02464-4)
  - Write to [study@example.org](mailto:study@example.org) or ring [01865 289300](tel:+441865289300).
sections:
  - title: What is more
    body: |
      "They [the patients] were [...] here", she wrote [sic]. Between 5% and 10%, C:\\path, a << b, {this}.
      Prices: £5 * 3 | £6 * 2. An e-mail to name@example.org is answered within 24/7.
      See [here you find the programme of June](https://www.ox.ac.uk/june).
  - type: event
    title: A meeting of all sites
    start: 15 October 2022, 2pm
    place: Oxford (room to be announced by email)
  - type: contact
    title: Stay in touch
    people:
      - name: Ada Example
        email: ada@example.org
        phone: 01865 289300
    links:
      - {label: The study's page, url: "https://study.example.org/"}
"""


def check(path: Path, folder: Path, config: Config, now: dt.datetime) -> list[Problem]:
    issue = read_issue(path, folder, config.lists)
    return check_issue(issue, render_all(issue, config), config, now)


def written(folder: Path, text: str) -> Path:
    path = folder / "issues" / "2022-09.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_good_prose_raises_no_alarm(folder: Path, workspace: Workspace, now: dt.datetime) -> None:
    found = check(written(folder, PROSE), folder, workspace.config, now)
    assert [str(problem) for problem in found] == []


def test_the_shipped_issue_has_nothing_to_mend(now: dt.datetime) -> None:
    config = read_config(shipped("newsletter.toml").read_text(encoding="utf-8"))
    found = [str(problem) for problem in check(ROOT / "issues" / "2022-09.yaml", ROOT, config, now)]
    assert [problem for problem in found if "allowed here: The pictures are drawings" not in problem] == []


def test_findings_come_in_the_order_of_the_file(folder: Path, workspace: Workspace, now: dt.datetime) -> None:
    text = PROSE.replace("Here is our news", "TODO [click here](http://x.org)").replace(
        "Stay in touch", "TBC"
    )
    lines = [problem.line for problem in check(written(folder, text), folder, workspace.config, now)]
    assert len(lines) >= 4
    assert lines == sorted(lines)


def test_a_finding_in_an_included_file_names_that_file(
    folder: Path, workspace: Workspace, now: dt.datetime
) -> None:
    (folder / "issues" / "thanks.yaml").write_text(
        "type: acknowledgements\ntitle: With thanks\nbody: |\n  We thank\n  TODO names.\n", encoding="utf-8"
    )
    path = written(folder, PROSE + "  - include: thanks.yaml\n")
    (problem,) = check(path, folder, workspace.config, now)
    assert (problem.path, problem.line) == ("issues/thanks.yaml", 5)


def test_a_fault_of_a_template_is_told_once_for_all_audiences(
    folder: Path, workspace: Workspace, now: dt.datetime
) -> None:
    issue = read_issue(written(folder, PROSE), folder)
    editions = render_all(issue, workspace.config)
    assert len(editions) == 4
    bad = {name: _without_language(edition) for name, edition in editions.items()}
    found = check_issue(issue, bad, workspace.config, now)
    assert [problem.check for problem in found] == ["structure.language"]
    assert "public, partners, contributors, partners+contributors" in found[0].message


def _without_language(edition: Edition) -> Edition:
    html = edition.html.replace(' lang="en"', "", 1)
    return Edition(**{**{name: getattr(edition, name) for name in Edition.__slots__}, "html": html})


def test_the_same_issue_gives_the_same_findings(folder: Path, workspace: Workspace, now: dt.datetime) -> None:
    path = written(folder, PROSE.replace("Here is our news", "TODO [click here](#)"))
    first, second = (check(path, folder, workspace.config, now) for _ in range(2))
    assert first
    assert first == second


@pytest.mark.parametrize(
    "body",
    [
        "[a](https://[::1)",
        "[a](http://\x41:99999/)",
        "[a](mailto:)",
        "[a](mailto:%FF@%00)",
        "[a](tel:)",
        "[" * 200 + "a" + "](x)" * 200,
        "{{" * 500,
        "[" * 5000,
        "<<" * 2000 + ">>",
        "*|" * 3000,
        "\u2068abc [\u200e](https://x\u200f.org)\u2069",
    ],
    ids=range(11),
)
def test_odd_texts_are_checked_without_a_stumble(body: str, workspace: Workspace, now: dt.datetime) -> None:
    issue = Issue(
        title="News",
        date=now.date(),
        subject="News",
        lists=("partners",),
        sections=(Article(title="News", body=body),),
        slug="odd",
        path=workspace.issues / "odd.yaml",
    )
    assert isinstance(check_issue(issue, {}, workspace.config, now), list)
