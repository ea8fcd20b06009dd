"""`newsletter send --segment`: what the operator types and sees."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from postroom import Postroom
from test_cli_send import approved, cast, newsletter, room  # noqa: F401

Run = Callable[..., object]


@pytest.fixture
def study(folder: Path, newsletter: Run, approved: None, now: object) -> Run:  # noqa: F811
    """Ada is in the North; Dora and Eve have agreed too, in the South and nowhere."""
    agreed = ("--list", "partners", "--source", "sheet", "--given-on", "2022-06-14")
    assert newsletter("contacts", "add", "dora@example.org", "--tag", "south", *agreed).returncode == 0
    assert newsletter("contacts", "add", "eve@example.org", *agreed).returncode == 0
    assert newsletter("contacts", "edit", "ada@example.org", "--tag", "north").returncode == 0
    for name in ("north", "south"):
        assert newsletter("segments", "add", name, "--tag", name).returncode == 0
    return newsletter


def test_it_goes_to_the_segment_then_to_another_then_to_everybody(study: Run, room: Postroom) -> None:  # noqa: F811
    dry = study("send", "2022-09", "--segment", "north", "--dry-run")
    assert "Dry run of 2022-09 in the segment north" in dry.stdout
    assert "1 candidates = 0 sent" in dry.stdout
    asked = study("send", "2022-09", "--segment", "north", typed="1\n")
    assert "goes to 1 people: Project partners and Public contributors in the segment north" in asked.stderr
    assert room.recipients() == ["ada@example.org"]
    outside = study("why", "eve@example.org", "2022-09")
    assert "would not get 2022-09:\n  is not in the segment north" in outside.stdout

    again = study("send", "2022-09", "--yes")
    assert "2 people outside may get it" in again.stderr
    assert "--everybody" in again.stderr
    assert room.recipients() == ["ada@example.org"], "--yes is no word for more people"

    foretold = study("send", "2022-09", "--segment", "south", "--dry-run")
    assert "Sending it to south too would add 1 person" in foretold.stderr
    south = study("send", "2022-09", "--segment", "south", "--yes", "--json")
    assert "went to those in the segment north; 1 person in the segment south added" in south.stderr
    assert (json.loads(south.stdout)["candidates"], json.loads(south.stdout)["sent"]) == (2, 2)

    rest = study("send", "2022-09", "--everybody", "--yes", "--json")
    told = json.loads(rest.stdout)
    assert (told["candidates"], told["sent"], told["skipped"]) == (4, 3, {"withdrawn": 1})
    assert sorted(room.recipients()) == ["ada@example.org", "dora@example.org", "eve@example.org"]
    late = study("send", "2022-09", "--segment", "south", "--yes")
    assert "a segment makes no difference" in late.stderr
    assert len(room.taken) == 3


def test_an_unknown_segment_or_one_of_nobody_sends_nothing(study: Run, room: Postroom) -> None:  # noqa: F811
    assert "did you mean 'north'" in study("send", "2022-09", "--segment", "nroth", "--yes").stderr
    assert study("segments", "add", "none", "--tag", "nobody").returncode == 0
    nobody = study("send", "2022-09", "--segment", "none", "--yes")
    assert nobody.returncode == 77
    assert "in the segment none may be written to" in nobody.stderr
    assert study("send", "2022-09", "--segment", "north", "--everybody").returncode == 2
    assert room.heard == []
