"""Placeholders: what was to be filled in, in the way that people and other programs write it."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.checks.fields import Text
from newsletter.checks.markdown import read_markdown
from newsletter.checks.rules import Rule, Spot, Subject, finding
from newsletter.checks.starters import starter_comments, starter_texts
from newsletter.errors import Problem

DRAFT_WORD = Rule("placeholders.draft-word", "error", "A note to oneself would be sent to everybody.")
TO_BE_CONFIRMED = Rule(
    "placeholders.to-be-confirmed",
    "warning",
    "What is still open reads as unfinished, and cannot be mended later.",
)
LOREM = Rule("placeholders.lorem", "error", "Filler text stands where the news should be.")
BRACKETS = Rule(
    "placeholders.brackets", "error", "Readers would see the brackets instead of what belongs there."
)
MERGE_TAG = Rule(
    "placeholders.merge-tag",
    "error",
    "Tags of other mailing programs mean nothing here; readers would see them as they are.",
)
STARTER_TEXT = Rule(
    "placeholders.starter-text", "warning", "The sample text of the starter would be sent to everybody."
)
STARTER_COMMENT = Rule(
    "placeholders.starter-comment",
    "note",
    "The starter's hints are never sent; without them the file reads better.",
)

RULES = (DRAFT_WORD, TO_BE_CONFIRMED, LOREM, BRACKETS, MERGE_TAG, STARTER_TEXT, STARTER_COMMENT)

# In capitals only: 'to-do' and 'a todo list' are good prose.
_DRAFT_WORD = re.compile(r"\b(?:TODO|FIXME|XXX+)\b")
_TO_BE_CONFIRMED = re.compile(r"\b(?:TBC|TBA|TBD)\b")
_LOREM = re.compile(r"\blorem\s+ipsum\b|\bdolor\s+sit\s+amet\b", re.IGNORECASE)
_MERGE_TAG = re.compile(
    r"\{\{.{0,80}?\}\}|\{%.{0,80}?%\}|\$\{[\w.]{1,60}\}"  # Jinja, Handlebars, Liquid; shells
    r"|<<\s?[^\W\d][\w .:-]{0,60}>>|\*\|[^|\n]{1,60}\|\*"  # Word's mail merge; Mailchimp
    r"|%%\s*[\w.:-]{1,60}\s*%%|\[\[\s*[\w .:-]{1,60}\s*\]\]"  # Salesforce; Mailjet
)
_WHAT = (
    r"(?:(?:first|last|full|given|family|your|project|study|event|contact|team)[ _-])?"
    r"(?:name|surname|date|day|time|title|subject|headline|text|quote|email|e-mail|phone|telephone|url|link|address"
    r"|postcode|place|venue|location|room|role|job title|organisation|organization|university|number|amount|image"
    r"|photo|picture|caption|alt text|logo|month|year|deadline|reference|doi|journal)"
)
# Not [...], [sic] or [the role], which quoting needs.
_BRACKETS = re.compile(
    rf"\[\s*(?:(?:insert|add|enter|fill in|replace|your)\b[^\]\n]{{0,80}}|{_WHAT}(?: here)?|_{(2,)}|x{(2,)})\s*\]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Leftover:
    """What a rule looks for, and how it is mended."""

    rule: Rule
    pattern: re.Pattern[str]
    remedy: str


_EVERYWHERE = (_Leftover(MERGE_TAG, _MERGE_TAG, "write the words themselves; the greeting comes by itself"),)
_IN_PROSE = (
    _Leftover(DRAFT_WORD, _DRAFT_WORD, "finish it, or take it out; a comment (#) is never sent"),
    _Leftover(TO_BE_CONFIRMED, _TO_BE_CONFIRMED, "write what is known: 'we will write to you with the room'"),
    _Leftover(LOREM, _LOREM, "write the text"),
    _Leftover(BRACKETS, _BRACKETS, "write what belongs there"),
)


def check(subject: Subject) -> Iterator[Problem]:
    """Findings about every text of the issue, then about what is left of the starter."""
    for text in subject.texts:
        for leftover in _EVERYWHERE + (_IN_PROSE if text.kind in {"markdown", "plain"} else ()):
            yield from _hits(subject, text, leftover)
    yield from _starter(subject)


def _hits(subject: Subject, text: Text, leftover: _Leftover) -> Iterator[Problem]:
    # In Markdown `[name](address)` is a link: brackets count only among the words that are read.
    read = text.kind == "markdown" and leftover.rule is BRACKETS
    seen: Counter[str] = Counter()
    for hit in leftover.pattern.finditer(read_markdown(text.value).words if read else text.value):
        words = hit.group()
        message, spot = f"'{words}' was left in the text", Spot(text.field, words, seen[words])
        yield finding(subject, leftover.rule, spot, message, remedy=leftover.remedy)
        seen[words] += 1


def _starter(subject: Subject) -> Iterator[Problem]:
    samples = starter_texts(subject.issue)
    for text in subject.texts:
        lines = [line.strip() for line in text.value.splitlines()] if _is_sample(subject, text) else []
        left = [line for line in lines if " ".join(line.split()) in samples]
        if left:
            message = f"this is still the starter's sample: '{_short(left[0])}'"
            remedy = "write your own, or take it out"
            yield finding(subject, STARTER_TEXT, Spot(text.field, left[0]), message, remedy=remedy)
    yield from _comments(subject)


def _is_sample(subject: Subject, text: Text) -> bool:
    """Whether the starter's words there are hints; its titles, labels and contact lines may well be kept."""
    if text.field == "preheader":
        return True
    section = text.field.split(".")[1:2]
    kind = subject.issue.sections[int(section[0])].type if section else ""
    return text.kind == "markdown" and kind != "contact"


def _comments(subject: Subject) -> Iterator[Problem]:
    path = subject.issue.place("").path
    hints = starter_comments(subject.issue)
    left = [n for n, line in enumerate(subject.source.files.get(path, ()), 1) if line.strip() in hints]
    if left:
        message = f"{len(left)} lines of the starter's hints are left"
        remedy = "take them out when you no longer need them"
        yield Problem(STARTER_COMMENT.id, STARTER_COMMENT.level, path, left[0], "", message, remedy)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
