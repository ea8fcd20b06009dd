"""`newsletter pause`, `resume`, `cancel`, and `send` with times, as they are typed; also while a send runs."""

import json
import os
import sys
from collections.abc import Callable, Iterator

import forked
import pytest
from proving import Stages, stages
from samples import environment
from scripted import Scripted, say
from stage import SLUG, Ended, Stage
from world import clock_of, elsewhere, standing, text_of, until

READERS = 12


@pytest.fixture(scope="module")
def stage_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    yield from stages(tmp_path_factory.mktemp("held"))


@pytest.fixture
def study(stage_of: Stages) -> Iterator[tuple[Stage, Scripted]]:
    with stage_of(READERS) as opened:
        yield opened


def at_the_dot_of(number: int, act: Callable[[], object]) -> Callable[[str, str], None]:
    """Does something when the server has got so many dots, before it answers."""
    left = [number]

    def listen(moment: str, about: str) -> None:
        left[0] -= moment == "DOT"
        if moment == "DOT" and left[0] == 0:
            act()

    return listen


def report(stage: Stage) -> dict[str, object]:
    shape: dict[str, object] = json.loads(stage.run("report", SLUG, "--json").out)
    return shape


def state(stage: Stage) -> str:
    (found,) = json.loads(stage.run("status", "--json").out)
    return str(found["state"])


def test_a_send_that_runs_is_paused_from_another_window_and_goes_on_when_resumed(
    study: tuple[Stage, Scripted],
) -> None:
    stage, room = study
    told: list[Ended] = []
    pause = ("pause", SLUG, "--reason", "a wrong date")
    room.listeners.append(at_the_dot_of(4, lambda: told.append(elsewhere(stage, *pause))))
    ended = stage.send()
    assert told[0].code == 0, told[0].err
    assert "is paused: 3 sent, 8 waiting" in told[0].out
    assert "1 message on the way at this moment" in told[0].out
    assert ended.code == 77
    assert len(room.taken()) == 4
    assert "is paused, by tester" in ended.err
    assert "a wrong date" in ended.err
    assert "newsletter resume 2022-09" in ended.err
    assert "4 sent" in ended.out
    again = stage.send()
    assert (again.code, len(room.taken())) == (77, 4)
    assert "a wrong date" in again.err
    twice = stage.run("pause", SLUG)
    assert twice.code == 2
    assert "(Europe/London): a wrong date; nothing was changed" in twice.err
    for command in (("status",), ("report", SLUG), ("why", "reader9@example.org", SLUG)):
        assert "paused" in stage.run(*command).out.replace("\n", " ")
    assert state(stage) == "paused"
    resumed = stage.run("resume", SLUG)
    assert "8 waiting" in resumed.out
    assert "newsletter send 2022-09" in resumed.out
    assert stage.send().code == 0
    assert sorted(room.recipients()) == sorted(f"reader{n}@example.org" for n in range(READERS))
    assert stage.wrong_moves() == []


def test_a_send_that_runs_is_cancelled_and_nobody_else_ever_gets_it(study: tuple[Stage, Scripted]) -> None:
    stage, room = study
    told: list[Ended] = []
    room.listeners.append(at_the_dot_of(5, lambda: told.append(elsewhere(stage, "cancel", SLUG, "--yes"))))
    ended = stage.send()
    assert told[0].code == 0, told[0].err
    assert "7 will never get it, 4 got it" in told[0].out
    assert ended.code == 77
    assert "was cancelled, by tester" in ended.err
    again = stage.send()
    assert again.code == 77
    assert "It is not sent any more" in again.err
    assert len(room.taken()) == 5
    found = report(stage)
    assert (found["sent"], found["skipped"], found["waiting"]) == (5, {"cancelled": 7}, 0)
    assert "cancelled" in stage.run("report", SLUG).out
    assert state(stage) == "cancelled"
    why = json.loads(stage.run("why", "reader9@example.org", SLUG, "--json").out)
    assert why["would_receive"] is False
    assert stage.run("resume", SLUG).code == 77
    assert stage.run("pause", SLUG).code == 2
    assert stage.wrong_moves() == []


def test_whoever_is_put_back_after_the_cancel_is_skipped_too(study: tuple[Stage, Scripted]) -> None:
    stage, room = study
    room.listeners.append(at_the_dot_of(2, lambda: elsewhere(stage, "cancel", SLUG, "--yes")))
    room.at("DOT", say("451 4.3.0 not now"), first=1)
    stage.send()
    assert report(stage)["skipped"] == {"cancelled": READERS - 1}
    assert len(room.taken()) == 1


def test_the_slug_is_typed_before_anything_is_cancelled(study: tuple[Stage, Scripted]) -> None:
    stage, _ = study
    stage.send("--limit", "3")
    command = [sys.executable, "-m", "newsletter", "cancel", SLUG]
    env = dict(os.environ) | environment(stage.home)
    run = forked.run(command, cwd=stage.folder, env=env, input="no\n")
    assert run.returncode == 130
    assert "3 got 2022-09; 9 who wait for it will never get it" in run.stderr
    assert "cannot be undone" in run.stderr
    assert report(stage)["waiting"] == 9


def test_status_says_that_it_is_being_sent_now_and_hinders_nobody(study: tuple[Stage, Scripted]) -> None:
    stage, room = study
    told: list[Ended] = []
    room.listeners.append(at_the_dot_of(3, lambda: told.append(elsewhere(stage, "status", "--json"))))
    assert stage.send().code == 0
    (found,) = json.loads(told[0].out)
    assert (found["state"], found["next"]) == ("sending", "newsletter report 2022-09")
    assert "being sent now: sent to 2 of 12" in found["told"]


def test_a_last_time_before_the_scheduled_one_is_refused(study: tuple[Stage, Scripted]) -> None:
    stage, room = study
    world = clock_of(stage, standing("2026-07-01T12:00:00+00:00"))
    stage.send("--at", "2026-07-03 09:00", "--no-wait", world=world)
    ended = stage.send("--not-after", "2026-07-02 09:00", world=world)
    assert ended.code == 2
    assert "must lie behind the time that it is scheduled for" in ended.err
    assert room.taken() == []


def test_what_was_never_queued_cannot_be_held(study: tuple[Stage, Scripted]) -> None:
    stage, _ = study
    for command in ("pause", "resume", "cancel"):
        ended = stage.run(command, SLUG)
        assert ended.code == 2
        assert "has not been sent" in ended.err


def test_an_issue_is_scheduled_and_goes_at_its_time(study: tuple[Stage, Scripted]) -> None:
    stage, room = study
    world = clock_of(stage, standing("2026-07-01T12:00:00+00:00"))
    ended = stage.send("--at", "2026-07-02 09:00", "--no-wait", world=world)
    assert ended.code == 75, ended.err
    assert "goes on Thursday 2 July 2026, 09:00 (Europe/London)" in ended.out
    assert "not after Thursday 2 July 2026, 21:00" in ended.out
    assert "crontab" in ended.err
    assert "2022-09 --yes --wait" in ended.err
    assert 'on-calendar="2026-07-02 08:00:00 UTC"' in ended.err
    (found,) = json.loads(stage.run("status", "--json", world=world).out)
    assert found["state"] == "scheduled"
    assert "09:00" in found["told"]
    early = stage.send(world=world)
    assert (early.code, room.taken()) == (75, [])
    clock_of(stage, standing("2026-07-02T08:00:01+00:00"))
    assert stage.send(world=world).code == 0
    assert len(room.taken()) == READERS


def test_a_machine_that_comes_late_fires_no_old_schedule(study: tuple[Stage, Scripted]) -> None:
    stage, room = study
    world = clock_of(stage, standing("2026-07-01T12:00:00+00:00"))
    stage.send("--at", "tomorrow 09:00", "--no-wait", world=world)
    clock_of(stage, standing("2026-07-09T08:00:00+00:00"))
    late = stage.send(world=world)
    assert late.code == 77
    assert "was not to go after Thursday 2 July 2026, 21:00" in late.err
    assert '--not-after "tomorrow 18:00"' in late.err
    assert room.taken() == []
    assert report(stage)["skipped"] == {"too-late": READERS}
    after_all = stage.send("--not-after", "18:00", world=world)
    assert after_all.code == 0, after_all.err
    assert len(room.taken()) == READERS
    assert stage.wrong_moves() == []


def test_a_send_with_wait_stays_until_its_time(study: tuple[Stage, Scripted]) -> None:
    stage, room = study
    world = clock_of(stage, standing("2026-07-01T12:00:00+00:00"))
    running = stage.start("send", SLUG, "--yes", "--at", "13:30", "--wait", world=world)
    until(lambda: "Ctrl-C ends the waiting" in text_of(running.err))
    assert room.taken() == []
    clock_of(stage, standing("2026-07-01T12:30:01+00:00"))
    ended = running.wait()
    assert ended.code == 0, ended.err
    assert "goes on Wednesday 1 July 2026, 13:30" in ended.err
    assert len(room.taken()) == READERS


def test_a_send_that_waits_hears_of_a_cancel(study: tuple[Stage, Scripted]) -> None:
    stage, room = study
    world = clock_of(stage, standing("2026-07-01T12:00:00+00:00"))
    running = stage.start("send", SLUG, "--yes", "--at", "13:30", "--wait", world=world)
    until(lambda: "Ctrl-C ends the waiting" in text_of(running.err))
    assert elsewhere(stage, "cancel", SLUG, "--yes").code == 0
    ended = running.wait()
    assert ended.code == 77
    assert "was cancelled" in ended.err
    assert room.taken() == []


def test_ctrl_c_while_it_waits_leaves_it_scheduled(study: tuple[Stage, Scripted]) -> None:
    stage, room = study
    world = clock_of(stage, standing("2026-07-01T12:00:00+00:00"))
    running = stage.start("send", SLUG, "--yes", "--at", "13:30", "--wait", world=world)
    until(lambda: "Ctrl-C ends the waiting" in text_of(running.err))
    os.kill(running.pid, 2)
    ended = running.wait()
    assert ended.code == 75, ended.err
    assert "goes on Wednesday 1 July 2026, 13:30" in ended.out
    assert room.taken() == []
    assert report(stage)["waiting"] == READERS


def test_a_file_that_cannot_be_read_at_the_time_holds_back_nothing_that_was_agreed_to(
    stage_of: Stages,
) -> None:
    with stage_of(3) as (stage, room):
        world = clock_of(stage, standing("2026-07-01T12:00:00+00:00"))
        stage.send("--at", "2026-07-02 09:00", "--no-wait", world=world)
        (stage.folder / "issues" / f"{SLUG}.yaml").write_text("title: [", encoding="utf-8")
        clock_of(stage, standing("2026-07-02T08:00:01+00:00"))
        ended = elsewhere(stage, "send", SLUG, "--yes", "--at", "now")
        assert ended.code == 0, ended.err
        assert "it goes on as approved when it was queued" in ended.err
        assert len(room.taken()) == 3
        (stage.folder / "issues" / f"{SLUG}.yaml").unlink()
        assert elsewhere(stage, "send", SLUG, "--yes").code == 0, "everybody has it"


def test_at_now_takes_the_time_away(study: tuple[Stage, Scripted]) -> None:
    stage, room = study
    world = clock_of(stage, standing("2026-07-01T12:00:00+00:00"))
    stage.send("--at", "tomorrow 09:00", "--no-wait", world=world)
    assert stage.send("--at", "now", world=world).code == 0
    assert len(room.taken()) == READERS


def test_a_send_with_wait_goes_on_when_what_was_put_off_is_due(study: tuple[Stage, Scripted]) -> None:
    stage, room = study
    world = clock_of(stage, standing("2026-07-01T12:00:00+00:00"))
    room.at("RCPT", say("450 4.2.0 try later"), only="reader3@", times=1)
    running = stage.start("send", SLUG, "--yes", "--wait", world=world)
    until(lambda: "Ctrl-C ends the waiting" in text_of(running.err))
    assert len(room.taken()) == READERS - 1
    clock_of(stage, standing("2026-07-01T12:20:00+00:00"))
    ended = running.wait()
    assert ended.code == 0, ended.err
    assert len(room.taken()) == READERS


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--at", "2026-07-01 09:00"), "is over"),
        (("--at", "soon"), "is not understood"),
        (("--at", "2027-03-28 01:30"), "does not exist"),
        (("--at", "2026-07-02 09:00", "--not-after", "2026-07-02 08:00"), "must lie behind"),
        (("--at", "09:00", "--test", "ada@example.org"), "do not go with --test"),
        (("--wait", "--limit", "3"), "which --limit forbids"),
    ],
)
def test_times_that_cannot_be_meant_are_refused_and_nothing_is_queued(
    study: tuple[Stage, Scripted], options: tuple[str, ...], said: str
) -> None:
    stage, room = study
    world = clock_of(stage, standing("2026-07-01T12:00:00+00:00"))
    ended = stage.send(*options, world=world)
    assert ended.code == 2
    assert said in ended.err
    assert stage.states() == {}
    assert room.heard == []


def test_a_dry_run_tells_between_which_times_it_would_leave_and_schedules_nothing(
    study: tuple[Stage, Scripted],
) -> None:
    stage, room = study
    world = clock_of(stage, standing("2026-07-01T12:00:00+00:00"))
    ended = stage.send(
        "--dry-run", "--at", "2026-07-02 09:00", "--not-after", "2026-07-02 18:00", world=world
    )
    assert ended.code == 0, ended.err
    assert "not before Thursday 2 July 2026, 09:00" in ended.err
    assert "not after Thursday 2 July 2026, 18:00" in ended.err
    assert (stage.states(), room.heard) == ({}, [])
    # Of what is scheduled already a dry run tells the times too, and changes none.
    assert stage.send("--at", "2026-07-02 09:00", world=world).code == 75
    before = _times(stage)
    assert "not before Thursday 2 July 2026, 09:00" in stage.send("--dry-run", world=world).err
    assert "not before Friday 3 July" in stage.send("--dry-run", "--at", "2026-07-03 09:00", world=world).err
    assert _times(stage) == before


def _times(stage: Stage) -> tuple[str, str]:
    with stage.rows() as conn:
        before, after = conn.execute("SELECT not_before, not_after FROM mailings").fetchone()
    return before, after


def test_a_run_that_died_after_its_last_receipt_reads_as_sent(study: tuple[Stage, Scripted]) -> None:
    stage, _ = study
    stage.send()
    with stage.rows() as conn:
        conn.execute("UPDATE mailings SET state = 'running', finished_at = ''")
    assert state(stage) == "sent"
    assert stage.run("report", SLUG).code == 0
    assert stage.send().code == 0
    with stage.rows() as conn:
        assert conn.execute("SELECT state FROM mailings").fetchone()[0] == "done"


def test_the_log_has_a_line_for_each_change_and_nobodys_address(study: tuple[Stage, Scripted]) -> None:
    stage, room = study
    room.at("RCPT", say("550 5.1.1 <reader3@example.org> is unknown"), only="reader3@")
    stage.send()
    path = stage.folder / "build" / SLUG / "send.log.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text(encoding="utf-8")
    assert "reader" not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert (lines[0]["event"], lines[0]["waiting"]) == ("begin", READERS)
    assert (lines[-1]["event"], lines[-1]["sent"], lines[-1]["refused"]) == ("end", READERS - 1, 1)
    ends = [line["state"] for line in lines if line.get("state") in ("sent", "refused")]
    assert (len(ends), ends.count("refused")) == (READERS, 1)


def test_without_a_terminal_there_is_a_line_for_every_tenth_and_none_with_json(
    study: tuple[Stage, Scripted],
) -> None:
    stage, _ = study
    ended = stage.send("--limit", "6")
    lines = [line for line in ended.err.splitlines() if line.startswith("progress ")]
    assert "issue=2022-09 done=6 total=6 sent=6 skipped=0 deferred=0 refused=0 in_doubt=0" in lines[-1]
    assert 2 <= len(lines) <= 11
    quiet = stage.send("--json")
    assert quiet.err == ""
    assert json.loads(quiet.out)["sent"] == READERS
