"""`kill -9` at any moment: nothing lost, nothing twice, and no more doubt than messages in flight."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from postroom import Postroom

from newsletter.approval import approve
from newsletter.config import Config
from newsletter.database import Database
from newsletter.edition import render_all
from newsletter.issue import read_issue
from newsletter.outbox import Report, report_of

CONNECTIONS = 3
ISSUE = """\
title: News of the study
date: 30 September 2022
lists: [partners]
sections:
  - title: News of the summer
    body: We have news.
"""
Command = Callable[..., subprocess.Popen[str]]


@dataclass
class Trap:
    """Kills a process once the server has heard so many commands, at once or a moment later."""

    room: Postroom
    chance: random.Random
    left: int = 0
    pid: int = 0
    timers: list[threading.Timer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.room.answers = dict.fromkeys(("MAIL", "RCPT", "DATA"), self.hear)
        self.room.before_answer = self.hear

    def set(self, process: subprocess.Popen[str]) -> None:
        self.left, self.pid = self.chance.randint(1, 24), process.pid

    def hear(self, about: object) -> None:
        self.left -= 1
        if self.left or not self.pid:
            return
        if self.chance.random() < 0.5:
            os.kill(self.pid, signal.SIGKILL)
        else:
            timer = threading.Timer(self.chance.uniform(0, 0.01), os.kill, (self.pid, signal.SIGKILL))
            self.timers.append(timer)
            timer.start()

    def disarm(self) -> None:
        for timer in self.timers:
            timer.join()
        self.left, self.pid = 0, 0


@pytest.fixture
def ready(db: Database, people: Any, config: Config, folder: Path, room: Postroom) -> Callable[[int], None]:
    """A workspace with so many readers and an approved issue, whose mail server is ours."""

    def run(readers: int) -> None:
        people.add("Cleo", lists=())
        for number in range(readers):
            people.add(f"Reader{number}")
        settings = (folder / "newsletter.toml").read_text(encoding="utf-8")
        smtp = f"port = {room.port}\nconnections = {CONNECTIONS}\n"
        (folder / "newsletter.toml").write_text(settings.replace("port = 2525\n", smtp), encoding="utf-8")
        path = folder / "issues" / "2022-09.yaml"
        path.write_text(ISSUE, encoding="utf-8")
        editions = render_all(read_issue(path, folder), config, folder / "templates")
        approve(db, "2022-09", editions, "Ada Example", "study lead", people.now)

    return run


@pytest.fixture
def newsletter(folder: Path) -> Command:
    """Starts the real command."""

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "newsletter", *arguments]
        return subprocess.Popen(
            command,
            cwd=folder,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    return start


def finished(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, errors = process.communicate(timeout=120)
    return process.returncode, output + (errors or "")


def killed_until_done(start: Command, trap: Trap, kills: int) -> int:
    """Start and kill so many runs, then let one come to its end; how many were really killed."""
    died = 0
    for _ in range(kills):
        process = start("send", "2022-09", "--yes")
        trap.set(process)
        code, _ = finished(process)
        trap.disarm()
        died += code == -signal.SIGKILL
    code, told = finished(start("send", "2022-09", "--yes"))
    assert code in (0, 1), told
    return died


def prove(db: Database, room: Postroom, readers: int, kills: int) -> Report:
    """The four promises."""
    arrived = Counter(room.recipients())
    states = {row["email"]: row["state"] for row in db.conn.execute("SELECT email, state FROM deliveries")}
    assert max(arrived.values()) == 1, "nothing twice"
    assert "cleo@example.org" not in arrived
    assert len(states) == readers
    for email, state in states.items():
        assert state in ("sent", "in-doubt"), "nothing lost"
        assert state == "in-doubt" or email in arrived, "nothing called sent that never arrived"
    found = report_of(db, "2022-09")
    assert found.in_doubt <= kills * CONNECTIONS, "no more doubt than messages in flight"
    assert db.conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    return found


def decide_doubts(start: Command, db: Database, room: Postroom) -> None:
    """What an operator does who has looked into the server's log."""
    arrived = set(room.recipients())
    for row in db.conn.execute("SELECT id, email FROM deliveries WHERE state = 'in-doubt'").fetchall():
        word = "--delivered" if row["email"] in arrived else "--send-again"
        assert finished(start("resolve", "2022-09", word, str(row["id"])))[0] == 0


@pytest.mark.parametrize(
    ("readers", "kills", "seed"), [(100, 15, 1), pytest.param(600, 100, 2, marks=pytest.mark.soak)]
)
def test_whoever_kills_the_sender_whenever_everybody_gets_it_once(
    ready: Callable[[int], None],
    newsletter: Command,
    room: Postroom,
    db: Database,
    readers: int,
    kills: int,
    seed: int,
) -> None:
    ready(readers)
    trap = Trap(room, random.Random(seed))  # noqa: S311  # moments, not secrets
    died = killed_until_done(newsletter, trap, kills)
    assert died >= kills - 2, "most runs were killed while they sent"
    found = prove(db, room, readers, died)
    if found.in_doubt:
        decide_doubts(newsletter, db, room)
        assert finished(newsletter("send", "2022-09", "--yes"))[0] == 0
    assert Counter(room.recipients()) == Counter(
        {f"reader{number}@example.org": 1 for number in range(readers)}
    )


def test_of_two_sends_at_once_one_runs(
    ready: Callable[[int], None], newsletter: Command, room: Postroom
) -> None:
    ready(3)
    begun, go_on = threading.Event(), threading.Event()

    def wait(about: str) -> None:
        begun.set()
        go_on.wait(60)

    room.answers["MAIL"] = wait
    first = newsletter("send", "2022-09", "--yes")
    assert begun.wait(60)
    code, told = finished(newsletter("send", "2022-09", "--yes"))
    go_on.set()
    assert code == 75
    assert "another `newsletter send`" in told
    assert finished(first)[0] == 0
    assert sorted(room.recipients()) == [f"reader{number}@example.org" for number in range(3)]


@pytest.mark.parametrize("watched", [True, False], ids=["watched", "terminal-gone"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_polite_signal_finishes_what_is_on_its_way(
    ready: Callable[[int], None],
    newsletter: Command,
    room: Postroom,
    db: Database,
    number: signal.Signals,
    watched: bool,
) -> None:
    ready(60)
    process: list[subprocess.Popen[str]] = []

    def linger(about: str) -> None:
        threading.Event().wait(0.5)

    def interrupt(about: object) -> None:
        if len(room.taken) == 5:
            process[0].send_signal(number)
            # On a busy machine the signal may take longer to be heard than all the rest to be sent.
            room.answers["MAIL"] = linger

    room.before_answer = interrupt
    # Tests that run in the background ignore Ctrl-C, and what they start would inherit that.
    before = signal.signal(number, signal.SIG_DFL)
    process.append(newsletter("send", "2022-09", "--yes"))
    signal.signal(number, before)
    if not watched:
        process[0].stderr.close()  # type: ignore[union-attr]
        process[0].stderr = None
    code, told = finished(process[0])
    found = report_of(db, "2022-09")
    assert code == 75, told
    assert "newsletter send 2022-09" in told
    assert (found.in_doubt, found.sent, found.waiting) == (0, len(room.taken), 60 - len(room.taken))
    assert found.waiting > 0
