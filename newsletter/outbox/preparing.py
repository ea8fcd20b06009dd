"""From a delivery and the consent that allows it to the message that goes: written once, then repeated."""

import datetime as dt
import functools
from collections.abc import Callable, Sequence
from dataclasses import replace

from newsletter.config import Config
from newsletter.contacts import Decision
from newsletter.database import Database
from newsletter.edition import (
    REQUESTS,
    Personal,
    edition_name,
    greeter,
    load_edition,
    reason_line,
)
from newsletter.errors import ProofFailed
from newsletter.outbox.answers import asking_values
from newsletter.outbox.compiled import compile_edition
from newsletter.outbox.delivery import Delivery, Prepared
from newsletter.outbox.dkimkey import signer_of
from newsletter.outbox.letterhead import (
    Tokens,
    change_link,
    message_id,
    stop_link,
    tokens_of,
    wire_address,
)
from newsletter.outbox.mailings import Mailing
from newsletter.outbox.message import Letter, build_message, build_signed, date_header, digest_of


class Press:
    """The editions of one mailing, loaded and compiled, and the words that go into them.

    Raises ConfigError where messages are to be signed and the key cannot be had.
    """

    def __init__(self, db: Database, mailing: Mailing, config: Config) -> None:
        self._db, self._mailing = db, mailing
        self._compiled = {
            digest: compile_edition(load_edition(db, digest)) for digest in set(mailing.editions.values())
        }
        self._changing = {
            digest
            for digest, compiled in self._compiled.items()
            if any(name == "CHANGE" for name, *_ in compiled.slots)
        }
        self._sayings = Sayings(config)
        self._signer = signer_of(config, mailing.head)
        self._edition_of = functools.lru_cache(maxsize=1024)(
            functools.partial(edition_name, mailing.editions)
        )

    def prepare(self, delivery: Delivery, decision: Decision, now: dt.datetime) -> Prepared:
        """The message of a delivery: new, or the same bytes as at its first claim.

        The database is read for mailings that ask for consent alone. Raises ProofFailed where the bytes
        would not be the same.
        """
        if delivery.letter is None:
            return self._new(delivery, decision, now)
        letter = delivery.letter
        content = build_message(self._compiled[delivery.edition], self._mailing.head, letter)
        prepared = self._prepared(letter, content, delivery.edition, delivery.lists)
        if prepared.digest != delivery.digest:
            raise ProofFailed(
                f"message {prepared.message_id} would not be the same bytes as when it was first sent; it was not sent",
                remedy="It waits, and everybody else is served. Send again with the version of newsletter that made it.",
            )
        return prepared

    def _new(self, delivery: Delivery, decision: Decision, now: dt.datetime) -> Prepared:
        mailing = self._mailing
        digest = mailing.editions[self._edition_of(decision.lists, decision.language)]
        tokens = tokens_of(self._db.key, delivery.opaque)
        languages = self._compiled[digest].languages
        personal = self._sayings.to(decision, languages, stop_link(mailing.head, tokens))
        if digest in self._changing:
            personal = replace(personal, change=change_link(mailing.head, self._db.key, delivery.opaque))
        if mailing.kind in REQUESTS:
            personal = asking_values(self._db, mailing, decision, personal, languages[0])
        letter = write_letter(decision, personal, tokens, now)
        if self._signer:
            letter, content = build_signed(self._compiled[digest], mailing.head, letter, self._signer)
        else:
            content = build_message(self._compiled[digest], mailing.head, letter)
        return self._prepared(letter, content, digest, decision.lists)

    def _prepared(self, letter: Letter, content: bytes, edition: str, lists: tuple[str, ...]) -> Prepared:
        name = message_id(self._mailing.head, letter.tokens)
        return Prepared(letter, name, edition, lists, content, digest_of(letter, content))


class Sayings:
    """What is said to each reader alone, with what many share put into words once."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._greeters: dict[str, Callable[[str, str], str]] = {}
        # A list, a day, a lawful basis and a language: few of each.
        self._reason = functools.lru_cache(maxsize=4096)(self._write_reason)

    def to(self, decision: Decision, languages: Sequence[str], stop: str) -> Personal:
        """The greeting, why they get this and how to stop, in each of an edition's languages."""
        said = [self._said(decision, language) for language in languages]
        return Personal(*said[0], stop, tuple(said[1:]))

    def _said(self, decision: Decision, language: str) -> tuple[str, str]:
        greet = self._greeters.get(language)
        if greet is None:
            greet = self._greeters[language] = greeter(language, self._config.templates)
        greeting = greet(decision.name, decision.given_name)
        return greeting, self._reason(decision.lists[0], decision.since[:10], decision.basis, language)

    def _write_reason(self, list_name: str, day: str, basis: str, language: str) -> str:
        lists, templates = self._config.lists, self._config.templates
        name = lists[list_name].name_in(language) if list_name in lists else list_name
        return reason_line(name, day, basis, language, templates=templates)


def personal_values(decision: Decision, config: Config, languages: Sequence[str], stop: str) -> Personal:
    """What `Sayings` says, to one reader."""
    return Sayings(config).to(decision, languages, stop)


def write_letter(decision: Decision, personal: Personal, tokens: Tokens, now: dt.datetime) -> Letter:
    """A letter to the person whom a decision is about."""
    return Letter(decision.name, wire_address(decision.email), personal, tokens, date_header(now))
