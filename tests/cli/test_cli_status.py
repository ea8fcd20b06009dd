"""`newsletter status` before there is anything to tell."""

import json
import subprocess
import sys
from pathlib import Path

import forked

from newsletter.database import create_database


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder)


def test_a_new_workspace_is_told_what_comes_first(folder: Path) -> None:
    create_database(folder / "contacts.db").conn.close()
    done = run(folder, "status")
    assert (done.returncode, done.stderr) == (0, "")
    assert "newsletter new" in done.stdout
    assert json.loads(run(folder, "status", "--json").stdout) == []
