"""Disclosure: nothing on the outside of a message may tell what its reader has or takes part in."""

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

from newsletter.checks.rules import Rule, Subject, finding, settings_finding
from newsletter.checks.team import WORDING_FILE
from newsletter.config import shipped
from newsletter.errors import Problem

SUBJECT = Rule(
    "disclosure.subject",
    "warning",
    "The subject shows on locked screens and shared computers: others may learn of a reader's illness.",
)
SENDER = Rule(
    "disclosure.sender", "warning", "The sender stands beside the reader's name in every inbox and backup."
)
LIST = Rule(
    "disclosure.list", "warning", "List names stand in headers and in the words that say why this came."
)
ADDRESS = Rule(
    "disclosure.address", "warning", "Web addresses are kept by browsers, servers and whoever is in between."
)

RULES = (SUBJECT, SENDER, LIST, ADDRESS)


def check(subject: Subject) -> Iterator[Problem]:
    """Findings about subject, sender, lists and the study's own addresses; what is inside may say it."""
    words = (*shipped_conditions(), *subject.team.conditions)
    remedy = f"leave it to the inside; words of your own to look for stand in {WORDING_FILE}"
    for field in ("subject", "preheader"):
        if word := _found(getattr(subject.issue, field), words):
            message = f"'{word}' stands in the {field}, which others can see"
            yield finding(subject, SUBJECT, field, message, remedy=remedy)
    if word := _found(subject.issue.slug, words):
        message = f"'{word}' stands in the name of the issue, which is part of its web address"
        yield finding(subject, ADDRESS, "", message, remedy="rename the file, such as 2022-10.yaml")
    yield from _settings(subject, words)


def _settings(subject: Subject, words: tuple[str, ...]) -> Iterator[Problem]:
    sender, config = subject.config.sender, subject.config
    wanted = [
        (SENDER, "sender.name", sender.name),
        (SENDER, "sender.email", sender.email),
        (SENDER, "sender.reply_to", sender.reply_to),
        (ADDRESS, "sender.website", sender.website),
        (ADDRESS, "sender.privacy_notice", sender.privacy_notice),
        (ADDRESS, "public.url", config.public.url),
    ]
    for name in subject.issue.lists:
        wanted.append((LIST, f"lists.{name}", name))
        if name in config.lists:
            listed = config.lists[name]
            names = dict.fromkeys([listed.name, *listed.names.values()])
            wanted += [(LIST, f"lists.{name}.name", shown) for shown in names]
    for rule, field, value in wanted:
        if word := _found(value, words):
            message = f"'{word}' stands in {field}, which others than the reader can see"
            remedy = "choose a name that does not tell it, such as the study's short name"
            yield settings_finding(rule, field, message, remedy=remedy)


def _found(value: str, words: tuple[str, ...]) -> str:
    """The first of `words` that stands in `value` as a word, parted by anything but letters; else nothing."""
    spaced = " ".join(re.split(r"[\W\d_]+", unquote(value).casefold()))
    return next((word for word in words if re.search(rf"\b{re.escape(word.casefold())}\b", spaced)), "")


@lru_cache(maxsize=1)
def shipped_conditions() -> tuple[str, ...]:
    """The short list that comes with the package."""
    text = shipped("checks/conditions.txt").read_text(encoding="utf-8")
    return tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
