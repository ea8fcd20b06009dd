"""Roles with their days, who may be held, and fields of the team's own, from the command line."""

import json
import subprocess
import sys
from pathlib import Path

import forked
import pytest

from newsletter.config import read_config
from newsletter.database import create_database


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder)


def settle(folder: Path, more: str) -> None:
    with (folder / "newsletter.toml").open("a", encoding="utf-8") as file:
        file.write(more)


@pytest.fixture
def study(folder: Path) -> Path:
    create_database(folder / "contacts.db").conn.close()
    return folder


def test_a_role_begins_and_ends_on_a_day(study: Path) -> None:
    added = ("--name", "Ada", "--role", "partner", "--role-since", "1 May 2021", "--region", " North ")
    done = run(study, "contacts", "add", "ada@example.org", *added)
    assert done.returncode == 0, done.stderr
    assert "partner (since 1 May 2021)" in run(study, "contacts", "show", "ada@example.org").stdout
    run(study, "contacts", "edit", "ada@example.org", "--role", "partner", "--role-since", "2020-05-01")
    early = run(study, "contacts", "edit", "ada@example.org", "--end-role", "partner", "--on", "2019-01-01")
    assert (early.returncode, "began on 1 May 2020" in early.stderr) == (2, True)
    run(study, "contacts", "edit", "ada@example.org", "--end-role", "partner", "--on", "2022-01-31")
    card = json.loads(run(study, "contacts", "show", "ada@example.org", "--json").stdout)
    assert [(role["since"], role["until"]) for role in card["roles"]] == [("2020-05-01", "2022-01-31")]
    assert [(one["name"], one["position"]) for one in card["own"]] == [("region", "North")]


def test_participants_stay_out_unless_the_settings_let_them_in(study: Path) -> None:
    (study / "p.csv").write_text("email,role\np@example.org,Participant\nq@example.org,partner\n")
    order = (
        "contacts",
        "import",
        "p.csv",
        "--list",
        "partners",
        "--basis",
        "unknown",
        "--source",
        "x",
        "--skip-bad",
    )
    for words in (("add", "ada@example.org", "--role", "Participant"),):
        refused = run(study, "contacts", *words)
        assert (refused.returncode, "[people]" in refused.stderr) == (2, True)
    taken = run(study, *order)
    assert "p.csv:2: role: study participants are not held here" in taken.stderr
    refused = run(study, "contacts", "edit", "q@example.org", "--role", "participant")
    assert (refused.returncode, "participants" in refused.stderr) == (2, True)
    settle(study, "\n[people]\nparticipants = true\n")
    assert run(study, "contacts", "edit", "q@example.org", "--role", "participant").returncode == 0
    assert run(study, *order).returncode == 0
    assert len(json.loads(run(study, "contacts", "find", "example", "--json").stdout)) == 2


def test_a_field_of_the_teams_own_is_named_in_the_settings(study: Path) -> None:
    settle(
        study,
        '\n[contact_fields]\nsector = { label = "Sector", choices = ["NHS", "council"] }\njob = "Job"\n',
    )
    run(
        study,
        "contacts",
        "add",
        "ada@example.org",
        "--name",
        "Ada",
        "--field",
        "sector=nhs",
        "--field",
        "job=GP",
    )
    shown = run(study, "contacts", "show", "ada@example.org").stdout
    assert "sector:       NHS" in shown
    unknown = run(study, "contacts", "edit", "ada@example.org", "--field", "sectr=NHS")
    assert (unknown.returncode, "did you mean 'sector'" in unknown.stderr) == (2, True)
    other = run(study, "contacts", "edit", "ada@example.org", "--field", "sector=school")
    assert (other.returncode, "not one of NHS, council" in other.stderr) == (2, True)
    broken = run(study, "contacts", "edit", "ada@example.org", "--field", "job=a\nb")
    assert (broken.returncode, "line break" in broken.stderr) == (2, True)
    assert run(study, "contacts", "edit", "ada@example.org", "--field", "job=").returncode == 0
    assert "GP" not in run(study, "contacts", "show", "ada@example.org").stdout
    assert run(study, "contacts", "undo", "--yes").returncode == 0
    assert "GP" in run(study, "contacts", "show", "ada@example.org").stdout


def test_settings_without_the_new_parts_are_as_before() -> None:
    config = read_config("")
    assert (config.people.participants, list(config.own_fields), config.relationships) == (
        False,
        ["region"],
        {},
    )


def test_a_slip_in_a_field_of_ones_own_is_named_with_its_line() -> None:
    with pytest.raises(
        Exception, match=r"contact_fields.x.lable: this key is not known .did you mean .label."
    ):
        read_config('[contact_fields]\nx = { lable = "X" }\n')
