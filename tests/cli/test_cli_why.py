"""`newsletter why`, as it is typed."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import forked
import pytest

from newsletter.contacts import ConsentEvent, NewContact, add_contact, record_consent, sync_lists
from newsletter.database import Database

ISSUE = "title: News\ndate: 30 September 2022\nlists: [partners]\nsections:\n  - title: News\n    body: We have news.\n"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def why(folder: Path, db: Database, workspace: Any, now: Any) -> Run:
    """Runs the command in a workspace where Ada has consented, Ben has withdrawn, Cleo never asked."""
    (folder / "issues" / "2022-09.yaml").write_text(ISSUE, encoding="utf-8")
    sync_lists(db, workspace.config, now)
    for name, kinds in (("ada", ["given"]), ("ben", ["given", "withdrawn"]), ("cleo", [])):
        contact = add_contact(db, NewContact(email=f"{name}@example.org", name=name.title()), now)
        for kind in kinds:
            record_consent(
                db, ConsentEvent(contact, "partners", kind, "consent", "2022-06-14", "paper", "tester"), now
            )
    db.conn.close()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "newsletter", "why", *arguments]
        return forked.run(command, cwd=folder)

    return run


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ada", "would get 2022-09:\n  they agreed to partners since 14 June 2022"),
        ("ben", "would not get 2022-09:\n  withdrawn: left the list"),
        ("cleo", "would not get 2022-09:\n  not-on-list: not on the list"),
    ],
)
def test_each_of_the_cast_is_told_why(why: Run, name: str, told: str) -> None:
    run = why(f"{name}@example.org", "2022-09")
    assert run.returncode == 0, run.stderr
    assert told in run.stdout


def test_json_has_the_shape_that_scripts_rely_on(why: Run) -> None:
    shape = json.loads(why("BEN@example.org", "2022-09", "--json").stdout)
    assert shape.keys() == {"email", "issue", "would_receive", "reasons"}
    assert (shape["email"], shape["issue"], shape["would_receive"]) == ("ben@example.org", "2022-09", False)


def test_somebody_unknown_is_said(why: Run) -> None:
    run = why("nobody@example.org", "2022-09")
    assert run.returncode == 2
    assert "nobody@example.org" in run.stderr
