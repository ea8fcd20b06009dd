"""Postfix's test server that counts what arrives, its load generator, a slow line, and how busy others keep the machine."""

import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
SINK, SOURCE = (shutil.which(name, path=_PATH) for name in ("smtp-sink", "smtp-source"))
#: A run counts only if processes of others used less than this share of the machine.
BUSY = 0.12


@dataclass(frozen=True)
class Run:
    """What one run took: seconds of the sending, seconds with the start, of the processor, memory in MB; others' share."""

    count: int
    seconds: float
    whole: float
    processor: float
    memory: float
    foreign: float
    told: str = ""
    more: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Messages a second while it sent."""
        return self.count / self.seconds

    @property
    def rate_with_start(self) -> float:
        return self.count / self.whole

    @property
    def busy(self) -> bool:
        """Whether others took more of the machine than a fair comparison bears."""
        return self.foreign >= BUSY


@dataclass
class Sink:
    """smtp-sink on a port of 127.0.0.1; its counter goes into a file."""

    port: int
    counts: Path
    process: subprocess.Popen[bytes]

    def arrived(self) -> int:
        """How many messages it has taken since it was started: as often as it saw the final dot."""
        size = self.counts.stat().st_size
        with self.counts.open("rb") as file:
            file.seek(max(0, size - 200))
            found = re.findall(rb"mesg=(\d+)", file.read())
        return int(found[-1]) if found else 0

    def processor(self) -> float:
        """Seconds of the processor that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def sink(folder: Path) -> Iterator[Sink]:
    """`smtp-sink -4 -u nobody 127.0.0.1:PORT 1000`, with -c: it counts."""
    port, counts = free_port(), folder / "counts"
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with counts.open("wb") as file:
        process = subprocess.Popen([str(SINK), "-4", "-c", *user, f"127.0.0.1:{port}", "1000"], stdout=file)
    try:
        reachable(port)
        yield Sink(port, counts, process)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def slow_line(to: int, milliseconds: float) -> Iterator[int]:
    """The port of a process that hands everything on to another port, so much later in each direction."""
    port = free_port()
    script = str(Path(__file__).with_name("delay.py"))
    process = subprocess.Popen([sys.executable, script, str(port), str(to), str(milliseconds)])
    try:
        reachable(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def reachable(port: int) -> None:
    """Returns once somebody listens there."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.01)
    raise SystemExit(f"nothing listens on port {port}")


def load_generator(to: int, message: Path, count: int, sessions: int = 16) -> list[str]:
    """The command that sends the same message so often over connections that are kept, without pipelining."""
    options = ["-4", "-d", "-m", str(count), "-s", str(sessions), "-f", "news@example.org"]
    return [str(SOURCE), *options, "-t", "reader@example.org", "-F", str(message), f"127.0.0.1:{to}"]


def measured(
    command: Sequence[str], sink: Sink, count: int, *, cwd: Path | None = None, kept: Path | None = None
) -> Run:
    """One run of a sender, counted at the sink.

    A sender may keep in the file `kept` how many seconds the sending took (JSON, `seconds`); else the
    whole run counts. Ends the benchmark where it fails or another number arrived.
    """
    arrived, sinking, machine, own = sink.arrived(), sink.processor(), _busy_seconds(), _own_seconds()
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    told = process.stdout.read() if process.stdout else ""
    _, status, used = os.wait4(process.pid, 0)
    whole = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    there = sink.arrived() - arrived
    if process.returncode or there != count:
        raise SystemExit(
            f"{command} ended with {process.returncode}; {there} of {count} arrived\n{told[-3000:]}"
        )
    ours = _own_seconds() - own + sink.processor() - sinking
    foreign = max(0.0, _busy_seconds() - machine - ours) / (whole * (os.cpu_count() or 1))
    more = json.loads(kept.read_text()) if kept else {}
    seconds = more.get("seconds", whole)
    memory = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1024)
    return Run(count, seconds, whole, used.ru_utime + used.ru_stime, memory, foreign, told, more)


def _own_seconds() -> float:
    """Seconds of the processor used by this process and all that it has started and seen end."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _busy_seconds() -> float:
    """Seconds that the processors worked for anybody: user, nice and system (interrupts are nobody's)."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:4]
    return sum(map(int, fields)) / os.sysconf("SC_CLK_TCK")
