"""Wordings by version: who agreed in which, and a file that was changed after they did."""

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
    (folder / "consent/partners-v1.md").write_text("I would like news of the study.")
    (folder / "consent/partners-v2.md").write_text("I would like news, four times a year.")
    for name in ("ada", "ben"):
        run(folder, "contacts", "add", f"{name}@example.org", "--name", name.title())
        about = (f"{name}@example.org", "--list", "partners", "--source", "sheet")
        done = run(folder, "consent", "record", *about, "--wording", "consent/partners-v1.md")
        assert done.returncode == 0
    run(folder, "consent", "withdraw", "ben@example.org", "--all")
    return folder


def wordings(study: Path) -> tuple[int, dict[str, dict]]:
    done = run(study, "consent", "wordings", "--json")
    return done.returncode, {f"{w['name']} {w['state']}": w for w in json.loads(done.stdout)["wordings"]}


def test_each_file_has_its_version_and_how_many_agreed_to_it(study):
    code, found = wordings(study)
    first, second = found["partners-v1.md in use"], found["partners-v2.md new"]
    assert code == 0
    assert (first["version"], first["agreed"], first["in_force"]) == (1, 2, 1)
    assert (second["version"], second["agreed"], second["in_force"]) == (2, 0, 0)


def test_a_file_changed_after_people_agreed_is_told_and_its_words_are_kept(study):
    (study / "consent/partners-v1.md").write_text("I would like news, and offers.")
    done = run(study, "consent", "wordings")
    assert done.returncode == 1
    assert "consent/partners-v1.md was changed after 2 people agreed in it" in done.stderr
    _, found = wordings(study)
    assert found["partners-v1.md changed"]["agreed"] == 2
    assert found["partners-v1.md new"]["agreed"] == 0


def test_a_file_that_has_gone_is_named_and_breaks_nothing(study):
    (study / "consent/partners-v1.md").unlink()
    code, found = wordings(study)
    assert (code, found["partners-v1.md missing"]["agreed"]) == (0, 2)


def test_an_entry_that_was_struck_out_does_not_count(study):
    run(study, "consent", "void", "1", "--why", "typed by mistake", "--yes")
    _, found = wordings(study)
    assert found["partners-v1.md in use"]["agreed"] == 1


def test_purposes_are_shown_with_the_day_they_came(study):
    settings = study / "newsletter.toml"
    settings.write_text(
        settings.read_text().replace("organisations that work with us", "practices we work with")
    )
    told = json.loads(run(study, "consent", "wordings", "--json").stdout)["purposes"]
    assert sum(one["list"] == "partners" for one in told) in (1, 2)  # two within one second are one
    assert any("practices we work with" in one["purpose"] for one in told)
