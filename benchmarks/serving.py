"""How many one-click requests a second the public pages answer, each on the disk before it is answered; and a kill.

Run: python benchmarks/serving.py [SECONDS]
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.replies import open_inbox, sealing_key, unseal
from newsletter.tokens import Key, make_token, public_key

KEY = Key(bytes(range(32)))
WANTED = 500  # a second, on two cores that the client shares
LINES = 32
_BODY = b"List-Unsubscribe=One-Click"
_SETTINGS = """
[sender]
name = "The garden study"
email = "news@example.org"

[lists.partners]
name = "Project partners"
"""


@dataclass
class Told:
    """What was answered with 200, and how long each took in seconds."""

    tokens: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


@contextmanager
def served(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """The pages of a folder as for another machine, and their port."""
    command = [sys.executable, "-m", "newsletter", "serve", "--port", "0", "--json"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        told = "".join(iter(process.stdout.readline, "}\n")) if process.stdout else ""
        try:
            yield process, int(told.rpartition(":")[2].strip(' /"\n'))
        finally:
            process.kill()


async def click(port: int, number: int, until: float, told: Told) -> None:
    """One line on which requests follow each other until `until` or until it breaks, each with a link of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while time.monotonic() < until:
            token = make_token(KEY, "unsubscribe", number.to_bytes(10, "big"))
            number += LINES
            head = (
                f"POST /u/{token} HTTP/1.1\r\nHost: news.example.org\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(_BODY)}\r\n\r\n"
            )
            begun = time.perf_counter()
            writer.write(head.encode() + _BODY)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(answer.decode())
            told.seconds.append(time.perf_counter() - begun)
            told.tokens.append(token)
    except (asyncio.IncompleteReadError, ConnectionError):
        return  # killed: what was on its way was not answered
    finally:
        writer.close()


async def clicks(port: int, seconds: float, process: "subprocess.Popen[str] | None" = None) -> Told:
    """Click on all lines for so long; `process` is killed at the end, in the middle of it."""
    told = Told()
    until = time.monotonic() + seconds + (2 if process else 0)
    lines = [asyncio.create_task(click(port, number, until, told)) for number in range(LINES)]
    if process:
        await asyncio.sleep(seconds)
        process.send_signal(signal.SIGKILL)
    await asyncio.gather(*lines)
    return told


def kept(folder: Path) -> set[str]:
    """The tokens in the inbox."""
    found: set[str] = set()
    with open_inbox(folder / "inbox.db", sealing_key(KEY)) as inbox:
        while waiting := inbox.sealed(5000):
            found |= {str(unseal(one, KEY).data["token"]) for one in waiting}
            inbox.remove([one.id for one in waiting])
    return found


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "newsletter.toml").write_text(_SETTINGS, encoding="utf-8")
        (folder / "public.key").touch(mode=0o600)
        (folder / "public.key").write_text(public_key(KEY, sealing_key(KEY)).export(), encoding="utf-8")
        with served(folder) as (_, port):
            asyncio.run(clicks(port, 1.0))
            kept(folder)
            load = os.getloadavg()[0]
            begun = time.monotonic()
            told = asyncio.run(clicks(port, seconds))
            rate = len(told.tokens) / (time.monotonic() - begun)
        lost = len(set(told.tokens) - kept(folder))
        print(
            f"{rate:,.0f} one-click requests a second over {LINES} lines, {len(told.tokens):,} in all; wanted {WANTED}"
        )
        ordered = sorted(told.seconds)
        print(
            f"answered in {ordered[len(ordered) // 2] * 1000:.1f} ms (99 in 100: {ordered[len(ordered) * 99 // 100] * 1000:.1f})"
        )
        print(f"load before: {load:.1f} on {os.cpu_count()} cores; lost: {lost}")
        for turn in range(5):
            with served(folder) as (process, port):
                told = asyncio.run(clicks(port, 1.0 + turn / 10, process))
            gone = len(set(told.tokens) - kept(folder))
            lost += gone
            print(f"killed after {len(told.tokens):,} answers: lost {gone}")
    return int(lost > 0 or rate < WANTED)


if __name__ == "__main__":
    sys.exit(main())
