"""Compliance: who writes, to whom, why, and how to make it stop (UK GDPR, PECR regulation 23)."""

import datetime as dt
import re
from collections.abc import Iterator

from newsletter.checks.pages import Page
from newsletter.checks.rules import Rule, Subject, finding, settings_finding, template_finding
from newsletter.checks.templates import Clues
from newsletter.errors import Problem

SENDER = Rule(
    "compliance.sender", "error", "Marketing by mail must not hide who sends it (PECR regulation 23)."
)
POSTAL_ADDRESS = Rule(
    "compliance.postal-address",
    "error",
    "Readers must be able to find and write to those who hold their data.",
)
PRIVACY_NOTICE = Rule(
    "compliance.privacy-notice",
    "error",
    "People have a right to know what is done with their data (article 13).",
)
CONTACT = Rule(
    "compliance.contact",
    "warning",
    "People must be able to ask, object and complain without searching for whom.",
)
LISTS = Rule(
    "compliance.no-lists", "error", "Consent is given to a list; without one nobody may be written to."
)
LIST_UNKNOWN = Rule(
    "compliance.list-unknown", "error", "Nobody can have agreed to a list that does not exist."
)
LIST_PURPOSE = Rule(
    "compliance.list-purpose", "error", "Consent is only good for a purpose that was stated (article 4)."
)
REASON = Rule("compliance.reason", "error", "Every reader is told why this came to them.")
STOP = Rule("compliance.stop", "error", "Every message must offer a simple way to stop (PECR regulation 22).")
DATE_FAR = Rule("compliance.date-far", "note", "A wrong year is seen by all, and stays in the archive.")

RULES = (
    SENDER, POSTAL_ADDRESS, PRIVACY_NOTICE, CONTACT, LISTS, LIST_UNKNOWN, LIST_PURPOSE, REASON, STOP, DATE_FAR,
)  # fmt: skip

_PAST, _FUTURE = dt.timedelta(days=365), dt.timedelta(days=92)


def check(subject: Subject) -> Iterator[Problem]:
    """Findings about the settings, the lists, the date and what each edition tells its readers."""
    yield from _sender(subject)
    yield from _lists(subject)
    yield from _date(subject)
    yield from _contact(subject)
    for page in subject.pages:
        yield from _slot(page, subject, REASON, "REASON")
        yield from _slot(page, subject, STOP, "STOP")


def _sender(subject: Subject) -> Iterator[Problem]:
    sender = subject.config.sender
    wanted = (
        (SENDER, "sender.name", sender.name, "who writes: the study's or the team's name"),
        (SENDER, "sender.email", sender.email, "the address it comes from"),
        (
            POSTAL_ADDRESS,
            "sender.postal_address",
            sender.postal_address,
            "where the team can be reached by post",
        ),
        (
            PRIVACY_NOTICE,
            "sender.privacy_notice",
            sender.privacy_notice,
            "the web address of the privacy notice",
        ),
    )
    for rule, field, value, what in wanted:
        if not value.strip():
            key = field.partition(".")[2]
            remedy = f'write `{key} = "…"` under [sender]: {what}'
            yield settings_finding(rule, field, f"{key} is empty", remedy=remedy)


def _contact(subject: Subject) -> Iterator[Problem]:
    sender, address = subject.config.sender, (subject.config.sender.reply_to or subject.config.sender.email)
    name = address.partition("@")[0].lower()
    if re.fullmatch(r"(?:do-?not|dont|no)[-_.]?reply.*", name):
        key = "reply_to" if sender.reply_to else "email"
        message = f"answers go to {address}, which nobody seems to read"
        remedy = 'write `reply_to = "…"` under [sender]: an address that somebody reads'
        yield settings_finding(CONTACT, f"sender.{key}", message, remedy=remedy)


def _lists(subject: Subject) -> Iterator[Problem]:
    issue, lists = subject.issue, subject.config.lists
    if not issue.lists:
        message, remedy = "the issue goes to no list", "name one: `lists: [partners]`"
        yield finding(subject, LISTS, "lists", message, remedy=remedy)
    named = [(f"lists.{number}", name) for number, name in enumerate(issue.lists)]
    for number, section in enumerate(issue.sections):
        named += [(f"sections.{number}.audience", name) for name in section.audience]
    for field, name in named:
        if name not in lists:
            known = ", ".join(lists) or "none"
            message, remedy = f"there is no list '{name}'", f"newsletter.toml has: {known}"
            yield finding(subject, LIST_UNKNOWN, field, message, remedy=remedy)
    for name in dict.fromkeys(issue.lists):
        if name in lists and not lists[name].purpose.strip():
            message = f"the list '{name}' states no purpose"
            remedy = f'write `purpose = "…"` under [lists.{name}]: what subscribers are told'
            yield settings_finding(LIST_PURPOSE, f"lists.{name}.purpose", message, remedy=remedy)


def _date(subject: Subject) -> Iterator[Problem]:
    today = subject.now.astimezone(subject.config.zone).date()
    date = subject.issue.date
    where = "past" if date < today - _PAST else "future" if date > today + _FUTURE else ""
    if where:
        message = f"the issue is dated {date.day} {date:%B %Y}, far in the {where}"
        yield finding(subject, DATE_FAR, "date", message, remedy="look at the year, if this is not meant")


def _slot(page: Page, subject: Subject, rule: Rule, slot: str) -> Iterator[Problem]:
    edition = page.edition
    lacking = [
        medium
        for medium, text in (("HTML", edition.html), ("text", edition.text))
        if edition.marker + slot not in text
    ]
    if lacking:
        what = "why the reader gets this" if slot == "REASON" else "how to stop"
        message = f"{page.name} does not say {what} (in its {' and its '.join(lacking)})"
        remedy = "a template of yours has lost it from the footer: compare it with the shipped one"
        clues = Clues(file="email/layout.mjml" if "HTML" in lacking else "text/layout.txt")
        yield template_finding(subject, rule, clues, message, remedy=remedy)
