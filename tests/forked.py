"""Runs `newsletter` as a process of its own without starting Python for it: a process that has it imported forks."""

import atexit
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stage import Driver

_START = [sys.executable, "-m", "newsletter"]
#: Those that wait for an order.
_idle: list[Driver] = []


def run(
    command: list[str],
    *,
    cwd: Path | None = None,
    input: str | bytes | None = None,  # noqa: A002  # named as in subprocess.run, whose place this takes
    env: Mapping[str, str] | None = None,
    text: bool = True,
    timeout: float = 120,
) -> subprocess.CompletedProcess[Any]:
    """As `subprocess.run` with what was printed kept: an exit code, a folder and an environment of its own.

    `command` is `[sys.executable, "-m", "newsletter", …]`. A run of more than `timeout` seconds is killed. What a
    start from nothing costs or imports, and how it behaves as the one in a terminal, is not seen here.
    """
    assert command[: len(_START)] == _START
    driver = _idle.pop() if _idle else _started()  # one that waits for a run takes no order meanwhile
    with tempfile.TemporaryDirectory(prefix="forked-") as made:
        paths = {name: Path(made) / name for name in ("stdin", "stdout", "stderr")}
        paths["stdin"].write_bytes(input.encode() if isinstance(input, str) else input or b"")
        pid = driver.order(
            arguments=command[len(_START) :],
            folder=str(cwd or Path.cwd()),
            env=dict(os.environ if env is None else env),
            **{name: str(path) for name, path in paths.items()},
        )["pid"]
        watchdog = threading.Timer(timeout, os.kill, (pid, signal.SIGKILL))
        watchdog.start()
        try:
            code = driver.order(wait=pid)["code"]
        finally:
            watchdog.cancel()
            watchdog.join()
        read = (lambda path: path.read_text("utf-8")) if text else Path.read_bytes
        printed = [read(paths[name]) for name in ("stdout", "stderr")]
    _idle.append(driver)
    return subprocess.CompletedProcess(command, code, *printed)


def _started() -> Driver:
    driver = Driver("all")
    atexit.register(driver.close)
    return driver
