"""Reads a mailbox from end to end: what each message says is recorded first, and then the message is marked."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from newsletter.config import Config
from newsletter.database import Database, transaction
from newsletter.errors import NewsletterError
from newsletter.replies.mailbox import remembering
from newsletter.replies.mailbox.arrived import LARGEST, Arrived, Settled, Source, digest_of
from newsletter.replies.mailbox.imap import ImapFolder
from newsletter.replies.model import Reply
from newsletter.replies.reading import read_reply
from newsletter.replies.recording import Recorded, record_reply


@dataclass(frozen=True, slots=True)
class Seen:
    """A message and what it says; `recorded` is what became of it, None where nothing is recorded."""

    arrived: Arrived
    reply: Reply
    recorded: Recorded | None = None


@dataclass
class Reading:
    """What a reading has found so far: messages by kind, those known already, outcomes, and what could not be read."""

    messages: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    known: int = 0
    #: Addresses that bounces name, by hard, soft and policy.
    severities: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    #: Where a message lies that could not be read whole, and why.
    faults: list[tuple[str, str]] = field(default_factory=list)
    hindrances: list[str] = field(default_factory=list)

    def count(self, seen: Seen) -> None:
        """Count one more message."""
        self.messages += 1
        if seen.reply.fault:
            self.faults.append((seen.arrived.place, seen.reply.fault))
        if seen.recorded and not seen.recorded.new:
            self.known += 1
            return
        self.kinds[seen.reply.kind] += 1
        if seen.reply.kind == "bounce":
            self.severities.update(one.severity for one in seen.reply.recipients)
        self.outcomes.update(seen.recorded.outcomes if seen.recorded else ())


#: Hears of each batch once it is recorded, or only read.
Told = Callable[[Sequence[Seen]], None]


def look_through(source: Source) -> Iterator[Seen]:
    """What each message says. Nothing is recorded, and nothing is marked."""
    for batch in source.batches():
        for arrived in batch:
            yield Seen(arrived, _read(arrived))


def take_in(  # noqa: PLR0913  # whence, whereto, under which rules and clock, who hears of it, as which mailbox
    db: Database,
    source: Source,
    config: Config,
    *,
    clock: Callable[[], dt.datetime],
    told: Told = lambda seen: None,
    name: str = "",
) -> Reading:
    """Record what every message of `source` says, and mark it; what was found.

    A batch is recorded, all of it or nothing, and only then marked: a process that is killed has marked nothing
    that is not recorded, and what is read a second time is known by its digest. `name` is by what the mailbox
    of newsletter.toml is remembered. Raises what `source` and the database raise; what was recorded stays.
    """
    began, found = clock(), Reading()
    number = remembering.begin_reading(db, source.word, began)
    try:
        for batch in source.batches():
            seen = _recorded_all(db, source, batch, config, clock)
            source.settle([Settled(one.arrived, one.reply.kind, one.reply.fault) for one in seen])
            for one in seen:
                found.count(one)
            with transaction(db):
                remembering.count_reading(db, number, found.messages)
                if name and batch and isinstance(source, ImapFolder):
                    remembering.remember_uid(db, name, source.validity, max(one.uid for one in batch))
            told(seen)
    except Exception as error:
        # The class says it without a word of the server's, which may have somebody's address in it.
        told_of = type(error).__doc__ if isinstance(error, NewsletterError) else "it broke off"
        remembering.end_reading(db, number, clock(), told_of or "it broke off")
        raise
    remembering.end_reading(db, number, clock())
    if name:
        remembering.remember_end(db, name, began)
    if isinstance(source, ImapFolder):
        found.hindrances = source.hindrances
    return found


def _recorded_all(
    db: Database, source: Source, batch: Sequence[Arrived], config: Config, clock: Callable[[], dt.datetime]
) -> list[Seen]:
    """What each of them says; all of it is recorded, or nothing."""
    read = [Seen(arrived, _read(arrived)) for arrived in batch]
    with transaction(db):
        return [_recorded(db, source.word, one, config, clock()) for one in read]


def _recorded(db: Database, word: str, seen: Seen, config: Config, now: dt.datetime) -> Seen:
    if seen.arrived.fault:
        return seen  # nothing of it is known, and so nothing to know it again by
    digest = digest_of(seen.arrived.raw)
    done = record_reply(db, seen.reply, digest=digest, source=word, now=now, config=config)
    return replace(seen, recorded=done)


def _read(arrived: Arrived) -> Reply:
    """What the message says; with a fault where it could not be had, or not whole."""
    if arrived.fault:
        return Reply("other", fault=arrived.fault)
    reply = read_reply(arrived.raw)
    if len(arrived.raw) >= LARGEST and not reply.fault:
        reply = replace(reply, fault="it is too large: only its beginning was read")
    return reply
