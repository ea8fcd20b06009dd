"""However a `send` ends where nobody watches, the lead is told by mail, and what is known is printed."""

import os
import signal
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy

import filelock
import forked
import pytest
from postroom import Postroom, postroom
from proving import Stages, stages, told_over
from samples import environment
from scripted import Scripted, say
from stage import SLUG, Stage
from world import clock_of, elsewhere, standing, text_of, until

READERS = 6
NOON = "2026-07-01T12:00:00+00:00"


@pytest.fixture(scope="module")
def stage_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    yield from stages(tmp_path_factory.mktemp("told"))


@pytest.fixture
def study(stage_of: Stages) -> Iterator[tuple[Stage, Scripted]]:
    with stage_of(READERS) as opened:
        yield opened


@pytest.fixture
def lead() -> Iterator[Postroom]:
    with postroom() as server:
        yield server


def put_off(study: tuple[Stage, Scripted], lead: Postroom) -> tuple[Stage, Scripted, dict[str, str]]:
    """Reader 3 is put off however often, at noon, and the lead is told of what becomes of that."""
    stage, room = study
    told_over(stage, lead.port)
    room.at("RCPT", say("451 4.2.0 try later"), only="reader3@")
    return stage, room, clock_of(stage, standing(NOON))


def notice(lead: Postroom) -> tuple[str, str]:
    """Subject and text of the one notice, which names no reader."""
    (post,) = lead.taken
    message = message_from_bytes(post.content, policy=policy.default)
    text = message.get_content()
    assert "reader" not in text
    return str(message["Subject"]), text


def test_of_a_timer_that_came_too_late_the_lead_is_told_and_status_says_how_to_mend_it(
    study: tuple[Stage, Scripted], lead: Postroom
) -> None:
    stage, room = study
    told_over(stage, lead.port)
    world = clock_of(stage, standing(NOON))
    assert stage.send("--at", "13:30", "--not-after", "13:35", "--no-wait", world=world).code == 75
    assert lead.taken == []
    clock_of(stage, standing("2026-07-01T13:00:00+00:00"))
    ended = stage.send("--wait", world=world)
    assert (ended.code, room.taken()) == (77, [])
    assert "was not to go after Wednesday 1 July 2026, 13:35" in ended.err
    subject, text = notice(lead)
    assert subject == "2022-09: stopped, sent to 0 of 6"
    assert "6 skipped (6 too-late)" in text
    assert "was not to go after Wednesday 1 July 2026, 13:35" in text
    assert '--not-after "tomorrow 18:00"' in text
    for command in (("status",), ("report", SLUG)):
        shown = " ".join(stage.run(*command, world=world).out.split())
        assert "was not to go after Wednesday 1 July 2026, 13:35" in shown
        assert '--not-after "tomorrow 18:00"' in shown
    assert stage.send("--not-after", "18:00", world=world).code == 0
    assert "was not to go" not in stage.run("status", world=world).out


def test_of_a_timer_that_came_too_early_the_lead_is_told(
    study: tuple[Stage, Scripted], lead: Postroom
) -> None:
    stage, _ = study
    told_over(stage, lead.port)
    world = clock_of(stage, standing(NOON))
    stage.send("--at", "15:00", "--no-wait", world=world)
    assert stage.send(world=world).code == 75
    subject, text = notice(lead)
    assert subject == "2022-09: stopped, sent to 0 of 6"
    assert "goes on Wednesday 1 July 2026, 15:00" in text


def test_whoever_is_put_off_beyond_the_last_time_is_counted_and_the_wait_ends_there(
    study: tuple[Stage, Scripted], lead: Postroom
) -> None:
    stage, _, world = put_off(study, lead)
    running = stage.start("send", SLUG, "--yes", "--wait", "--not-after", "13:02", world=world)
    until(lambda: "Ctrl-C ends the waiting" in text_of(running.err))
    told = text_of(running.err)
    assert "1 of those who wait would be tried again only after Wednesday 1 July 2026, 13:02" in told
    # A terminal names them; what nobody may watch is kept in a log.
    assert "will not get it. A later time" in told
    assert "reader3@" not in told
    assert "2022-09 ends on Wednesday 1 July 2026, 13:02" in told
    assert "on on" not in told
    clock_of(stage, standing("2026-07-01T12:02:05+00:00"))
    ended = running.wait()
    assert ended.code == 77, ended
    assert "5 sent + 1 skipped (1 too-late)" in ended.out
    assert "was not to go after" in ended.err
    subject, text = notice(lead)
    assert subject == "2022-09: stopped, sent to 5 of 6"
    assert "1 too-late" in text


def test_whoever_is_put_off_before_the_last_time_is_tried_again(study: tuple[Stage, Scripted]) -> None:
    stage, room = study
    room.at("RCPT", say("451 4.2.0 try later"), only="reader3@", times=1)
    world = clock_of(stage, standing(NOON))
    running = stage.start("send", SLUG, "--yes", "--wait", "--not-after", "18:00", world=world)
    until(lambda: "Ctrl-C ends the waiting" in text_of(running.err))
    assert "2022-09 is tried again on Wednesday 1 July 2026, 13:0" in text_of(running.err)
    assert "will not get it" not in text_of(running.err)
    clock_of(stage, standing("2026-07-01T12:20:00+00:00"))
    assert running.wait().code == 0
    assert len(room.taken()) == READERS


def test_a_pause_in_the_midst_of_a_wait_is_told_with_what_is_known(
    study: tuple[Stage, Scripted], lead: Postroom
) -> None:
    stage, room, world = put_off(study, lead)
    running = stage.start("send", SLUG, "--yes", "--wait", "--json", world=world)
    until(lambda: len(room.taken()) == READERS - 1 and stage.states()["reader3@example.org"] == "waiting")
    until(lambda: elsewhere(stage, "pause", SLUG, "--reason", "a wrong date").code == 0)
    ended = running.wait()
    assert ended.code == 77, ended
    assert '"sent": 5' in ended.out
    assert "is paused, by tester" in ended.err
    subject, text = notice(lead)
    assert subject == "2022-09: stopped, sent to 5 of 6"
    assert "a wrong date" in text
    assert "newsletter resume 2022-09" in text


def test_a_wait_goes_on_beside_another_window_that_sends_or_names_a_later_time(
    study: tuple[Stage, Scripted],
) -> None:
    stage, room = study
    room.at("RCPT", say("451 4.2.0 try later"), only="reader3@", times=1)
    world = clock_of(stage, standing(NOON))
    running = stage.start("send", SLUG, "--yes", "--wait", "--not-after", "13:02", world=world)
    until(lambda: "2022-09 ends on" in text_of(running.err))
    with filelock.FileLock(stage.folder / "contacts.db.send.lock"):
        with stage.rows() as conn:
            conn.execute("UPDATE mailings SET not_after = '2026-07-01T20:00:00Z'")
        until(lambda: "2022-09 is tried again on" in text_of(running.err))
    assert "another `newsletter send` or `newsletter resolve` is running" in text_of(running.err)
    clock_of(stage, standing("2026-07-01T12:20:00+00:00"))
    ended = running.wait()
    assert ended.code == 0, ended.err
    assert len(room.taken()) == READERS


def test_a_missing_password_is_told(stage_of: Stages, lead: Postroom) -> None:
    with stage_of(READERS, user="news") as (stage, room):
        stage.environment = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
        told_over(stage, lead.port)
        ended = stage.send()
        assert (ended.code, room.heard) == (78, [])
        assert ended.out == ""
        subject, text = notice(lead)
        assert subject == "2022-09: stopped"
        assert "there is no password for news at 127.0.0.1" in text
        assert "newsletter status" in text


def test_a_missing_key_of_the_database_is_told(study: tuple[Stage, Scripted], lead: Postroom) -> None:
    stage, _ = study
    told_over(stage, lead.port)
    (stage.home / "secrets").rename(stage.home / "away")
    ended = stage.send()
    assert ended.code == 78, ended
    subject, text = notice(lead)
    assert subject == "2022-09: stopped"
    assert "key" in text
    assert "key" in ended.err.partition("error: ")[2]


def test_a_wait_that_the_computer_ends_is_told(study: tuple[Stage, Scripted], lead: Postroom) -> None:
    stage, _ = study
    told_over(stage, lead.port)
    world = clock_of(stage, standing(NOON))
    running = stage.start("send", SLUG, "--yes", "--at", "13:30", "--wait", world=world)
    until(lambda: "Ctrl-C ends the waiting" in text_of(running.err))
    os.kill(running.pid, signal.SIGTERM)
    assert running.wait().code == 75
    assert "goes on Wednesday 1 July 2026, 13:30" in notice(lead)[1]


def test_what_stops_it_is_said_though_the_notice_fails(study: tuple[Stage, Scripted], lead: Postroom) -> None:
    stage, _ = study
    told_over(stage, lead.port)
    lead.say("RCPT", "550 5.7.1 not you")
    stage.send("--limit", "1")
    stage.run("pause", SLUG)
    ended = stage.send()
    assert ended.code == 77
    assert "The notice to lead@example.org could not be mailed" in ended.err
    assert "2022-09 is paused" in ended.err.splitlines()[-2]


def test_what_is_typed_wrongly_refused_or_only_tried_is_not_told(
    study: tuple[Stage, Scripted], lead: Postroom
) -> None:
    stage, _ = study
    told_over(stage, lead.port)
    assert stage.run("send", "2099-01", "--yes").code == 2
    assert stage.send("--at", "2026-01-01 09:00").code == 2
    assert stage.send("--dry-run").code == 0
    command = [sys.executable, "-m", "newsletter", "send", SLUG]
    asked = forked.run(
        command, cwd=stage.folder, env=dict(os.environ) | environment(stage.home), input="no\n"
    )
    assert asked.returncode == 130
    stage.send("--at", "tomorrow 09:00", "--no-wait")
    stage.run("pause", SLUG)
    asked = forked.run(command, cwd=stage.folder, env=dict(os.environ) | environment(stage.home), input="")
    assert asked.returncode == 77
    assert lead.taken == []
    assert stage.send().code == 77
    assert "2022-09 is paused" in notice(lead)[1]


def test_of_a_pause_it_is_told_over_the_very_server_of_the_newsletter(study: tuple[Stage, Scripted]) -> None:
    stage, room = study
    told_over(stage, room.port, "127.0.0.1")
    stage.send("--limit", "1")
    stage.run("pause", SLUG)
    before = room.recipients().count("lead@example.org")
    ended = stage.send()
    assert ended.code == 77
    assert room.recipients().count("lead@example.org") == before + 1
