"""What a person sees of a run in a terminal, and how Ctrl-C ends it there."""

import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from samples import environment
from scripted import Scripted, scripted
from stage import SLUG, Driver, Stage, build, settle
from terminal import in_a_terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
READERS = 30


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Scripted]]:
    root = tmp_path_factory.mktemp("watching")
    driver = Driver()
    try:
        template = build(root / "template", READERS)
        with scripted(root / "taken.log") as room:
            yield settle(root / "here", template, driver, room.port), room
    finally:
        driver.close()


def send(stage: Stage, *arguments: str, **how: object) -> tuple[int, str]:
    command = [sys.executable, "-m", "newsletter", "send", SLUG, *arguments]
    env = dict(os.environ) | environment(stage.home)
    code, shown = in_a_terminal(command, stage.folder, env=env, **how)  # type: ignore[arg-type]
    return code, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)


def test_a_time_is_counted_down_and_ctrl_c_leaves_it_scheduled(study: tuple[Stage, Scripted]) -> None:
    stage, room = study
    interrupted = []

    def press(shown: str, process: int) -> None:
        if re.search(r"goes in [\d,]+ days", shown) and not interrupted:
            interrupted.append(True)
            os.kill(process, signal.SIGINT)

    code, shown = send(stage, "--yes", "--at", "2999-12-01 09:00", on_output=press)
    assert code == 75, shown
    assert "goes on Sunday 1 December 2999, 09:00 (Europe/London)" in shown
    assert "Not waiting any more." in shown
    assert "crontab" in shown
    assert room.taken() == []


def test_the_view_shows_how_it_stands_and_ctrl_c_says_how_to_go_on(study: tuple[Stage, Scripted]) -> None:
    stage, room = study
    interrupted = []

    def press(shown: str, process: int) -> None:
        # After a first picture, in the midst of it.
        if "Sending 2022-09" in shown and len(room.taken()) >= 5 and not interrupted:
            interrupted.append(True)
            os.kill(process, signal.SIGINT)

    room.listeners.append(lambda moment, about: _linger(moment))
    typed = f"{READERS}\n"
    code, shown = send(stage, "--at", "now", typed=typed, on_output=press)
    assert code == 75, shown
    assert "30 people: Project partners" in shown
    assert "Sending 2022-09" in shown
    assert re.search(r"\d+ of 30", shown)
    assert re.search(r"\d+ sent, 0 skipped, 0 deferred, 0 refused, 0 in doubt", shown)
    assert "Stopping: what is on its way is being finished" in shown
    assert re.search(r"You stopped it: \d+ of 30 sent, \d+ waiting", shown)
    assert "Go on with `newsletter send 2022-09`." in shown
    assert "in doubt" in shown.rpartition("candidates =")[2]
    room.listeners.clear()
    code, shown = send(stage, "--yes")
    assert code == 0, shown
    assert sorted(room.recipients()) == sorted(f"reader{number}@example.org" for number in range(READERS))
    _one_log_of_two_runs(stage)


def _one_log_of_two_runs(stage: Stage) -> None:
    text = Path(stage.folder / "build" / SLUG / "send.log.jsonl").read_text(encoding="utf-8")
    assert text.count('"event": "begin"') == 2
    assert text.count('"event": "end"') == 2
    assert "reader" not in text


def _linger(moment: str) -> None:
    """A server that takes its time, so that there is something to see."""
    if moment == "DOT":
        threading.Event().wait(0.15)
