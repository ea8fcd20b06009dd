"""Ctrl-C twice: the run ends at once, and no more is in doubt than there are lines."""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from proving import Stages, stages
from scripted import Scripted
from stage import SLUG, Stage, judge

READERS, LINES = 60, 4


@pytest.fixture(scope="module")
def stage_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    yield from stages(tmp_path_factory.mktemp("second"))


@dataclass
class Twice:
    """Sends two signals to a run once so many messages were taken: the second soon after the first was heard."""

    after: int
    between: float
    signals: tuple[signal.Signals, signal.Signals]
    pid: int = 0
    taken: int = 0
    sent: list[threading.Thread] = field(default_factory=list)

    def __call__(self, moment: str, about: str) -> None:
        if self.taken >= self.after and moment in ("MAIL", "DOT"):
            time.sleep(0.05)  # so that there is always something on its way
        if moment == "DOT":
            self.taken += 1
            if self.taken == self.after:
                self.sent.append(threading.Thread(target=self._send))
                self.sent[-1].start()

    def _send(self) -> None:
        while not self.pid:
            time.sleep(0.001)
        for number, pause in zip(self.signals, (self.between, 0.0), strict=True):
            os.kill(self.pid, number)
            time.sleep(pause)


def twice(stage: Stage, room: Scripted, trap: Twice) -> tuple[int, str]:
    """A run that gets both signals: its exit code, and what it said."""
    room.listeners.append(trap)
    running = stage.start("send", SLUG, "--yes")
    trap.pid = running.pid
    ended = running.wait()
    for one in trap.sent:
        one.join()
    room.listeners.remove(trap)
    return ended.code, ended.out + ended.err


@pytest.mark.parametrize(
    ("number", "trial"), [*((signal.SIGINT, trial) for trial in range(5)), (signal.SIGTERM, 5)]
)
def test_a_second_ctrl_c_leaves_no_more_in_doubt_than_there_are_lines(
    stage_of: Stages, number: signal.Signals, trial: int
) -> None:
    chance = random.Random(trial)  # noqa: S311  # moments, not secrets
    trap = Twice(chance.randint(1, 30), chance.uniform(0.02, 0.12), (number, number))
    with stage_of(READERS, connections=LINES) as (stage, room):
        code, said = twice(stage, room, trap)
        doubts = sum(state in ("sending", "in-doubt") for state in stage.states().values())
        assert "nothing more was done" not in said
        assert code == (130 if number is signal.SIGINT else -number), said
        assert number is not signal.SIGINT or f"newsletter send {SLUG}" in said
        assert list(stage.states().values()).count("waiting") > 0, "it did not go on to the end"
        assert doubts <= LINES, "no more doubt than messages in flight"
        again = stage.send()
        assert again.code == (1 if doubts else 0), again
        found = judge(stage, room, READERS)
    assert found.sound, found
