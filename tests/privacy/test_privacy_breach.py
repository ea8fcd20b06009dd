"""What a lost copy exposed."""

import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from quillfeather import Study, make_study

from newsletter.config import Workspace
from newsletter.errors import DatabaseProblem
from newsletter.privacy import breach_of, draft_of, people_exposed

AWARE = dt.datetime(2026, 6, 14, 8, 30, tzinfo=dt.UTC)


@pytest.fixture
def study(workspace: Workspace, now: dt.datetime) -> Study:
    made = make_study(workspace, now)
    made.run("contacts", "edit", str(made.ben), "--stop", "left-study")
    return made


@pytest.fixture
def copy(study: Study) -> Path:
    target = study.root.parent / "lost.db"
    target.write_bytes((study.root / "contacts.db").read_bytes())
    return target


def test_people_are_counted_by_kind_of_data(copy: Path) -> None:
    breach = breach_of(copy)
    assert breach.people == 2
    assert (breach.kinds["names"], breach.kinds["postal addresses"], breach.kinds["email addresses"]) == (
        2,
        1,
        2,
    )
    assert breach.kinds["messages sent to them"] == 2
    assert breach.special == {"taking part in the study": 0, "left the study": 1, "deceased": 0}
    assert breach.lists == {"Project partners": 2, "Public contributors": 0}
    assert breach.earliest[:10] == "2022-09-30"


def test_the_copy_is_not_changed_and_needs_no_key(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SECRETS", "/nowhere")
    before = copy.read_bytes()
    copy.chmod(0o400)
    assert breach_of(copy).people == 2
    assert copy.read_bytes() == before
    assert not list(copy.parent.glob("lost.db-*"))


def test_a_copy_of_an_older_version_is_read_too(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as conn:
        for table in ("operation_contacts", "relationships", "privacy_requests", "contact_fields"):
            conn.execute(f"DROP TABLE {table}")
    assert "connections with others" not in breach_of(copy).kinds
    assert len(list(people_exposed(copy))) == 2


def test_everybody_can_be_named_with_what_was_known_of_them(study: Study, copy: Path) -> None:
    ada, ben = people_exposed(copy)
    assert (ada.name, ada.email) == ("Ada Quillfeather", "ada.quillfeather@example.org")
    assert "postal addresses" in ada.kinds
    assert "left the study" in ben.kinds
    assert "postal addresses" not in ben.kinds


def test_the_draft_says_by_when_and_leaves_to_people_what_only_they_know(
    copy: Path, workspace: Workspace
) -> None:
    draft = draft_of(breach_of(copy), workspace.config, aware=AWARE, encrypted="no")
    assert "14 June 2026 at 09:30" in draft
    assert "17 June 2026 at 09:30" in draft
    assert "was not encrypted" in draft
    assert "can reveal health" in draft
    assert "[How the copy was lost" in draft
    assert "quillfeather" not in draft.lower()


def test_what_is_no_database_of_ours_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as conn:
        conn.execute("CREATE TABLE contacts (id)")
    for path in (other, tmp_path / "none.db"):
        with pytest.raises(DatabaseProblem):
            breach_of(path)


def test_entries_about_the_erased_are_nobodys(study: Study) -> None:
    study.run("privacy", "erase", "ada.quillfeather@example.org", "--yes")
    breach = breach_of(study.root / "contacts.db")
    assert (breach.people, breach.kinds["what they agreed to"]) == (1, 1)
    assert breach.kinds["requests and complaints"] == 0
    assert breach.kinds["how they were kept before a change"] == 1
    assert breach.barred == 2
