"""`kill -9` at any moment: nothing lost, nothing twice, and no more doubt than messages in flight."""

import datetime as dt
import hashlib
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from proving import PLAIN, Stages, stages
from scripted import EXTENSIONS, Scripted
from stage import SLUG, Ended, Running, Stage, Verdict, judge

from newsletter.config import read_workspace
from newsletter.contacts import Decision
from newsletter.outbox import the_mailing
from newsletter.outbox.delivery import COLUMNS, read_delivery
from newsletter.outbox.preparing import Press
from newsletter.tokens import Key

READERS = 500
#: Where the sender dies: at a command that the server hears (or up to 10 ms later), at no particular
#: time, or at the n-th call of one of its own functions.
HEARD = ("MAIL", "RCPT", "BODY", "DOT", "ANSWERED")
NAMED = {
    "before the intent": ("commit", "before"),
    "in the commit": ("commit", "in"),
    "after the intent": ("commit", "after"),
    "before a body": ("write_body", "before"),
    "after a body": ("write_body", "after"),
    "before the dots": ("send_dots", "before"),
    "after the dots": ("send_dots", "after"),
    "before a reply is read": ("heard", "before"),
    "after a reply was read": ("heard", "after"),
}
DEATHS = ("at any moment", *(f"at the server's {moment}" for moment in HEARD), *NAMED)
LINES = (1, 2, 4, 8)


@pytest.fixture(scope="module")
def stage_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    yield from stages(tmp_path_factory.mktemp("kill"))


@dataclass
class Trap:
    """Kills a process once the server has heard so many of a moment, at once or a little later."""

    moment: str
    left: int
    delay: float
    pid: int = 0
    timers: list[threading.Timer] = field(default_factory=list)

    def __call__(self, moment: str, about: str) -> None:
        if moment != self.moment or not self.pid:
            return
        self.left -= 1
        if self.left:
            return
        if not self.delay:
            os.kill(self.pid, signal.SIGKILL)
            return
        self.timers.append(threading.Timer(self.delay, _kill, (self.pid,)))
        self.timers[-1].start()


def _kill(pid: int) -> None:
    # It is a child of the driver's that nobody has waited for: its number is not another's yet.
    os.kill(pid, signal.SIGKILL)


def killed(
    stage: Stage,
    room: Scripted,
    death: str,
    chance: random.Random,
    *,
    most: int = 200,
    world: dict[str, Any] | None = None,
) -> bool:
    """One run that is to die so, by the `most`th message at the latest if it is the server's; whether it did."""
    trap: Trap | None = None
    world = dict(world or {})
    if death in NAMED:
        function, when = NAMED[death]
        nth = chance.randint(1, 40)
        world["kill"] = {"function": function, "when": when, "nth": nth, "seconds": chance.uniform(0, 0.002)}
    elif death != "at any moment":
        delay = chance.choice((0.0, 0.0, chance.uniform(0, 0.01)))
        trap = Trap(death.removeprefix("at the server's "), chance.randint(1, most), delay)
        room.listeners.append(trap)
    running = stage.start("send", SLUG, "--yes", world=world)
    if trap:
        trap.pid = running.pid
    timer = threading.Timer(chance.uniform(0.02, 0.6), _kill, (running.pid,))
    if death == "at any moment":
        timer.start()
    ended = running.wait()
    _disarm(room, trap, timer)
    return ended.code == -signal.SIGKILL


def _disarm(room: Scripted, trap: Trap | None, timer: threading.Timer) -> None:
    timer.cancel()
    if trap:
        room.listeners.remove(trap)
        trap.pid = 0
        for late in trap.timers:
            late.cancel()


@dataclass
class Figures:
    """What is told of all trials of one death."""

    trials: int = 0
    kills: int = 0
    most: int = 0
    verdicts: list[Verdict] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        lost, twice, untrue, doubt = (
            sum(getattr(v, name) for v in self.verdicts) for name in ("lost", "twice", "untrue", "in_doubt")
        )
        return f"{self.trials} | {self.kills} | {lost} | {twice} | {untrue} | {doubt} | {self.most} | {self.seconds:.0f}"


def trial(stage_of: Stages, death: str, chance: random.Random, figures: Figures) -> None:
    """A mailing whose sender is killed once, twice or three times, and gone on with until it is done."""
    lines, begun = chance.choice(LINES), time.monotonic()
    server = {"extensions": chance.choice((EXTENSIONS, PLAIN))}
    # Now and then a second process makes the messages.
    world = {"elsewhere": True} if chance.random() < 0.2 else {}
    with stage_of(READERS, server=server, connections=lines) as (stage, room):
        before = doubts = 0
        kills = 0
        for again in range(chance.choice((1, 1, 2, 3))):
            kills += killed(stage, room, chance.choice(DEATHS) if again else death, chance, world=world)
            doubts = sum(state in ("sending", "in-doubt") for state in stage.states().values())
            assert doubts - before <= lines, "no more doubt than messages in flight"
            figures.most, before = max(figures.most, doubts - before), doubts
        ended = stage.send(world=world)
        assert ended.code == (1 if doubts else 0), ended
        found = judge(stage, room, READERS)
        assert found.sound, found
        assert found.states["sent"] + found.states["in-doubt"] == READERS, "all done"
        assert room.wrongs == []
        same_bytes(stage, room)
        if found.in_doubt:
            decided(stage, room)
        figures.trials, figures.kills = figures.trials + 1, figures.kills + kills
        figures.verdicts.append(found)
    figures.seconds += time.monotonic() - begun


def same_bytes(stage: Stage, room: Scripted) -> None:
    """What arrived is what was frozen at the claim: it is made again from that, which raises where it would differ."""
    with stage.door() as db:
        press = Press(db, the_mailing(db, SLUG), read_workspace(stage.folder).config)
        rows = db.conn.execute(f"SELECT email, {COLUMNS} FROM deliveries WHERE personal <> ''")
        frozen = {row["email"]: _content(press, row[1:], db.key) for row in rows}
    assert {email: frozen[email] for email, _ in room.taken()} == dict(room.taken())


def _content(press: Press, row: tuple[Any, ...], key: Key) -> str:
    # A decision is for messages that were never written.
    content = press.prepare(read_delivery(row, key), cast(Decision, None), dt.datetime.now(dt.UTC)).content
    return hashlib.sha256(content).hexdigest()


def decided(stage: Stage, room: Scripted) -> None:
    """What an operator does who has read the server's log; then everybody has exactly one."""
    arrived = set(room.recipients())
    with stage.rows() as conn:
        doubtful = conn.execute("SELECT id, email FROM deliveries WHERE state = 'in-doubt'").fetchall()
    words = [
        word
        for number, email in doubtful
        for word in ("--delivered" if email in arrived else "--send-again", str(number))
    ]
    assert stage.run("resolve", SLUG, *words).code == 0
    ended = stage.send()
    assert ended.code == 0, ended
    assert Counter(room.recipients()) == Counter({f"reader{n}@example.org": 1 for n in range(READERS)})
    same_bytes(stage, room)


@pytest.mark.parametrize("death", [*DEATHS, *DEATHS[:10]])
def test_whoever_kills_the_sender_whenever_everybody_gets_it_once(
    stage_of: Stages, death: str, request: pytest.FixtureRequest
) -> None:
    chance = random.Random(request.node.name)  # noqa: S311  # moments, not secrets
    trial(stage_of, death, chance, Figures())


@pytest.mark.soak
def test_five_hundred_trials(stage_of: Stages) -> None:
    table = {death: Figures() for death in DEATHS}
    for number in range(34 * len(DEATHS)):
        death = DEATHS[number % len(DEATHS)]
        trial(stage_of, death, random.Random(number), table[death])  # noqa: S311  # moments, not secrets
    heads = "killed", "trials", "kills", "lost", "twice", "untrue", "in doubt", "most in one kill", "seconds"
    rows = [" | ".join(heads), *(f"{death} | {figures}" for death, figures in table.items())]
    sys.stdout.write("\n" + "".join(f"| {row} |\n" for row in rows))  # the table of docs/outbox.md
    assert sum(figures.trials for figures in table.values()) >= 500
    assert sum(figures.kills for figures in table.values()) >= 500


@pytest.mark.parametrize(
    ("broken", "death", "seen"),
    [("resend", "at the server's DOT", "twice"), ("forget", "before the dots", "untrue")],
)
def test_the_proof_notices_an_engine_that_guesses(
    stage_of: Stages, broken: str, death: str, seen: str
) -> None:
    chance = random.Random(7)  # noqa: S311  # moments, not secrets
    with stage_of(READERS, connections=4) as (stage, room):
        assert any(killed(stage, room, death, chance) for _ in range(3))
        stage.send(world={broken: True})
        found = judge(stage, room, READERS)
    assert getattr(found, seen) > 0
    assert not found.sound


@pytest.mark.parametrize("starts", [6, pytest.param(200, marks=pytest.mark.soak)])
def test_of_many_sends_at_once_one_runs(stage_of: Stages, starts: int) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait(moment: str, about: str) -> None:
        if moment == "MAIL":
            begun.set()
            go_on.wait(60)

    with stage_of(3) as (stage, room):
        room.listeners.append(wait)
        first = stage.start("send", SLUG, "--yes")
        assert begun.wait(60)
        refused = [stage.start("send", SLUG, "--yes") for _ in range(starts)]
        others = [one.wait() for one in refused]
        go_on.set()
        assert first.wait().code == 0
        found = judge(stage, room, 3)
    assert {other.code for other in others} == {75}
    assert all("another `newsletter send`" in other.err for other in others)
    assert found.sound
    assert found.states["sent"] == 3


@pytest.mark.parametrize("starts", [8, pytest.param(40, marks=pytest.mark.soak)])
def test_whichever_of_many_starts_comes_first_nobody_gets_two(stage_of: Stages, starts: int) -> None:
    with stage_of(40, connections=2) as (stage, room):
        ends = [running.wait() for running in [stage.start("send", SLUG, "--yes") for _ in range(starts)]]
        found = judge(stage, room, 40)
    assert 0 in {end.code for end in ends}
    assert {end.code for end in ends} <= {0, 75}
    assert found.sound
    assert found.states["sent"] == 40


@pytest.mark.parametrize("watched", [True, False], ids=["watched", "terminal-gone"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_polite_signal_finishes_what_is_on_its_way(
    stage_of: Stages, number: signal.Signals, watched: bool
) -> None:
    with stage_of(60, connections=3) as (stage, room):
        ended = interrupted(stage, room, number, world={} if watched else {"terminal gone": True})
        states = Counter(stage.states().values())
        taken = len(room.taken())
        found = judge(stage, room, 60)
    assert ended.code == 75, ended
    assert not watched or f"newsletter send {SLUG}" in ended.out + ended.err
    assert (states["sent"], states["waiting"]) == (taken, 60 - taken), "none is in doubt"
    assert states["waiting"] > 0
    assert found.sound


def interrupted(stage: Stage, room: Scripted, number: signal.Signals, *, world: dict[str, Any]) -> Ended:
    """A run that gets a signal when five messages were taken, from a server that takes its time after that."""
    running: list[Running] = []
    taken: list[str] = []
    ready = threading.Event()

    def interrupt(moment: str, about: str) -> None:
        if moment == "DOT":
            taken.append(about)
            if len(taken) == 5 and ready.wait(60):
                os.kill(running[0].pid, number)
        elif moment == "MAIL" and len(taken) >= 5:
            time.sleep(
                0.3
            )  # on a busy machine the signal may take longer to be heard than all the rest to be sent

    room.listeners.append(interrupt)
    running.append(stage.start("send", SLUG, "--yes", world=world))
    ready.set()
    return running[0].wait()
