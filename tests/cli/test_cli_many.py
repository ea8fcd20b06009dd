"""One change to many people: chosen or named, seen first, counted, undone."""

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
    people = "name,email,organisation,role,tags\nAda,ada@example.org,Museum,partner,a\nBen,ben@example.org,Museum,,\nCleo,cleo@example.org,,partner,\n"
    (folder / "people.csv").write_text(people, encoding="utf-8")
    run(
        folder,
        "contacts",
        "import",
        "people.csv",
        "--list",
        "partners",
        "--basis",
        "unknown",
        "--source",
        "x",
    )
    return folder


def tags(study: Path) -> dict[str, list[str]]:
    names = ("ada", "ben", "cleo")
    cards = [json.loads(run(study, "contacts", "show", f"{n}@example.org", "--json").stdout) for n in names]
    return {card["name"]: card["tags"] for card in cards}


def test_those_who_meet_all_conditions_are_tagged_after_they_were_seen_and_it_is_undone(study: Path) -> None:
    seen = run(study, "contacts", "tag", "new", "--organisation", "museum", "--list", "partners", "--dry-run")
    assert "2 of 2 people: tagged 'new' (Ada, Ben)" in seen.stdout
    assert run(study, "contacts", "tag", "new", "--role", "partner", stdin="n\n").returncode == 130
    assert tags(study) == {"Ada": ["a"], "Ben": [], "Cleo": []}
    assert (
        run(
            study, "contacts", "tag", "new", "--role", "partner", "--organisation", "Museum", "--yes"
        ).returncode
        == 0
    )
    assert tags(study) == {"Ada": ["a", "new"], "Ben": [], "Cleo": []}
    again = json.loads(run(study, "contacts", "tag", "new", "--list", "partners", "--json").stdout)
    assert again == {"chosen": 3, "changed": 2, "done": True}
    assert run(study, "contacts", "undo", "--yes").returncode == 0
    assert tags(study) == {"Ada": ["a", "new"], "Ben": [], "Cleo": []}
    (study / "who.txt").write_text("ada@example.org\n\n# a remark\nben@example.org\n", encoding="utf-8")
    assert run(study, "contacts", "tag", "new", "--remove", "--from", "who.txt", "--yes").returncode == 0
    assert tags(study) == {"Ada": ["a"], "Ben": [], "Cleo": []}


def test_one_who_is_not_there_stops_it_with_the_line(study: Path) -> None:
    (study / "who.txt").write_text("ada@example.org\nadam@example.org\n", encoding="utf-8")
    done = run(study, "contacts", "tag", "new", "--from", "who.txt", "--yes")
    assert (done.returncode, "who.txt:2: there is nobody" in done.stderr) == (2, True)
    assert tags(study)["Ada"] == ["a"]
    for words in (
        (),
        ("--list", "partnrs"),
        ("--list", "partners", "ada@example.org"),
        ("--organisation", "x"),
    ):
        assert run(study, "contacts", "tag", "new", *words, "--yes").returncode == 2


def test_a_role_is_given_and_ended_for_many(study: Path) -> None:
    assert run(study, "contacts", "role", "participant", "--list", "partners", "--yes").returncode == 2
    given = run(study, "contacts", "role", "funder", "--list", "partners", "--on", "2021-05-01", "--yes")
    assert given.returncode == 0, given.stderr
    assert "funder (since 1 May 2021)" in run(study, "contacts", "show", "ben@example.org").stdout
    ended = json.loads(
        run(
            study, "contacts", "role", "funder", "--end", "--on", "2022-05-01", "--role", "partner", "--json"
        ).stdout
    )
    assert ended["changed"] == 2
    assert "until 1 May 2022" in run(study, "contacts", "show", "cleo@example.org").stdout
    assert "until" not in run(study, "contacts", "show", "ben@example.org").stdout
