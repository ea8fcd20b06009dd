"""What people and organisations are to each other, and organisations that change, from the command line."""

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
    run(folder, "contacts", "add", "ada@example.org", "--name", "Ada", "--organisation", "Museum")
    run(folder, "contacts", "add", "ben@example.org", "--name", "Ben", "--organisation", "The Museum")
    return folder


def test_a_relationship_is_read_from_both_ends_and_undone(study: Path) -> None:
    who = ("ada@example.org", "line manager of", "ben@example.org")
    done = run(study, "contacts", "relate", *who, "--since", "1 May 2021", "--note", "acting")
    assert done.returncode == 0, done.stderr
    shown = run(study, "contacts", "show", "ada@example.org").stdout
    assert "line manager of Ben (since 1 May 2021; acting; number 1)" in shown
    assert "managed by Ada (since 1 May 2021" in run(study, "contacts", "show", "ben@example.org").stdout
    assert run(study, "contacts", "undo", "--yes").returncode == 0
    assert "managed by" not in run(study, "contacts", "show", "ben@example.org").stdout
    assert run(study, "contacts", "undo", "4", "--yes").returncode == 0
    assert "managed by Ada" in run(study, "contacts", "show", "ben@example.org").stdout
    assert run(study, "contacts", "unrelate", "1").returncode == 0
    assert run(study, "contacts", "unrelate", "1").returncode == 2
    assert (
        json.loads(run(study, "contacts", "show", "ada@example.org", "--json").stdout)["relationships"] == []
    )


def test_organisations_relate_and_a_team_adds_words_of_its_own(study: Path) -> None:
    with (study / "newsletter.toml").open("a", encoding="utf-8") as file:
        file.write('\n[relationships]\n"trains" = "trained by"\n')
    assert run(study, "organisations", "relate", "museum", "trains", "ada@example.org").returncode == 0
    assert run(study, "organisations", "relate", "Museum", "part of", "The Museum").returncode == 0
    assert "trained by Museum" in run(study, "contacts", "show", "ada@example.org").stdout
    assert "includes Museum" in run(study, "organisations", "show", "The Museum").stdout
    run(study, "contacts", "relate", "ada@example.org", "sings for", "Museum")
    assert "Ada: sings for them" in run(study, "organisations", "show", "Museum").stdout
    wrong = run(study, "contacts", "relate", "Musem", "funds", "ada@example.org")
    assert (wrong.returncode, "did you mean 'Museum'" in wrong.stderr) == (2, True)
    early = run(
        study,
        "contacts",
        "relate",
        "Museum",
        "funds",
        "ada@example.org",
        "--since",
        "2022-01-01",
        "--until",
        "2021-01-01",
    )
    assert early.returncode == 2


def test_an_organisation_is_renamed_made_one_and_removed_and_its_people_stay(study: Path) -> None:
    run(study, "organisations", "relate", "The Museum", "funds", "ben@example.org")
    taken = run(study, "organisations", "edit", "Museum", "--name", "the museum")
    assert (taken.returncode, "organisations merge" in taken.stderr) == (2, True)
    assert (
        run(study, "organisations", "edit", "Museum", "--name", "Gallery", "--kind", "arts").returncode == 0
    )
    assert "ada@example.org" in run(study, "contacts", "find", "gallery").stdout
    assert run(study, "organisations", "merge", "Gallery", "The Museum", "--yes").returncode == 0
    shown = json.loads(run(study, "organisations", "show", "Gallery", "--json").stdout)
    assert [person["name"] for person in shown["people"]] == ["Ada", "Ben"]
    assert [one["words"] for one in shown["relationships"]] == ["funds"]
    undone = run(study, "contacts", "undo", "--yes")
    assert (undone.returncode, "cannot be undone" in undone.stderr) == (77, True)
    assert run(study, "organisations", "remove", "Gallery", "--yes").returncode == 0
    assert "Ada" in run(study, "contacts", "show", "ada@example.org").stdout
    assert run(study, "contacts", "find", "gallery").stdout == ""
