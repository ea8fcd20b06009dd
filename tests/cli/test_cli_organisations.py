"""`newsletter organisations`: add, list, show."""

import json
import subprocess
import sys
from pathlib import Path

import forked

from newsletter.database import create_database


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder)


def test_an_organisation_is_added_once_and_shown_with_its_people(folder: Path) -> None:
    create_database(folder / "contacts.db").conn.close()
    assert run(folder, "organisations", "add", "Exampleton Museum", "--kind", "museum").returncode == 0
    assert run(folder, "organisations", "add", "exampleton museum").returncode == 2
    run(
        folder, "contacts", "add", "ada@example.org", "--name", "Ada", "--organisation", "exampleton museum",
        "--position", "curator",
    )  # fmt: skip
    [listed] = json.loads(run(folder, "organisations", "list", "--json").stdout)
    assert (listed["name"], listed["people"]) == ("Exampleton Museum", 1)
    shown = run(folder, "organisations", "show", "EXAMPLETON MUSEUM").stdout
    assert "ada@example.org" in shown
    assert "curator" in shown


def test_a_misspelt_organisation_is_told_with_the_nearest(folder: Path) -> None:
    create_database(folder / "contacts.db").conn.close()
    run(folder, "organisations", "add", "Exampleton Museum")
    done = run(folder, "organisations", "show", "Exampelton Museum")
    assert done.returncode == 2
    assert "did you mean 'Exampleton Museum'" in done.stderr
