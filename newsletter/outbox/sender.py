"""A run: recovery, the parts of the engine put together, and the report at the end."""

import datetime as dt
import gc
import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, replace

from newsletter.addresses import domain_of
from newsletter.config import Config
from newsletter.database import Database, anchor_database, explain_error
from newsletter.edition import REQUESTS
from newsletter.errors import ConfigError, DatabaseProblem
from newsletter.outbox.bell import Bell
from newsletter.outbox.calls import Calls
from newsletter.outbox.connection import Line
from newsletter.outbox.control import hindrance, mend
from newsletter.outbox.desk import Desk
from newsletter.outbox.engine import Engine
from newsletter.outbox.ledger import recover
from newsletter.outbox.lock import only_sender
from newsletter.outbox.mailings import Mailing, begin
from newsletter.outbox.opening import open_line
from newsletter.outbox.pile import Pile
from newsletter.outbox.preparing import Press
from newsletter.outbox.rates import Buckets, tidy_rates
from newsletter.outbox.report import Report, report_of
from newsletter.outbox.secondpress import SecondPress
from newsletter.outbox.settling import Settling
from newsletter.outbox.watching import Unwatched, Watcher

_MANY = 1000  # deliveries, for which a second process is worth its start
_SELDOM = 50_000  # new objects between two looks for those that hold each other
_TURN = 0.0005  # seconds after which a thread lets the other one go on
_LOG_PAGES, _USUAL_PAGES = 4000, 1000  # of SQLite's log, before they are copied into the database


def send_due(  # noqa: PLR0913  # what, with which settings, and the world: clock, chance, signals, eyes
    db: Database,
    mailing: Mailing,
    config: Config,
    *,
    secret: Callable[[], str],
    clock: Callable[[], dt.datetime],
    jitter: Callable[[], float],
    limit: int | None = None,
    halt: threading.Event | None = None,
    watch: Watcher = Unwatched(),  # noqa: B008  # it has no state
) -> Report:
    """Attempt what is due of a mailing, at most `limit` messages; the report, with why the run ended early if it did.

    `jitter` gives numbers from 0 to 1; `halt` ends the run after what is in flight; `watch` is told
    what moves, from this thread. Raises ConfigError and AnotherSender
    before anything is tried, and whatever broke that is no NewsletterError.
    """
    require_server(config)
    terms = _Terms(secret, clock, jitter, limit, halt or threading.Event(), watch)
    with only_sender(db):
        press = _begun(db, mailing, config, clock)
        with closing(Bell()) as bell:
            engine = _engine(db, mailing, config, press, bell, terms)
            try:
                with _at_work(db):
                    engine.run()
            finally:
                if engine.pile.second:
                    engine.pile.second.close()
                _wind_up(engine, clock)
        if engine.broken:
            raise engine.broken
        return replace(report_of(db, mailing.issue), stopped=engine.stopped or engine.pile.unmade)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a run has of the world around it, as `send_due` tells."""

    secret: Callable[[], str]
    clock: Callable[[], dt.datetime]
    jitter: Callable[[], float]
    limit: int | None
    halt: threading.Event
    watch: Watcher


def _begun(db: Database, mailing: Mailing, config: Config, clock: Callable[[], dt.datetime]) -> Press:
    """All in order after whatever died before, and the mailing running; what its messages are made with."""
    recover(db, clock())
    mend(db, clock())
    if held := hindrance(db, mailing.id, clock(), config.zone):
        raise held
    # What cannot be made at all, such as a signature without its key, is found before anything begins.
    press = Press(db, mailing, config)
    anchor_database(db, counted=True)
    begin(db, mailing, clock())
    tidy_rates(db, clock())
    return press


def _engine(  # noqa: PLR0913  # what is sent, made with what, told by what, on which terms
    db: Database, mailing: Mailing, config: Config, press: Press, bell: Bell, terms: _Terms
) -> Engine:
    """The parts of a run, put together."""
    clock, limit = terms.clock, terms.limit
    desk = Desk(db, mailing, config.zone, clock, bell.ring)
    settling = Settling(config.smtp, clock, terms.jitter)
    # Messages that ask for consent are made with the database open, which is the desk's otherwise.
    guard = desk.lock if mailing.kind in REQUESTS else nullcontext()
    buckets = Buckets.read(db, config.smtp, clock())
    second = SecondPress(press) if _worth_a_second_press(press, mailing, buckets, limit) else None
    pile = Pile(press, buckets, settling, clock=clock, limit=limit, guard=guard, second=second)

    def opener() -> Line:
        return open_line(config.smtp, terms.secret, introduce_as=domain_of(mailing.head.email))

    calls = Calls(opener, config.smtp.connections, bell.ring)
    return Engine(
        desk,
        pile,
        calls,
        settling,
        bell,
        sender=mailing.head.email,
        verp=config.smtp.verp,
        halt=terms.halt,
        watcher=terms.watch,
    )


def _worth_a_second_press(press: Press, mailing: Mailing, buckets: Buckets, limit: int | None) -> bool:
    """Whether messages are many, each takes long to make, and nothing else holds them up.

    Without a signature a message is made sooner than it is handed over to another process and back.
    """
    if press.writer.signer is None or buckets.limited or limit is not None or mailing.kind in REQUESTS:
        return False
    if os.name != "posix" or (os.cpu_count() or 1) < 2 or not sys.executable:
        return False
    return press.waiting(_MANY)


@contextmanager
def _at_work(db: Database) -> Iterator[None]:
    """Python and SQLite set for a run in which two threads take turns, and rows change that were just written."""
    before, turn = gc.get_threshold(), sys.getswitchinterval()
    # A message leaves no circles, and what was there before stays to the end.
    gc.freeze()
    gc.set_threshold(_SELDOM, *before[1:])
    # The desk holds up every line while it waits for its turn.
    sys.setswitchinterval(_TURN)
    db.conn.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    try:
        yield
    finally:
        db.conn.execute(f"PRAGMA wal_autocheckpoint = {_USUAL_PAGES}")
        sys.setswitchinterval(turn)
        gc.set_threshold(*before)
        gc.unfreeze()


def _wind_up(engine: Engine, clock: Callable[[], dt.datetime]) -> None:
    """Leave all in order, as far as the database can be written to; nothing is sent after this."""
    desk = engine.desk
    with desk.lock:
        try:
            desk.require_file()
            mend(desk.db, clock())
            anchor_database(desk.db)
        except (DatabaseProblem, sqlite3.OperationalError) as error:
            engine.stop(explain_error(error, desk.db.path) if isinstance(error, sqlite3.Error) else error)


def require_server(config: Config) -> None:
    """Raises ConfigError where newsletter.toml names no mail server."""
    if not config.smtp.host:
        raise ConfigError(
            "newsletter.toml: smtp.host is empty: there is no mail server to hand messages to",
            remedy="Write its name under [smtp]; whoever runs your email knows it.",
        )
