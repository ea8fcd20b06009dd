"""Runs `newsletter` as a process of its own without starting Python for it: a process that has it imported forks."""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stage import Driver

_START = [sys.executable, "-m", "newsletter"]
_drivers: list[tuple[Driver, threading.Lock]] = []


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
    with _driver() as (driver, _), tempfile.TemporaryDirectory(prefix="forked-") as made:
        paths = {name: Path(made) / name for name in ("stdin", "stdout", "stderr")}
        paths["stdin"].write_bytes(input.encode() if isinstance(input, str) else input or b"")
        pid = _ordered(driver, command, paths, cwd=cwd, env=env)
        watchdog = threading.Timer(timeout, os.kill, (pid, signal.SIGKILL))
        watchdog.start()
        try:
            code = driver.order(wait=pid)["code"]
        finally:
            watchdog.cancel()
            watchdog.join()
        read = (lambda path: path.read_text("utf-8")) if text else Path.read_bytes
        printed = [read(paths[name]) for name in ("stdout", "stderr")]
    return subprocess.CompletedProcess(command, code, *printed)


class Begun:
    """A command that goes on: as `subprocess.Popen` with two pipes and text, as far as tests need it."""

    def __init__(self, command: list[str], *, env: Mapping[str, str] | None = None) -> None:
        self._made = Path(tempfile.mkdtemp(prefix="forked-"))
        self.returncode: int | None = None
        paths = {name: self._made / name for name in ("stdout", "stderr")}
        for path in paths.values():
            os.mkfifo(path)
        with _driver() as (driver, lock):
            self._driver, self._lock = driver, lock
            self.pid = _ordered(driver, command, paths, cwd=None, env=env)
        # Each is opened when the command has opened it too, in the same order.
        self.stdout, self.stderr = (path.open(encoding="utf-8") for path in paths.values())

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        if self.returncode is None:
            with self._lock:
                self.returncode = self._driver.order(wait=self.pid, now=True)["code"]
        return self.returncode

    def wait(self, timeout: float = 60) -> int:
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("newsletter", timeout)
            time.sleep(0.01)
        return code

    def communicate(self, timeout: float = 60) -> tuple[str, str]:
        """What it prints until it ends."""
        with ThreadPoolExecutor(1) as beside:
            told = beside.submit(self.stderr.read)
            watchdog = threading.Timer(timeout, self.kill)
            watchdog.start()
            out = self.stdout.read()
            watchdog.cancel()
            watchdog.join()
            self.wait(timeout)
            return out, told.result()

    def __enter__(self) -> "Begun":
        return self

    def __exit__(self, *raised: object) -> None:
        self.kill()
        self.wait()
        self.stdout.close()
        self.stderr.close()
        shutil.rmtree(self._made)


@contextmanager
def _driver() -> Iterator[tuple[Driver, threading.Lock]]:
    """One that has no order to obey; it is kept for the next order, and ends with this process."""
    idle = (pair for pair in _drivers if pair[1].acquire(blocking=False))
    driver, lock = next(idle, None) or _started()
    try:
        yield driver, lock
    finally:
        lock.release()


def _started() -> tuple[Driver, threading.Lock]:
    pair = Driver("all"), threading.Lock()
    pair[1].acquire()
    atexit.register(pair[0].close)
    _drivers.append(pair)
    return pair


def _ordered(
    driver: Driver,
    command: list[str],
    paths: Mapping[str, Path],
    *,
    cwd: Path | None,
    env: Mapping[str, str] | None,
) -> int:
    """The number of the process that was started."""
    assert command[: len(_START)] == _START
    answer = driver.order(
        arguments=command[len(_START) :],
        folder=str(cwd or Path.cwd()),
        env=dict(os.environ if env is None else env),
        **{name: str(path) for name, path in paths.items()},
    )
    return int(answer["pid"])
