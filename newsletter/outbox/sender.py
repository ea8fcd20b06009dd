"""A run: recovery, as many workers as there may be lines, and the report at the end."""

import datetime as dt
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from newsletter.addresses import domain_of
from newsletter.config import Config
from newsletter.database import Database, anchor_database
from newsletter.errors import ConfigError, DatabaseProblem
from newsletter.outbox.connection import Line
from newsletter.outbox.control import hindrance, mend
from newsletter.outbox.ledger import recover
from newsletter.outbox.lock import only_sender
from newsletter.outbox.mailings import Mailing, begin
from newsletter.outbox.opening import open_line
from newsletter.outbox.pace import Pace
from newsletter.outbox.preparing import Press
from newsletter.outbox.report import Report, report_of
from newsletter.outbox.run import Run, Watch
from newsletter.outbox.worker import Crew, work

_GLANCE = 0.2  # seconds between two looks at the workers: so long a signal may wait


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
    watch: Watch = lambda state: None,
) -> Report:
    """Attempt what is due of a mailing, at most `limit` messages; the report, with why the run ended early if it did.

    `jitter` gives numbers from 0 to 1; `halt` ends the run after what is in flight; `watch` is told
    the new state of each delivery, from the workers' threads. Raises ConfigError and AnotherSender
    before anything is tried, and whatever broke that is no NewsletterError.
    """
    require_server(config)
    with only_sender(db):
        recover(db, clock())
        mend(db, clock())
        if held := hindrance(db, mailing.id, clock(), config.zone):
            raise held
        anchor_database(db, counted=True)
        begin(db, mailing, clock())
        run = Run(
            db,
            mailing,
            Press(db, mailing, config),
            clock,
            jitter,
            watch,
            halt or threading.Event(),
            inode=db.path.stat().st_ino,
            limit=limit,
        )
        try:
            _work_together(run, config, secret)
        finally:
            _wind_up(run)
        if run.broken:
            raise run.broken
        return replace(report_of(db, mailing.issue), stopped=run.stopped)


def _wind_up(run: Run) -> None:
    """Leave all in order, as far as the database can be written to; nothing is sent after this."""
    with run.desk:
        try:
            run.close()
            run.require_file()
            mend(run.db, run.clock())
            anchor_database(run.db)
        except (DatabaseProblem, sqlite3.OperationalError) as error:
            run.stop(error)


def require_server(config: Config) -> None:
    """Raises ConfigError where newsletter.toml names no mail server."""
    if not config.smtp.host:
        raise ConfigError(
            "newsletter.toml: smtp.host is empty: there is no mail server to hand messages to",
            remedy="Write its name under [smtp]; whoever runs your email knows it.",
        )


def _work_together(run: Run, config: Config, secret: Callable[[], str]) -> None:
    """Start the workers and wait for them; the main thread stays free for signals."""
    size = config.smtp.connections
    crew, pace = Crew(size), Pace(config.smtp.per_second, time.monotonic)

    def opener() -> Line:
        return open_line(config.smtp, secret, introduce_as=domain_of(run.mailing.head.email))

    threads = [
        threading.Thread(target=work, args=(run, crew, opener, pace), name=f"line {number}", daemon=True)
        for number in range(1, size + 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(_GLANCE)
            run.look()
