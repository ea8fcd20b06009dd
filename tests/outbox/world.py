"""Other windows and other times, for commands that run or wait."""

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import forked
from samples import environment
from stage import Ended, Stage


def elsewhere(stage: Stage, *arguments: str) -> Ended:
    """Another window: the real command beside the one that runs."""
    command = [sys.executable, "-m", "newsletter", *arguments]
    env = dict(os.environ) | environment(stage.home)
    done = forked.run(command, cwd=stage.folder, env=env)
    return Ended(done.returncode, done.stdout, done.stderr)


def clock_of(stage: Stage, text: str) -> dict[str, str]:
    """A world whose clock stands as the file says; written again, it stands otherwise at once."""
    path = stage.home / "clock"
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="ascii")
    fresh.replace(path)
    return {"clock": str(path)}


def standing(moment: str) -> str:
    """For `clock_of`: this moment, from which it goes on."""
    return f"at {moment} {time.time()}"


def text_of(path: Path) -> str:
    """What a command that runs has said so far."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def until(true: Callable[[], bool]) -> None:
    """Wait for what another process does; in vain for a minute at most."""
    tick = threading.Event()
    for _ in range(600):
        if true():
            return
        tick.wait(0.1)
    raise AssertionError("it never came")
