"""`newsletter organisations stance` and `grid`."""

import json
import subprocess
import sys
from pathlib import Path

import forked
import pytest

from newsletter.database import create_database


def run(folder: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder, input=typed)


@pytest.fixture
def study(folder: Path) -> Path:
    create_database(folder / "contacts.db").conn.close()
    run(folder, "organisations", "add", "Exampleton Museum")
    return folder


def judge(folder: Path, influence: str, interest: str, day: str) -> None:
    words = ("organisations", "stance", "exampleton museum", "--influence", influence, "--interest", interest)
    assert run(folder, *words, "--why", "Its board decides", "--on", day).returncode == 0


def test_a_stance_is_kept_shown_and_drawn(study: Path) -> None:
    assert "has been placed yet" in run(study, "organisations", "grid").stderr
    judge(study, "4", "2", "2022-03-01")
    judge(study, "4", "4", "2022-06-01")
    shown = json.loads(run(study, "organisations", "stance", "Exampleton Museum", "--json").stdout)
    assert [(one["interest"], one["judged_by"]) for one in shown] == [(4, "tester"), (2, "tester")]
    done = run(study, "organisations", "grid", "--since", "2022-04-01", "--to", "grid.svg")
    assert "4/2 on 2022-03-01" in done.stdout
    assert "before: influence 4, interest 2 on 1 March 2022" in (study / "grid.svg").read_text("utf-8")
    [then] = json.loads(run(study, "organisations", "grid", "--on", "2022-05-01", "--json").stdout)
    assert then["interest"] == 2


def test_half_a_stance_and_too_much_of_it_are_refused(study: Path) -> None:
    museum = ("organisations", "stance", "Exampleton Museum")
    assert run(study, *museum, "--influence", "3").returncode == 2
    assert run(study, *museum, "--influence", "6", "--interest", "1", "--why", "x").returncode == 2
    refused = run(study, *museum, "--influence", "3", "--interest", "1")
    assert refused.returncode == 2
    assert "by whom and why" in refused.stderr


def test_a_stance_is_forgotten_after_a_question(study: Path) -> None:
    judge(study, "4", "2", "2022-03-01")
    remove = ("organisations", "stance", "Exampleton Museum", "--remove", "1")
    assert run(study, *remove, typed="no\n").returncode == 130
    assert run(study, *remove, typed="1\n").returncode == 0
    assert run(study, *remove, "--yes").returncode == 2
