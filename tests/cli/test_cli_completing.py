"""What Tab offers: names that the workspace has, and no complaint where there is none."""

import os
import sys
from pathlib import Path

import forked
import pytest

from newsletter.database import create_database

ISSUE = "title: News\ndate: 30 September 2022\npreheader: News\nlists: [partners]\nsections: []\n"


def offered(folder: Path, typed: str) -> list[str]:
    """What completes the last word of what is typed; a blank at its end begins a new one."""
    words = typed.split()
    at = len(words) if typed.endswith(" ") else len(words) - 1
    asked = {"COMP_WORDS": typed, "COMP_CWORD": str(at), "_NEWSLETTER_COMPLETE": "bash_complete"}
    done = forked.run([sys.executable, "-m", "newsletter"], cwd=folder, env=os.environ | asked)
    assert done.stderr == ""
    return [line.removeprefix("plain,") for line in done.stdout.splitlines() if line]


@pytest.fixture
def study(folder: Path) -> Path:
    create_database(folder / "contacts.db").conn.close()
    for slug in ("2022-09", "2022-10", "2023-01"):
        (folder / "issues" / f"{slug}.yaml").write_text(ISSUE, encoding="utf-8")
    return folder


@pytest.mark.parametrize("command", ["check", "approve", "send", "why ada@example.org", "report", "pause"])
def test_issues_are_offered(study: Path, command: str) -> None:
    assert offered(study, f"newsletter {command} ") == ["2022-09", "2022-10", "2023-01"]
    assert offered(study, f"newsletter {command} 2022") == ["2022-09", "2022-10"]


def test_lists_and_segments_are_offered(study: Path) -> None:
    run = [sys.executable, "-m", "newsletter", "segments", "add", "quiet", "--not-role", "partner"]
    assert forked.run(run, cwd=study).returncode == 0
    assert offered(study, "newsletter send 2022-09 --segment ") == ["quiet"]
    assert "partners" in offered(study, "newsletter consent record ada@example.org --list ")


def test_another_folder_is_looked_into_where_it_is_named(study: Path, tmp_path: Path) -> None:
    assert offered(tmp_path, f"newsletter send -w {study} 2023") == ["2023-01"]
    assert offered(tmp_path, f"newsletter -w {study} send 2023") == ["2023-01"]


def test_outside_a_workspace_nothing_is_offered(tmp_path: Path) -> None:
    assert offered(tmp_path, "newsletter send ") == []
