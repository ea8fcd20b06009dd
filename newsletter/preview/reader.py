"""Through whose eyes an issue is seen: somebody made up, or a contact with what allows them to get it."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.config import Config
from newsletter.contacts import Decision, decide, find_contacts, found_people, search_contacts
from newsletter.database import Database
from newsletter.edition import INERT_STOP, Personal, greeting, reason_line, sample_personal
from newsletter.outbox import REASONS
from newsletter.preview.drawing import Audience, Drawn, Eyes

_MOST_FOUND = 12
_LONGEST_NAME = 100
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
    edition, config = drawn.edition, drawn.config
    if reader.decision and reader.decision.lists:
        one = reader.decision
        return Personal(
            greeting=greeting(one.name, one.given_name, edition.language),
            reason=reason_line(_shown(one.lists[0], config), one.since, one.basis, edition.language),
            stop=INERT_STOP,
        )
    sample = sample_personal(config, edition.language)
    first = drawn.audience[0] if drawn.audience else ""
    return Personal(
        greeting=greeting("", choice.name, edition.language) if choice.name else sample.greeting,
        reason=reason_line(_shown(first, config), "2022-06-14", "consent", edition.language)
        if first
        else sample.reason,
        stop=INERT_STOP,
    )


def find_matches(db: Database, words: str) -> list[Match]:
    """Contacts with this address, or whose name, address or organisation has these words."""
    ids = find_contacts(db, words) or search_contacts(db, words, _MOST_FOUND)
    return [
        Match(one.id, one.name, one.email, one.organisation) for one in found_people(db, ids[:_MOST_FOUND])
    ]


def _shown(name: str, config: Config) -> str:
    return config.lists[name].name if name in config.lists else name
