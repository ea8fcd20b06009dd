"""The notice that a run has ended: over another server, without a reader's address, and never in the way."""

import datetime as dt
import email
import email.policy
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import forked
import pytest
from postroom import Postroom, postroom
from proving import Stages, stages, told_over
from samples import environment
from scripted import HANG_UP, Scripted, say
from stage import SLUG, Stage

from newsletter.config import Notice, Smtp
from newsletter.errors import NotAllowed, TryAgain
from newsletter.outbox import Report, notice_relay
from newsletter.outbox.notice import write_notice

NOW = dt.datetime(2022, 9, 30, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def stage_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    yield from stages(tmp_path_factory.mktemp("notice"))


@pytest.fixture
def study(stage_of: Stages) -> Iterator[tuple[Stage, Scripted]]:
    with stage_of(3) as opened:
        yield opened


@pytest.fixture
def elsewhere() -> Iterator[Postroom]:
    with postroom() as server:
        yield server


def read(content: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)


def test_it_says_how_many_why_and_what_to_do_and_nobodys_address() -> None:
    stopped = NotAllowed("the mail server refuses ada@example.org", remedy="Ask whoever runs it.")
    found = Report("2022-10", 9, sent=4, skipped={"withdrawn": 1}, waiting=3, in_doubt=1, stopped=stopped)
    message = read(write_notice(found, "news@example.org", "lead@example.org", "a1", NOW))
    assert message["Subject"] == "2022-10: stopped, sent to 4 of 9"
    assert (message["From"], message["To"]) == ("news@example.org", "lead@example.org")
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content()
    assert "9 candidates = 4 sent + 1 skipped (1 withdrawn)" in text
    assert "Stopped: the mail server refuses <address>" in text
    assert "Ask whoever runs it." in text
    assert "newsletter resolve 2022-10" in text
    assert "ada@" not in text


def test_a_run_that_is_done_says_so_in_the_subject() -> None:
    found = Report("2022-10", 9, sent=9)
    message = read(write_notice(found, "news@example.org", "lead@example.org", "a1", NOW))
    assert message["Subject"] == "2022-10: done, sent to 9 of 9"


@pytest.mark.parametrize(
    ("other", "stopped", "goes"),
    [
        ("", False, False),
        ("smtp.elsewhere.example.org", False, True),
        ("smtp.elsewhere.example.org", True, True),
        ("smtp.example.org", False, True),
        ("SMTP.example.org", True, False),
    ],
)
def test_it_never_goes_over_the_server_that_has_failed(config, other: str, stopped: bool, goes: bool) -> None:  # type: ignore[no-untyped-def]
    settings = config.model_copy(
        update={
            "smtp": Smtp(host="smtp.example.org"),
            "notice": Notice(email="lead@example.org", smtp=Smtp(host=other)),
        }
    )
    found = Report("2022-10", 1, stopped=TryAgain("away") if stopped else None)
    assert (notice_relay(settings, found) is not None) is goes


def test_the_lead_is_told_when_a_run_is_done(study: tuple[Stage, Scripted], elsewhere: Postroom) -> None:
    stage, _ = study
    told_over(stage, elsewhere.port)
    ended = stage.send()
    assert ended.code == 0, ended.err
    assert "A notice was mailed to lead@example.org." in ended.err
    (post,) = elsewhere.taken
    assert post.recipients == ("lead@example.org",)
    assert b"Subject: 2022-09: done, sent to 3 of 3" in post.content
    assert b"reader" not in post.content


def test_the_lead_is_told_what_stopped_a_run(study: tuple[Stage, Scripted], elsewhere: Postroom) -> None:
    stage, room = study
    told_over(stage, elsewhere.port)
    room.at("GREETING", HANG_UP)
    ended = stage.send()
    assert ended.code == 69
    (post,) = elsewhere.taken
    assert b"Subject: 2022-09: stopped, sent to 0 of 3" in post.content


def test_a_notice_that_cannot_be_mailed_is_said_and_changes_no_exit_code(
    study: tuple[Stage, Scripted], elsewhere: Postroom
) -> None:
    stage, _ = study
    told_over(stage, elsewhere.port)
    elsewhere.say("RCPT", "550 5.7.1 not you")
    ended = stage.send()
    assert ended.code == 0
    assert "The notice to lead@example.org could not be mailed" in ended.err
    assert "not you" in ended.err


def test_where_both_are_one_server_nothing_is_mailed_about_its_failure(study: tuple[Stage, Scripted]) -> None:
    stage, room = study
    told_over(stage, room.port, "127.0.0.1")
    room.at("MAIL", say("550 5.7.1 not you"))
    ended = stage.send()
    assert ended.code == 77
    assert "the only one named for it" in ended.err
    assert not any("lead@" in line for line in room.heard)


def test_json_stays_one_object_with_a_notice(study: tuple[Stage, Scripted], elsewhere: Postroom) -> None:
    stage, _ = study
    told_over(stage, elsewhere.port)
    command = [sys.executable, "-m", "newsletter", "send", SLUG, "--yes", "--json"]
    env = dict(os.environ) | environment(stage.home)
    done = forked.run(command, cwd=stage.folder, env=env)
    assert done.stdout.startswith("{")
    assert done.stdout.rstrip().endswith("}")
    assert Path(stage.folder / "build" / SLUG / "send.log.jsonl").is_file()
