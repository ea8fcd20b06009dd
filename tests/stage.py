"""A workspace with readers and an approved issue, from which the real command sends to a scripted server."""

import datetime as dt
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samples import PARTNERS, SENDER, environment
from scripted import Scripted

from newsletter.approval import approve
from newsletter.config import read_workspace
from newsletter.contacts import ConsentEvent, NewContact, add_contact, record_consent, sync_lists
from newsletter.database import Database, adopt_database, create_database, open_database
from newsletter.edition import render_all
from newsletter.issue import read_issue
from newsletter.outbox.states import MOVES

SLUG = "2022-09"
SETTINGS = f"""\
timezone = "Europe/London"
max_recipients = 2000

{SENDER}
[smtp]
SMTP
{PARTNERS}"""
ISSUE = """\
title: News of the study
date: 30 September 2022
lists: [partners]
sections:
  - title: News of the summer
    body: We have news.
"""
#: Keeps every move of a delivery, and every withdrawal, in the order in which they were committed.
JOURNAL = """
CREATE TABLE proof (id INTEGER PRIMARY KEY, contact INTEGER, delivery INTEGER, before TEXT, after TEXT);
CREATE TRIGGER proof_moves AFTER UPDATE OF state ON deliveries BEGIN
    INSERT INTO proof (contact, delivery, before, after)
    VALUES (new.contact_id, new.id, old.state, new.state);
END;
CREATE TRIGGER proof_consents AFTER INSERT ON consents WHEN new.kind = 'withdrawn' BEGIN
    INSERT INTO proof (contact, before, after) VALUES (new.contact_id, '', 'withdrawn');
END;
"""
_NOW = dt.datetime(2022, 9, 30, 9, 0, tzinfo=dt.UTC)
_ALLOWED = {(move.origin, move.target) for move in MOVES}
_PATIENCE = 120.0  # seconds after which a run that does not end is ended


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


class Driver:
    """The process that starts commands; `driver.py` tells how."""

    def __init__(self, *preloaded: str) -> None:
        script = Path(__file__).with_name("driver.py")
        self._process = subprocess.Popen(
            [sys.executable, str(script), *preloaded],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def order(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


@dataclass
class Running:
    """A command that runs."""

    driver: Driver
    pid: int
    out: Path
    err: Path

    def wait(self) -> Ended:
        """Wait for its end; one that does not end is killed, which its code then tells."""
        watchdog = threading.Timer(_PATIENCE, os.kill, (self.pid, signal.SIGKILL))
        watchdog.start()
        try:
            code = self.driver.order(wait=self.pid)["code"]
        finally:
            watchdog.cancel()
            watchdog.join()
        texts = [path.read_text(encoding="utf-8") if path.exists() else "" for path in (self.out, self.err)]
        return Ended(code, *texts)


@dataclass
class Stage:
    """One workspace. `home` is the environment's home; every command runs in both."""

    folder: Path
    home: Path
    driver: Driver
    started: int = 0
    environment: dict[str, str] = field(default_factory=dict)
    template: Path = Path()
    #: Where what is printed goes; beside the workspace if not given.
    outputs: Path | None = None

    @property
    def database(self) -> Path:
        return self.folder / "contacts.db"

    def start(self, *arguments: str, world: dict[str, Any] | None = None) -> Running:
        """Start the command with these arguments in this world."""
        self.started += 1
        out, err = (
            (self.outputs or self.folder.parent) / f"{name}-{self.started}.txt" for name in ("out", "err")
        )
        for path in (out, err):
            path.unlink(missing_ok=True)
        answer = self.driver.order(
            arguments=arguments,
            folder=str(self.folder),
            env=dict(os.environ) | environment(self.home) | self.environment,
            stdout=str(out),
            stderr=str(err),
            world=world or {},
        )
        return Running(self.driver, answer["pid"], out, err)

    def run(self, *arguments: str, world: dict[str, Any] | None = None) -> Ended:
        """Run the command to its end."""
        return self.start(*arguments, world=world).wait()

    def send(self, *arguments: str, world: dict[str, Any] | None = None) -> Ended:
        return self.run("send", SLUG, "--yes", *arguments, world=world)

    @contextmanager
    def rows(self) -> Iterator[sqlite3.Connection]:
        """A look into the database, with nothing of ours in between."""
        with closing(sqlite3.connect(self.database, timeout=30, isolation_level=None)) as conn:
            yield conn

    @contextmanager
    def door(self) -> Iterator[Database]:
        """The database as this process, which is another one than the sender's, opens it."""
        with _as_of(self.home):
            db = open_database(self.database)
            with closing(db.conn):
                yield db

    def states(self) -> dict[str, str]:
        """The state of each delivery, by address."""
        with self.rows() as conn:
            return dict(conn.execute("SELECT email, state FROM deliveries ORDER BY id"))

    def wrong_moves(self) -> list[tuple[str, str]]:
        """Every move that was made and is not among the lettered ones."""
        with self.rows() as conn:
            made = conn.execute("SELECT DISTINCT before, after FROM proof WHERE delivery IS NOT NULL")
            return [move for move in made if move not in _ALLOWED]

    def is_whole(self) -> bool:
        with self.rows() as conn:
            return bool(conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok")


def settings(**smtp: object) -> str:
    """newsletter.toml with these settings of the mail server in place of the usual ones."""
    usual: dict[str, object] = {"host": "127.0.0.1", "security": "none", "timeout": 5.0, "connections": 1}
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in (usual | smtp).items()]
    return SETTINGS.replace("SMTP\n", "".join(lines) + "\n")


@contextmanager
def _as_of(home: Path) -> Iterator[None]:
    """This process as the commands are: with that home."""
    before = dict(os.environ)
    os.environ.update(environment(home))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def build(root: Path, readers: int) -> Path:
    """A workspace with so many readers (reader0, reader1, …) and Cleo, who never asked, and an approved issue."""
    folder, home = root / "study", root / "home"
    for name in ("issues", "templates", "consent"):
        (folder / name).mkdir(parents=True)
    (folder / "newsletter.toml").write_text(settings(), encoding="utf-8")
    path = folder / "issues" / f"{SLUG}.yaml"
    path.write_text(ISSUE, encoding="utf-8")
    with _as_of(home):
        config = read_workspace(folder).config
        with closing(create_database(folder / "contacts.db").conn):
            pass
        db = open_database(folder / "contacts.db")
        with closing(db.conn):
            sync_lists(db, config, _NOW)
            db.conn.execute("BEGIN")
            add_contact(db, NewContact(email="cleo@example.org", name="Cleo"), _NOW)
            for number in range(readers):
                join(db, number)
            db.conn.execute("COMMIT")
            editions = render_all(read_issue(path, folder), config, folder / "templates")
            approve(db, SLUG, editions, "Ada Example", "study lead", _NOW)
            db.conn.executescript(JOURNAL)
            db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return root


def settle(root: Path, template: Path, driver: Driver, port: int, **smtp: object) -> Stage:
    """A copy of what `build` made, adopted as the database that sends, with its mail server at `port`."""
    shutil.copytree(template, root)
    stage = Stage(root / "study", root / "home", driver, template=template)
    (stage.folder / "newsletter.toml").write_text(settings(port=port, **smtp), encoding="utf-8")
    adopt(stage)
    return stage


def adopt(stage: Stage) -> None:
    """What `newsletter adopt` does, quickly."""
    with stage.door() as db:
        adopt_database(db)


def join(db: Database, number: int) -> None:
    """Reader `number`, who has agreed to the partners' list."""
    new = NewContact(email=f"reader{number}@example.org", name=f"Reader {number}")
    contact = add_contact(db, new, _NOW)
    record_consent(
        db, ConsentEvent(contact, "partners", "given", "consent", "2022-06-14", "paper", "tester"), _NOW
    )


def say_of(db: Database, number: int, kind: str) -> None:
    """Reader `number` says this ('given', 'withdrawn') of the list, now."""
    row = db.one("SELECT id FROM contacts WHERE name = ?", f"Reader {number}")
    assert row
    now = dt.datetime.now(dt.UTC)
    when = now.isoformat(timespec="seconds")
    record_consent(db, ConsentEvent(row["id"], "partners", kind, "consent", when, "email", "tester"), now)


@dataclass
class Verdict:
    """What the server took, held against what the database says."""

    lost: int = 0
    twice: int = 0
    untrue: int = 0  # called sent, and never arrived
    in_doubt: int = 0
    wrong_moves: int = 0
    uninvited: int = 0
    whole: bool = True
    states: Counter[str] = field(default_factory=Counter)

    @property
    def sound(self) -> bool:
        return self.whole and not (
            self.lost or self.twice or self.untrue or self.wrong_moves or self.uninvited
        )


def judge(stage: Stage, room: Scripted, readers: int) -> Verdict:
    """The promises, after a mailing that was gone on with until nothing waits."""
    arrived, states = Counter(room.recipients()), stage.states()
    invited = {f"reader{number}@example.org" for number in range(readers)}
    found = Verdict(whole=stage.is_whole(), states=Counter(states.values()))
    found.uninvited = len(set(arrived) - invited)
    found.twice = sum(number - 1 for number in arrived.values())
    # Lost: nobody has it and nobody says that it may be missing.
    found.lost = sum(
        not arrived[email] and states.get(email) not in ("in-doubt", "refused", "waiting")
        for email in invited
    )
    found.untrue = sum(state == "sent" and not arrived[email] for email, state in states.items())
    # Called unsent, and yet it arrived: the next run would send it a second time.
    found.twice += sum(
        state in ("waiting", "refused") and arrived[email] > 0 for email, state in states.items()
    )
    found.in_doubt = sum(state in ("in-doubt", "sending") for state in states.values())
    found.wrong_moves = len(stage.wrong_moves())
    return found
