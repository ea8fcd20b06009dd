"""A rule, what the rules look at, and a finding made with its place in the YAML."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from newsletter.checks.asking import Answer
from newsletter.checks.fields import Text
from newsletter.checks.pages import Page
from newsletter.checks.source import Source, line_of
from newsletter.checks.team import Team
from newsletter.checks.templates import Clues, place_in_templates
from newsletter.config import FILE_NAME, Config
from newsletter.edition import Edition
from newsletter.errors import Level, Problem
from newsletter.issue import Issue


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must hold: its id (family first), how grave a breach is, and why it matters."""

    id: str
    level: Level
    why: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What a family looks at: the issue and its editions, with what every family would work out again."""

    issue: Issue
    editions: Mapping[str, Edition]
    config: Config
    now: dt.datetime
    source: Source
    texts: tuple[Text, ...]
    pages: tuple[Page, ...]
    team: Team = field(default_factory=Team)
    answers: Mapping[str, Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spot:
    """A field, and the words in it that a finding is about: the `nth` time (from 0) that they stand there."""

    field: str
    words: str = ""
    nth: int = 0


def finding(subject: Subject, rule: Rule, spot: Spot | str, message: str, *, remedy: str) -> Problem:
    """A breach of `rule` at a field, or at the line of the words that `spot` names in it."""
    at = Spot(spot) if isinstance(spot, str) else spot
    place = line_of(subject.source, subject.issue, at.field, words=at.words, nth=at.nth)
    return Problem(rule.id, rule.level, place.path, place.line, at.field, message, remedy)


def template_finding(subject: Subject, rule: Rule, clues: Clues, message: str, *, remedy: str) -> Problem:
    """A breach of `rule` that a template makes, in the workspace's own file (and line) to which the clues lead.

    Where they lead to none the place is the issue, whose edition the message names.
    """
    place = place_in_templates(subject.team.root, clues)
    if place is None:
        return finding(subject, rule, "", message, remedy=remedy)
    return Problem(rule.id, rule.level, place.path, place.line, "", message, remedy)


def settings_finding(rule: Rule, field: str, message: str, *, remedy: str) -> Problem:
    """A breach of `rule` that is mended in the settings, not in the issue."""
    return Problem(rule.id, rule.level, FILE_NAME, 0, field, message, remedy)
