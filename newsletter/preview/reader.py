"""Through whose eyes an issue is seen: somebody made up, or a contact with what allows them to get it."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.contacts import Decision, decide, find_contacts, found_people, search_contacts
from newsletter.database import Database
from newsletter.edition import (
    INERT_STOP,
    Ground,
    Personal,
    greeting,
    personal_in,
    reason_writer,
    sample_personal,
)
from newsletter.outbox import REASONS, personal_values
from newsletter.preview.drawing import Audience, Drawn, Eyes

_MOST_FOUND = 12
_LONGEST_NAME = 100
#: When somebody made up is said to have asked for it.
_SINCE = "2022-06-14"
_TAG = re.compile(r"[A-Za-z0-9-]{2,35}")


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page's address asks for; `contact` is an id, or 0 for somebody made up."""

    audience: Audience = None
    name: str = ""
    language: str = ""
    contact: int = 0


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: `refusal` says in words why this contact does not get the issue, '' that they do."""

    title: str
    audience: Audience
    refusal: str = ""
    decision: Decision | None = None
    language: str = ""

    @property
    def eyes(self) -> Eyes:
        """For whom it is to be drawn."""
        return Eyes(self.audience, self.language)


@dataclass(frozen=True, slots=True)
class Match:
    """A contact as the search shows them."""

    id: int
    name: str
    email: str
    organisation: str


def choice_of(query: Mapping[str, str], lists: list[str]) -> Choice:
    """The choice in an address: `contact`, or `made`, `list` (several), `name` and `language`."""
    contact = query.get("contact", "")
    if contact.isascii() and contact.isdigit() and len(contact) <= 16:
        return Choice(contact=int(contact))
    name = " ".join(query.get("name", "").split())[:_LONGEST_NAME]
    language = query.get("language", "")
    audience = tuple(dict.fromkeys(lists)) if "made" in query else None
    return Choice(audience, name, language if _TAG.fullmatch(language) else "")


def reader_of(db: Database | None, choice: Choice, lists: tuple[str, ...], now: dt.datetime) -> Reader:
    """The reader whom `choice` means, for an issue that goes to `lists`."""
    if not choice.contact:
        return Reader(choice.name or "Somebody made up", choice.audience, language=choice.language)
    decision = next(decide(db, lists, now, choice.contact), None) if db else None
    if decision is None:
        return Reader("Nobody", (), "this contact is not there any more")
    called = decision.name or decision.email or "A contact without a name"
    refusal = REASONS.get(decision.reason, "")
    return Reader(called, decision.lists, refusal, decision, language=decision.language)


def personal_of(reader: Reader, choice: Choice, drawn: Drawn) -> Personal:
    """What is said to this reader alone, as sending would say it; the link to stop leads nowhere."""
    config, languages = drawn.config, drawn.edition.languages
    if reader.decision and reader.decision.lists:
        return personal_values(reader.decision, config, languages, INERT_STOP)
    return personal_in(languages, lambda language: _said(choice.name, drawn, language), INERT_STOP)


def _said(name: str, drawn: Drawn, language: str) -> tuple[str, str]:
    """Greeting and reason for somebody made up, in one language."""
    sample, lists = sample_personal(drawn.config, language), drawn.config.lists
    greeted = greeting("", name, language, drawn.config.templates) if name else sample.greeting
    if not drawn.audience:
        return greeted, sample.reason
    shown = [lists[name].name_in(language) if name in lists else name for name in drawn.audience]
    why = reason_writer(language, drawn.config.templates)
    return greeted, why([Ground(name, _SINCE, "consent") for name in shown])


def find_matches(db: Database, words: str) -> list[Match]:
    """Contacts with this address, or whose name, address or organisation has these words."""
    ids = find_contacts(db, words) or search_contacts(db, words, _MOST_FOUND)
    return [
        Match(one.id, one.name, one.email, one.organisation) for one in found_people(db, ids[:_MOST_FOUND])
    ]
