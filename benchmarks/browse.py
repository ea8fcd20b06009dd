"""How fast the pages of `newsletter browse` are: a real server over HTTP, warm, median and slowest of 15.

    python benchmarks/browse.py [FOLDER] [--small]

FOLDER holds a database of benchmarks/database.py; it is made where there is none. Beside each page stands how
many times as long it takes as the smallest page in the same run (an icon, without the database), and the time
that the server itself computed, which a busy machine does not change. Ends with 1 where a page is slower than
wanted; `contacts find` is measured less the start of a command that does nothing.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import database
import httpx
import served

ROOT = Path(__file__).parent.parent
RUNS = 15
ICON = "/-/static-plugins/newsletter/icon.svg"
#: What is measured: its name, its address, and the milliseconds that are wanted at a million.
PAGES = (
    ("home page", "/", 20),
    ("contacts table", "/contacts/people", 50),
    ("facet: a list", "/contacts/people?_list=partners", 150),
    ("facet: a list and how they stand", "/contacts/people?_list=partners&_consent=left+the+list", 150),
    ("facet: a role", "/contacts/people?_role=press", 150),
    ("facet: a standing", "/contacts/people?standing=may+be+written+to", 150),
    ("facet: role and standing", "/contacts/people?_role=staff&standing=left+the+list", 150),
    ("facet: an organisation", "/contacts/people?_organisation=17", 150),
    ("search: a common name", "/contacts/people?_search=morgan", 100),
    ("search: two words", "/contacts/people?_search=ada+morgan", 100),
    ("search: one address", "/contacts/people?_search=reader777777", 100),
    ("search in the masthead", "/find?q=eirlys+morgan", 100),
    ("audience table", "/contacts/who_gets_the_next_issue", 200),
    ("audience: those who left", "/contacts/who_gets_the_next_issue?why_not=left+the+list", 200),
    ("consent history", "/contacts/consent_history", 0),
    ("mailings", "/contacts/mailing_overview", 0),
    ("a mailing, half a million messages", "/mailings/1", 100),
    ("lists over time", "/lists", 500),
    ("messages, five million", "/contacts/deliveries_by_name", 0),
)


def main() -> int:
    """Print the table; 1 where something is slower than wanted."""
    asked = argparse.ArgumentParser(description="Measure the pages of `newsletter browse`.")
    asked.add_argument("folder", type=Path, nargs="?")
    asked.add_argument("--small", action="store_true", help="10,000 people instead of a million")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        database.made(folder, 10_000 if given.small else 1_000_000)
        database.settled(folder)
        slow = pages(folder) + finding(folder)
    print("all as wanted" if not slow else f"slower than wanted: {', '.join(slow)}")
    return bool(slow)


def pages(folder: Path) -> list[str]:
    """Print each page's figures; the names of those that are slower than wanted."""
    process, link = served.started("browse", folder)
    try:
        with httpx.Client(follow_redirects=True, timeout=60) as client:
            base = str(client.get(link).url).rstrip("/")
            trivial = measured(client, base + ICON, process.pid)[0]
            person = some_person(client, base)
            print(f"{'page':36}{'median':>9}{'slowest':>9}{'server':>9}{'ratio':>7}{'wanted':>8}   (ms)")
            return [
                name
                for name, address, wanted in (*PAGES, ("contact page", person, 20))
                if not told(name, measured(client, base + address, process.pid), trivial, wanted)
            ]
    finally:
        process.terminate()
        process.wait()


def some_person(client: httpx.Client, base: str) -> str:
    """The page of somebody in the middle of the people."""
    found = client.get(base + "/find?q=reader4321").text
    return "/people/" + found.partition('class="person" href="/people/')[2].partition('"')[0]


def measured(client: httpx.Client, address: str, pid: int) -> tuple[float, float, float]:
    """Median, slowest, and the server's own computing for one, in milliseconds; the first three are not counted."""
    for _ in range(3):
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)  # noqa: S101
    times, before = [], computed(pid)
    for _ in range(RUNS):
        begun = time.perf_counter()
        client.get(address)
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times), max(times), (computed(pid) - before) / RUNS


def computed(pid: int) -> float:
    """The processor time that a process has used, in milliseconds (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def told(name: str, figures: tuple[float, float, float], trivial: float, wanted: float) -> bool:
    """Print one line; whether it is as fast as wanted."""
    median, slowest, server = figures
    limit = f"{wanted:.0f}" if wanted else ""
    print(f"{name:36}{median:9.1f}{slowest:9.1f}{server:9.1f}{median / trivial:7.1f}{limit:>8}")
    return not wanted or median <= wanted


def finding(folder: Path) -> list[str]:
    """`contacts find` less the same command in an empty workspace, run in turn with it; the median of 9."""
    slow = []
    with tempfile.TemporaryDirectory() as scratch:
        empty = Path(scratch)
        database.made(empty, 0)
        for words in ("morgan", "eirlys morgan", "reader777777@example.org"):
            pairs = [(ran(empty, words), ran(folder, words)) for _ in range(9)]
            start = statistics.median(small[0] for small, _ in pairs)
            beyond = [max(0.0, large[0] - small[0]) for small, large in pairs]
            computing = statistics.median(large[1] - small[1] for small, large in pairs)
            figures = (statistics.median(beyond), max(beyond), computing)
            if not told(f"contacts find {words!r}", figures, start, 100):
                slow.append(f"find {words}")
    print(f"(beyond the start of {start:.0f} ms; the ratio is to that)")
    return slow


def ran(folder: Path, words: str) -> tuple[float, float]:
    """How long `contacts find` takes and how long it computes, in milliseconds."""
    database.settled(folder)
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "newsletter", "-w", str(folder), "contacts", "find", words]
    subprocess.run(command, capture_output=True, cwd=ROOT, check=False)  # 1 where nobody is found
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall * 1000, used * 1000


if __name__ == "__main__":
    sys.exit(main())
