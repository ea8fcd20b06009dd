"""`newsletter contacts duplicates` and `merge`, as the operator types them."""

import json
import subprocess
import sys
from pathlib import Path

import forked
import pytest

from newsletter.database import create_database


def run(folder: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder, input=stdin)


@pytest.fixture
def study(folder: Path) -> Path:
    create_database(folder / "contacts.db").conn.close()
    given = ("--list", "partners", "--source", "form", "--given-on", "2022-06-14")
    run(folder, "contacts", "add", "ada@example.org", "--name", "Ada Obi", *given)
    run(folder, "contacts", "add", "ada+x@example.org", "--name", "Ada Obi", "--language", "cy", *given)
    run(folder, "consent", "withdraw", "ada+x@example.org", "--all", "--on", "2022-08-01")
    return folder


def test_two_are_found_seen_merged_and_parted_again(study: Path) -> None:
    told = run(study, "contacts", "duplicates")
    assert "part after a plus" in told.stdout
    seen = run(study, "contacts", "merge", "ada@example.org", "ada+x@example.org", "--dry-run").stdout
    assert "language: filled with 'cy'" in seen
    assert "addresses: + ada+x@example.org" in seen
    assert "partners: agreed on 14 June 2022, on paper; becomes: withdrew on 1 August 2022" in seen
    assert len(json.loads(run(study, "contacts", "duplicates", "--json").stdout)) == 1
    done = run(study, "contacts", "merge", "ada@example.org", "ada+x@example.org", "--yes")
    assert done.returncode == 0, done.stderr
    assert json.loads(run(study, "contacts", "duplicates", "--json").stdout) == []
    assert "withdrew" in run(study, "contacts", "show", "ada+x@example.org").stdout
    assert run(study, "contacts", "undo", "--yes", "--revive").returncode == 0
    assert len(json.loads(run(study, "contacts", "find", "obi", "--json").stdout)) == 2


def test_a_no_merges_nobody(study: Path) -> None:
    assert (
        run(study, "contacts", "merge", "ada@example.org", "ada+x@example.org", stdin="n\n").returncode == 130
    )
    assert run(study, "contacts", "merge", "ada@example.org", "ada@example.org", "--yes").returncode == 2
    assert len(json.loads(run(study, "contacts", "find", "obi", "--json").stdout)) == 2
