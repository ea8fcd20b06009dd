"""What somebody is told when they ask what is kept about them."""

import datetime as dt
import html
import json
import re
from contextlib import closing
from pathlib import Path

import pytest
from quillfeather import SECRETS, Study, make_study

from newsletter.config import Workspace
from newsletter.privacy import Answer, answer_for, find_subject, others_named, write_answer

ADA = "ada.quillfeather@example.org"


@pytest.fixture
def study(workspace: Workspace, now: dt.datetime) -> Study:
    return make_study(workspace, now)


@pytest.fixture
def answer(study: Study, workspace: Workspace, now: dt.datetime) -> Answer:
    db = study.open()
    with closing(db.conn):
        return answer_for(db, find_subject(db, ADA), workspace.config, now)


def text_of(answer: Answer) -> str:
    return json.dumps(answer.as_dict(), ensure_ascii=False)


def test_they_are_told_everything_that_is_kept(answer: Answer) -> None:
    assert [secret for secret in SECRETS if secret not in text_of(answer)] == []
    titles = {part.title for part in answer.parts}
    assert {"Who you are", "Messages to you", "Meetings, calls and work with you"} <= titles
    assert "As it was before" in text_of(answer)


def test_they_are_told_nothing_about_somebody_else(answer: Answer) -> None:
    assert "ben@example.org" not in text_of(answer)
    assert "south" not in text_of(answer)
    connections = next(part for part in answer.parts if part.title == "How you are connected")
    assert [(row["From"], row["To"]) for row in connections.rows] == [("you", "another person")]


def test_names_of_others_in_texts_are_told_to_the_operator(study: Study, answer: Answer) -> None:
    db = study.open()
    with closing(db.conn):
        assert others_named(db, answer) == {"Meetings, calls and work with you": ["Ben Carter"]}


def test_no_key_token_or_link_that_opens_something_is_given_away(study: Study, answer: Answer) -> None:
    told = text_of(answer)
    for column in ("token", "recipient_key"):
        for (value,) in study.rows(f"SELECT {column} FROM deliveries"):
            assert str(value) not in told
    assert "mac" not in re.findall(r'"(\w+)":', told)


def test_article_15_is_answered_beside_the_data(answer: Answer) -> None:
    about = answer.information
    assert "News of the study for the organisations" in about.purposes[0]
    assert "article 6(1)(a)" in about.purposes[0]
    assert about.sources == ("tick on the yellow form",)
    assert "ico.org.uk" in about.complaint
    assert len(about.rights) == 6
    assert about.retention
    assert "1 Example Street" in about.controller


def test_both_files_are_for_their_owner_alone(answer: Answer, tmp_path: Path) -> None:
    for path in write_answer(answer, tmp_path / "out"):
        assert path.stat().st_mode & 0o777 == 0o600
        assert "quillfeather" not in path.name
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700


def test_the_page_says_what_the_file_says_and_needs_nothing_else(answer: Answer, tmp_path: Path) -> None:
    data, page = write_answer(answer, tmp_path)
    text = html.unescape(page.read_text(encoding="utf-8"))
    assert [secret for secret in SECRETS if secret not in text] == []
    assert json.loads(data.read_text(encoding="utf-8"))["what_we_keep_about_you"]["Tags"] == [
        {"Tag": "north"}
    ]
    assert re.findall(r"<(?:script|img|link|iframe|form)", text) == []
    assert text.count("<h1>") == 1
    assert '<html lang="en-GB">' in text


def test_a_name_cannot_write_into_the_page(study: Study, workspace: Workspace, now: dt.datetime) -> None:
    from newsletter.privacy.page import page_of

    db = study.open()
    with closing(db.conn):
        db.conn.execute("UPDATE contacts SET notes = '<script>alert(1)</script>' WHERE id = ?", (study.ada,))
        page = page_of(answer_for(db, find_subject(db, ADA), workspace.config, now))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_somebody_merged_is_told_what_was_kept_under_their_old_number(
    study: Study, workspace: Workspace, now: dt.datetime
) -> None:
    db = study.open()
    with closing(db.conn):
        db.conn.execute("INSERT INTO contact_aliases VALUES (77, ?, '2022')", (study.ada,))
        db.conn.execute("UPDATE deliveries SET contact_id = 77 WHERE id = 1")
        told = answer_for(db, find_subject(db, "77"), workspace.config, now)
    messages = next(part for part in told.parts if part.title == "Messages to you")
    assert len(messages.rows) == 2
