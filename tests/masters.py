"""A mail server's master as a process of the tests' own: begun, waited for until it greets, and ended with all of its own."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any


def begun(command: list[str], **identity: Any) -> subprocess.Popen[bytes]:
    """The command in a session of its own, silent; `identity` is as whom, where that is another."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **identity,
    )


def greets(master: subprocess.Popen[bytes], port: int, greeting: bytes) -> bool:
    """Whether somebody who connects is greeted so within twenty seconds; False as soon as it has ended."""
    for _ in waiting(20):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as line:
            if line.recv(len(greeting)) == greeting:
                return True
        if master.poll() is not None:
            break
    return False


def ended(master: subprocess.Popen[bytes]) -> None:
    """Stop it by SIGTERM, which it hands on to all of its own; where it does not, all are killed.

    Returns when none of them runs: one that outlives the master by a moment still has its port and its files.
    """
    master.send_signal(signal.SIGTERM)
    try:
        master.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(master.pid, signal.SIGKILL)
        master.wait(20)
    for _ in waiting(20):
        if not _runs(master.pid):
            return
    os.killpg(master.pid, signal.SIGKILL)


def _runs(group: int) -> bool:
    """Whether any process of the group does; those that have ended and were not waited for do not count."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its = path.read_text().rpartition(")")[2].split()[:3]
            if int(its) == group and state != "Z":
                return True
    return False


def waiting(seconds: float) -> Iterator[None]:
    """Turns of a loop that waits for another process, a hundredth of a second apart."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield
        time.sleep(0.01)
