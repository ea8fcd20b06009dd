"""The families of checks, each a file, run over one issue."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import ModuleType

from newsletter.checks import (
    accessibility,
    allowances,
    clients,
    compliance,
    dates,
    disclosure,
    images,
    links,
    media,
    online,
    placeholders,
    references,
    size,
    structure,
    wording,
)
from newsletter.checks.asking import Answer
from newsletter.checks.fields import texts_of
from newsletter.checks.links import web_targets
from newsletter.checks.pages import read_pages
from newsletter.checks.rules import Rule, Subject
from newsletter.checks.source import read_source
from newsletter.checks.team import read_team
from newsletter.config import Config
from newsletter.edition import Edition
from newsletter.errors import Problem
from newsletter.issue import Issue

_FAMILIES: tuple[ModuleType, ...] = (
    structure,
    accessibility,
    clients,
    images,
    links,
    online,
    size,
    placeholders,
    wording,
    dates,
    disclosure,
    media,
    references,
    compliance,
)

#: Every rule by its id, in the order of the families.
RULES: dict[str, Rule] = {rule.id: rule for family in (*_FAMILIES, allowances) for rule in family.RULES}


def check_issue(
    issue: Issue,
    editions: Mapping[str, Edition],
    config: Config,
    now: dt.datetime,
    *,
    ask: Callable[[Sequence[str]], Mapping[str, Answer]] | None = None,
) -> list[Problem]:
    """Every finding about an issue and its editions, sorted by file and line; empty where all is well.

    What the issue allows is a note that repeats the reason. `now` is UTC-aware. Nothing is raised for what
    the editor wrote. The network is asked only where `ask` is given: web addresses to answers (`ask_links`).
    """
    subjects = [_subject(issue, editions, config, now=now)]
    subjects += [_subject(view, editions, config, now=now) for view in issue.translations.values()]
    if ask:
        answers = ask([target for subject in subjects for _, target in web_targets(subject)])
        subjects = [replace(subject, answers=answers) for subject in subjects]
    found = {
        problem: None for subject in subjects for family in _FAMILIES for problem in family.check(subject)
    }
    problems = allowances.settle(subjects[0], tuple(found), RULES)
    return sorted(problems, key=lambda problem: (problem.path, problem.line, problem.field, problem.check))


def _subject(issue: Issue, editions: Mapping[str, Edition], config: Config, *, now: dt.datetime) -> Subject:
    """The issue as it is in one language, with the editions in that language."""
    own = {name: edition for name, edition in editions.items() if edition.language == issue.language}
    return Subject(
        issue=issue,
        editions=own,
        config=config,
        now=now,
        source=read_source(issue),
        texts=tuple(texts_of(issue)),
        pages=read_pages(own),
        team=read_team(issue),
    )
