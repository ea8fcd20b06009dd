"""Runs a command in a pseudo-terminal, as a person sees it."""

import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping
from fcntl import ioctl
from pathlib import Path

_PATIENCE = 60.0  # seconds of silence after which it is ended
_LONGEST = 180.0  # seconds after which it is ended though it goes on talking, as one that counts down does


def in_a_terminal(
    command: list[str],
    folder: Path,
    typed: str = "",
    *,
    env: Mapping[str, str] | None = None,
    on_output: Callable[[str, int], None] = lambda text, pid: None,
    size: tuple[int, int] = (40, 140),
) -> tuple[int, str]:
    """The exit code, and all that was shown; `on_output` is told all so far, and the process, as it grows."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**(env or os.environ), "TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    shown, until = b"", time.monotonic() + _LONGEST
    try:
        while time.monotonic() < until and select.select([ours], [], [], _PATIENCE)[0]:
            try:
                heard = os.read(ours, 65536)
            except OSError:
                break  # so Linux says that nobody holds the other end any more
            if not heard:
                break
            shown += heard
            on_output(shown.decode("utf-8", "replace"), process.pid)
        else:
            process.kill()
    finally:
        os.close(ours)
        code = process.wait(_PATIENCE)
    return code, shown.decode("utf-8", "replace")
