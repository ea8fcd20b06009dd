"""`newsletter segments`: what the operator types and sees."""

import json
import subprocess
import sys
from pathlib import Path

import forked
import pytest

from newsletter.database import create_database


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder)


@pytest.fixture
def study(folder: Path) -> Path:
    create_database(folder / "contacts.db").conn.close()
    people = (
        ("ada@example.org", "--name", "Ada Obi", "--role", "contributor", "--tag", "press"),
        ("ben@example.org", "--name", "Ben Ng", "--role", "contributor"),
    )
    for person in people:
        assert run(folder, "contacts", "add", *person).returncode == 0
    return folder


def test_a_segment_is_added_listed_shown_and_removed(study: Path) -> None:
    done = run(study, "segments", "add", "quiet", "--role", "contributor", "--not-tag", "press")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "quiet: role contributor; not tag press. 1 person in it today.\n"
    assert "quiet" in run(study, "segments", "list").stdout
    shown = json.loads(run(study, "segments", "show", "quiet", "--json").stdout)
    assert shown["people"] == 1
    assert [person["name"] for person in shown["listed"]] == ["Ben Ng"]
    assert "Ben Ng" in run(study, "segments", "show", "quiet").stdout
    assert "role contributor; not tag press" in run(study, "segments", "remove", "quiet").stdout
    assert json.loads(run(study, "segments", "list", "--json").stdout) == []


def test_what_nobody_has_is_a_warning_with_the_nearest_name(study: Path) -> None:
    done = run(study, "segments", "add", "x", "--role", "contribtor", "--field", "profession=nurse", "--json")
    assert done.returncode == 0
    assert "nobody has the role 'contribtor' (did you mean 'contributor'?)" in done.stderr
    told = json.loads(done.stdout)
    assert told["criteria"] == {"field:profession": ["nurse"], "role": ["contribtor"]}
    assert (told["people"], len(told["warnings"])) == (0, 2)


def test_everybody_is_no_segment_and_an_unknown_one_is_told_with_its_neighbour(study: Path) -> None:
    assert run(study, "segments", "add", "all").returncode == 2
    assert run(study, "segments", "add", "x", "--field", "profession").returncode == 2
    assert run(study, "segments", "add", "north", "--region", "North").returncode == 0
    missing = run(study, "segments", "show", "nroth")
    assert missing.returncode == 2
    assert "did you mean 'north'?" in missing.stderr
