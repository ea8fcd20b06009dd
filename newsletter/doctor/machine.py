"""This machine: the versions that the program stands on, and the time as it is told here."""

import platform
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing

from newsletter.doctor.case import Case
from newsletter.doctor.finding import Finding, error, note, ok

_PYTHON = (3, 11)
_SQLITE = (3, 35, 0)  # RETURNING, by which a delivery is claimed


def check(case: Case) -> Iterator[Finding]:
    """Findings about Python, SQLite and the time zone."""
    version = platform.python_version()
    if sys.version_info < _PYTHON:
        yield error("machine.python", f"Python is {version}, and 3.11 is needed", "Install a newer Python.")
    else:
        yield ok("machine.python", f"Python is {version}")
    yield sqlite_finding(sqlite3.sqlite_version_info)
    local = case.now.astimezone(case.config.zone)
    yield note(
        "machine.time",
        f"by this machine's clock it is {local:%H:%M} on {local.day} {local:%B %Y} in {case.config.timezone}",
    )


def sqlite_finding(version: tuple[int, ...]) -> Finding:
    """Whether SQLite of this version can do what we ask of it."""
    told = f"SQLite is {'.'.join(map(str, version[:3]))}"
    remedy = "Install a newer Python, which brings a newer SQLite along."
    if version < _SQLITE:
        return error("machine.sqlite", f"{told}, and 3.35 is needed", remedy)
    with closing(sqlite3.connect(":memory:")) as db:
        try:
            db.execute("SELECT json_extract('[1]', '$[0]')")
            erases = db.execute("PRAGMA secure_delete = ON").fetchone()[0]
        except sqlite3.OperationalError as missing:
            return error("machine.sqlite", f"{told}, built without what is needed: {missing}", remedy)
    if erases != 1:
        return error("machine.sqlite", f"{told}, and cannot erase what is deleted (secure_delete)", remedy)
    return ok("machine.sqlite", f"{told}, with JSON, and it erases what is deleted")
