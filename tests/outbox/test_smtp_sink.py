"""Against Postfix's own test server, where it is installed."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from newsletter.outbox import Mailing

SINK = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")


@pytest.fixture
def sink() -> Iterator[int]:
    """smtp-sink on a free port of 127.0.0.1, whose number this is."""
    if SINK is None:
        pytest.skip("smtp-sink is not installed; Debian has it in the package postfix")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([SINK, *user, f"127.0.0.1:{port}", "100"], stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                continue
        yield port
    finally:
        process.terminate()
        process.wait(10)


def test_postfixs_own_test_server_takes_every_message(
    people: Any, queue: Callable[[], Mailing], send: Any, sink: int
) -> None:
    for number in range(50):
        people.add(f"reader{number}")
    found = send(queue(), port=sink, connections=4)
    assert (found.sent, found.exit_code) == (50, 0)
