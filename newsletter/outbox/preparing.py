"""From a delivery and the consent that allows it to the message that goes: written once, then repeated."""

import datetime as dt
from collections.abc import Sequence

from newsletter.config import Config
from newsletter.contacts import Decision
from newsletter.database import Database
from newsletter.edition import (
    REQUESTS,
    Personal,
    edition_name,
    greeting,
    load_edition,
    personal_in,
    reason_line,
)
from newsletter.errors import ProofFailed
from newsletter.outbox.answers import asking_values
from newsletter.outbox.delivery import Delivery, Prepared
from newsletter.outbox.letterhead import Tokens, message_id, stop_link, tokens_of, wire_address
from newsletter.outbox.mailings import Mailing
from newsletter.outbox.message import Compiled, Letter, build_message, compile_edition, date_header, digest_of


class Press:
    """The editions of one mailing, each compiled when it is first needed and kept."""

    def __init__(self, db: Database, mailing: Mailing, config: Config) -> None:
        self._db, self._mailing, self._config = db, mailing, config
        self._compiled: dict[str, Compiled] = {}

    def prepare(self, delivery: Delivery, decision: Decision, now: dt.datetime) -> Prepared:
        """The message of a delivery: new, or the same bytes as at its first claim.

        Raises ProofFailed where they would not be the same.
        """
        if delivery.letter is None:
            return self._new(delivery, decision, now)
        prepared = self._printed(delivery.letter, delivery.edition, delivery.lists)
        if digest_of(prepared.content) != delivery.digest:
            raise ProofFailed(
                f"message {prepared.message_id} would not be the same bytes as when it was first sent; it was not sent",
                remedy="It waits, and everybody else is served. Send again with the version of newsletter that made it.",
            )
        return prepared

    def _new(self, delivery: Delivery, decision: Decision, now: dt.datetime) -> Prepared:
        editions = self._mailing.editions
        digest = editions[edition_name(editions, decision.lists, decision.language)]
        tokens = tokens_of(self._db.key, delivery.opaque)
        stop = stop_link(self._mailing.head, tokens)
        edition = self._edition(digest)
        personal = personal_values(decision, self._config, edition.languages, stop)
        if self._mailing.kind in REQUESTS:
            personal = asking_values(self._db, self._mailing, decision, personal, edition.languages[0])
        return self._printed(write_letter(decision, personal, tokens, now), digest, decision.lists)

    def _printed(self, letter: Letter, digest: str, lists: tuple[str, ...]) -> Prepared:
        head = self._mailing.head
        content = build_message(self._edition(digest), head, letter)
        return Prepared(letter, message_id(head, letter.tokens), digest, lists, content)

    def _edition(self, digest: str) -> Compiled:
        if digest not in self._compiled:
            self._compiled[digest] = compile_edition(load_edition(self._db, digest))
        return self._compiled[digest]


def personal_values(decision: Decision, config: Config, languages: Sequence[str], stop: str) -> Personal:
    """What is said to this reader alone, in each language: the greeting, why they get this, how to stop."""
    first, templates = decision.lists[0], config.templates

    def said(language: str) -> tuple[str, str]:
        name = config.lists[first].name_in(language) if first in config.lists else first
        reason = reason_line(name, decision.since, decision.basis, language, templates=templates)
        return greeting(decision.name, decision.given_name, language, templates), reason

    return personal_in(languages, said, stop)


def write_letter(decision: Decision, personal: Personal, tokens: Tokens, now: dt.datetime) -> Letter:
    """A letter to the person whom a decision is about."""
    return Letter(decision.name, wire_address(decision.email), personal, tokens, date_header(now))
