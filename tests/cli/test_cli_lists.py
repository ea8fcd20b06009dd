"""`newsletter lists`: the table and its numbers."""

import json
import subprocess
import sys
from pathlib import Path

import forked

from newsletter.database import create_database


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder)


def test_lists_show_members_who_may_be_written_to_and_why_the_others_may_not(folder: Path) -> None:
    create_database(folder / "contacts.db").conn.close()
    for name in ("ada", "ben"):
        run(folder, "contacts", "add", f"{name}@example.org", "--list", "partners", "--source", "form")
    run(folder, "consent", "withdraw", "ben@example.org", "--all")
    contributors, partners = json.loads(run(folder, "lists", "--json").stdout)
    assert (partners["members"], partners["may_be_written_to"], partners["not"]) == (2, 1, {"withdrawn": 1})
    assert contributors["members"] == 0
    shown = run(folder, "lists").stdout
    assert "Project partners" in shown
    row = next(line for line in shown.splitlines() if line.startswith("partners"))
    assert row.split()[-4:] == ["2", "1", "1", "withdrawn"]
    assert shown.endswith("\nwithdrawn: left the list\n")


def test_without_a_database_the_way_on_is_told(folder: Path) -> None:
    done = run(folder, "lists")
    assert done.returncode == 78
    assert "newsletter init" in done.stderr
