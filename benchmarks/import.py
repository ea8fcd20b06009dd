"""Importing people: addresses validated, consents in the ledger, all or nothing, beside `sqlite3 .import`.

    python benchmarks/import.py [LINES]

`sqlite3 .import` reads the same file into one table, with an index on each column by which our
tables can be asked. Wanted: at most 12 times as long, and less than 250 MB. Processor time is
compared, since other programs may be at work; the time on the clock stands beside it. Where the
sqlite3 shell is absent, Python's sqlite3 does the same, and that is said.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from database import settled
from people import HEADINGS, write_people

_TIMES, _MEGABYTES = 12, 250
_JUDGED_FROM = 500_000  # lines; below that the table stands in sqlite3's cache, and starting Python counts
_COLUMNS = [heading.lower().replace(" ", "_") for heading in HEADINGS]
_INDEXED = ("name", "email", "organisation", "role", "tags", "region")
_TABLE = (
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    f"CREATE TABLE people ({', '.join(f'{name} TEXT' for name in _COLUMNS)});"
    + "".join(f"CREATE INDEX people_{name} ON people ({name});" for name in _INDEXED)
)
_PYTHON = """
import csv, sqlite3, sys
db = sqlite3.connect('plain.db')
db.executescript(sys.argv[1])
with open('people.csv', encoding='utf-8', newline='') as file:
    rows = csv.reader(file)
    width = len(next(rows))
    db.executemany(f"INSERT INTO people VALUES ({', '.join('?' * width)})", rows)
db.commit()
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What a command took: seconds of the processor and on the clock, and memory at its peak in MB."""

    processor: float
    clock: float
    memory: float

    def __str__(self) -> str:
        return (
            f"{self.processor:7.1f} s of processor, {self.clock:7.1f} s on the clock, {self.memory:5.0f} MB"
        )


def main() -> int:
    """The exit code: 1 where the import takes too long or too much memory."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_people(folder / "people.csv", lines)
        plain = _plain(folder)
        ours = _ours(folder, folder / "people.csv", "added")
        again = _ours(folder, folder / "people.csv", "unchanged")
    print(f"{lines:,} lines")
    print(f"  sqlite3 .import           {plain}")
    print(f"  newsletter                {ours}")
    print(f"  newsletter, once more     {again}  (nothing changes)")
    ratio = ours.processor / plain.processor
    print(f"  {ratio:.1f} times sqlite3's processor time, {ours.clock / plain.clock:.1f} times on the clock")
    if lines < _JUDGED_FROM:
        return 0
    good = ratio <= _TIMES and ours.memory < _MEGABYTES
    print(f"  wanted: at most {_TIMES} times, less than {_MEGABYTES} MB: {'yes' if good else 'NO'}")
    return int(not good)


def _plain(folder: Path) -> Run:
    shell = shutil.which("sqlite3")
    if shell:
        script = f"{_TABLE}\n.import --csv --skip 1 people.csv people\n"
        (folder / "plain.sql").write_text(script.replace(";", ";\n"))
        return _measured([shell, "plain.db", ".read plain.sql"], folder)
    print("(there is no sqlite3 shell here: `apt install sqlite3`; Python's sqlite3 stands for it)")
    return _measured([sys.executable, "-c", _PYTHON, _TABLE], folder)


def _ours(folder: Path, file: Path, outcome: str) -> Run:
    workspace = folder / "study"
    command = [sys.executable, "-m", "newsletter"]
    settled(folder)
    if not workspace.is_dir():
        subprocess.run([*command, "init", str(workspace), "--yes"], check=True, capture_output=True)
    order = ("--list", "partners", "--basis", "consent", "--source", "benchmark", "--json")
    run = _measured([*command, "contacts", "import", str(file), *order], workspace)
    told = (workspace / "out.txt").read_text()
    if f'"{outcome}": 0' in told:
        raise SystemExit(f"the import did not do what it should:\n{told}")
    return run


def _measured(command: list[str], folder: Path) -> Run:
    begun = time.perf_counter()
    with (folder / "out.txt").open("w") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    processor = used.ru_utime + used.ru_stime
    kilobytes = used.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Run(processor, time.perf_counter() - begun, kilobytes / 1024)


if __name__ == "__main__":
    raise SystemExit(main())
