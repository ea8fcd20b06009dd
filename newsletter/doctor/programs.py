"""Asks a program of the system, with an end to the patience."""

import shutil
import subprocess

_SECONDS = 5.0


def answer_of(program: str, *words: str) -> str | None:
    """What the program prints; None where it is not there, says no, or does not answer in some seconds."""
    whole = shutil.which(program)
    if whole is None:
        return None
    try:
        # The words are ours, and no shell reads them.
        done = subprocess.run(  # noqa: S603
            [whole, *words], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
