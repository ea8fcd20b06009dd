"""From a delivery and the consent that allows it to the message that goes: written once, then repeated."""

import datetime as dt
import functools
from collections.abc import Callable, Mapping, Sequence

from newsletter.config import Config
from newsletter.contacts import Decision
from newsletter.database import Database
from newsletter.edition import (
    REQUESTS,
    Ground,
    Personal,
    edition_name,
    greeter,
    load_edition,
    reason_writer,
)
from newsletter.errors import ProofFailed
from newsletter.outbox.answers import asking_values
from newsletter.outbox.circle import Circle
from newsletter.outbox.compiled import Compiled, compile_edition
from newsletter.outbox.delivery import Delivery, Prepared, frozen
from newsletter.outbox.dkim import Signer
from newsletter.outbox.dkimkey import signer_of
from newsletter.outbox.greeted import Greeter
from newsletter.outbox.letterhead import (
    Tokens,
    change_link,
    message_id,
    stop_link,
    tokens_of,
    wire_address,
)
from newsletter.outbox.mailings import Mailing
from newsletter.outbox.message import (
    Letter,
    date_header,
    is_same,
    write,
    write_signed,
)
from newsletter.outbox.stencil import Stencil
from newsletter.tokens import Key

#: Day and lawful basis of each of some lists.
Grounds = tuple[tuple[str, str], ...]


class Writer:
    """Writes the new messages of one mailing. It knows no database, so that it can do so in any process.

    `asked` adds what a message that asks for consent says to its reader, in the edition's language.
    """

    def __init__(  # noqa: PLR0913  # what it writes, with what
        self,
        key: Key,
        mailing: Mailing,
        config: Config,
        compiled: Mapping[str, Compiled],
        signer: Signer | None,
        *,
        asked: Callable[[Decision, Personal, str], Personal] | None = None,
    ) -> None:
        self.key, self.mailing, self.config, self.compiled, self.signer = (
            key,
            mailing,
            config,
            compiled,
            signer,
        )
        self._asked, self._sayings = asked, Sayings(config)
        self._changing = {
            digest for digest, one in compiled.items() if any(name == "CHANGE" for name, *_ in one.slots)
        }
        self._stencil = functools.lru_cache(maxsize=256)(self._lay)
        self._circle = functools.lru_cache(maxsize=4096)(self._draw)
        self._edition_of = functools.lru_cache(maxsize=1024)(self._find_edition)

    def __reduce__(self) -> tuple[object, ...]:
        """To be carried to another process, which is for mailings that ask nothing."""
        return Writer, (self.key, self.mailing, self.config, self.compiled, self.signer)

    def write(self, opaque: bytes, decision: Decision, now: dt.datetime) -> Prepared:
        """A message that was never claimed."""
        if self._asked or self.signer:
            return self.write_alone(opaque, decision, now)
        edition = self._edition_of(decision.lists, decision.language)
        circle = self._circle(edition, decision.lists, _by_day(decision))
        return circle.write(decision, opaque, date_header(now))

    def write_alone(self, opaque: bytes, decision: Decision, now: dt.datetime) -> Prepared:
        """The same message, with nothing kept from others for it."""
        mailing = self.mailing
        digest = self._edition_of(decision.lists, decision.language)
        compiled = self.compiled[digest]
        tokens = tokens_of(self.key, opaque)
        personal = self._sayings.to(decision, compiled.languages, stop_link(mailing.head, tokens))
        if digest in self._changing:
            personal = personal._replace(change=change_link(mailing.head, self.key, opaque))
        if self._asked:
            personal = self._asked(decision, personal, compiled.languages[0])
        letter = write_letter(decision, personal, tokens, now)
        if self.signer:
            letter, written = write_signed(compiled, mailing.head, letter, self.signer)
        else:
            written = write(compiled, mailing.head, letter)
        name = message_id(mailing.head, tokens)
        proof = written.digest(compiled, signed=letter.seal is not None)
        columns = frozen(letter, name, proof, digest, decision.lists)
        pieces = written.pieces(compiled)
        return Prepared(letter.email, name, digest, decision.lists, pieces, columns)

    def _find_edition(self, lists: tuple[str, ...], language: str) -> str:
        editions = self.mailing.editions
        return editions[edition_name(editions, lists, language)]

    def _draw(self, edition: str, lists: tuple[str, ...], grounds: Grounds) -> Circle:
        languages = self.compiled[edition].languages
        greeters = [self._sayings.greeter(tag) for tag in languages]
        reasons = [self._sayings.reason(lists, grounds, tag) for tag in languages]
        return Circle(self._stencil(edition), greeters, reasons, edition=edition, lists=lists)

    def _lay(self, edition: str) -> Stencil:
        return Stencil(self.compiled[edition], self.mailing.head, self.key)


class Press:
    """The editions of one mailing, loaded and compiled, and the words that go into them.

    Raises ConfigError where messages are to be signed and the key cannot be had.
    """

    def __init__(self, db: Database, mailing: Mailing, config: Config) -> None:
        self._db, self._mailing = db, mailing
        self.compiled = {
            digest: compile_edition(load_edition(db, digest)) for digest in set(mailing.editions.values())
        }
        asked = functools.partial(asking_values, db, mailing) if mailing.kind in REQUESTS else None
        signer = signer_of(config, mailing.head)
        self.writer = Writer(db.key, mailing, config, self.compiled, signer, asked=asked)

    def waiting(self, number: int) -> bool:
        """Whether more messages than so many wait to be made."""
        one = "SELECT 1 FROM deliveries WHERE mailing_id = ? AND state = 'waiting' LIMIT 1 OFFSET ?"
        return self._db.one(one, self._mailing.id, number) is not None

    def prepare(self, delivery: Delivery, decision: Decision, now: dt.datetime) -> Prepared:
        """The message of a delivery: new, or the same bytes as at its first claim.

        The database is read for mailings that ask for consent alone. Raises ProofFailed where the bytes
        would not be the same.
        """
        if delivery.letter:
            return self._again(delivery, delivery.letter)
        return self.writer.write(delivery.opaque, decision, now)

    def _again(self, delivery: Delivery, letter: Letter) -> Prepared:
        compiled = self.compiled[delivery.edition]
        written = write(compiled, self._mailing.head, letter)
        name = message_id(self._mailing.head, letter.tokens)
        if not is_same(written, compiled, letter, delivery.digest):
            raise ProofFailed(
                f"message {name} would not be the same bytes as when it was first sent; it was not sent",
                remedy="It waits, and everybody else is served. Send again with the version of newsletter that made it.",
            )
        columns = frozen(letter, name, delivery.digest, delivery.edition, delivery.lists)
        pieces = written.pieces(compiled)
        return Prepared(letter.email, name, delivery.edition, delivery.lists, pieces, columns)


class Sayings:
    """What is said to each reader alone, with what many share put into words once."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._greeters: dict[str, Greeter] = {}
        self._reasoners: dict[str, Callable[[Sequence[Ground]], str]] = {}
        # Lists, the day and lawful basis of each, and a language: few of each.
        self.reason = functools.lru_cache(maxsize=4096)(self._write_reason)

    def to(self, decision: Decision, languages: Sequence[str], stop: str) -> Personal:
        """The greeting, why they get this and how to stop, in each of an edition's languages."""
        said = [self._said(decision, language) for language in languages]
        return Personal(*said[0], stop, tuple(said[1:]))

    def greeter(self, language: str) -> Greeter:
        """What greets in a language."""
        if (known := self._greeters.get(language)) is None:
            greet = greeter(language, self._config.templates)
            known = self._greeters[language] = Greeter(greet)
        return known

    def _said(self, decision: Decision, language: str) -> tuple[str, str]:
        greeting = self.greeter(language).say(decision.name, decision.given_name)
        return greeting, self.reason(decision.lists, _by_day(decision), language)

    def _write_reason(self, lists: tuple[str, ...], grounds: Grounds, language: str) -> str:
        known = self._config.lists
        names = [known[name].name_in(language) if name in known else name for name in lists]
        write = self._reasoners.get(language)
        if write is None:
            write = self._reasoners[language] = reason_writer(language, self._config.templates)
        return write([Ground(name, *ground) for name, ground in zip(names, grounds, strict=True)])


def _by_day(decision: Decision) -> Grounds:
    """What allows it, list by list, as finely as it is told."""
    return tuple([(since[:10], basis) for since, basis in decision.grounds])


def personal_values(decision: Decision, config: Config, languages: Sequence[str], stop: str) -> Personal:
    """What `Sayings` says, to one reader."""
    return Sayings(config).to(decision, languages, stop)


def write_letter(decision: Decision, personal: Personal, tokens: Tokens, now: dt.datetime) -> Letter:
    """A letter to the person whom a decision is about."""
    return Letter(decision.name, wire_address(decision.email), personal, tokens, date_header(now))
