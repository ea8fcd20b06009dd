"""The world's faults: a disk that is full, a database that is held, gone or read-only, clocks, names, keyrings."""

import os
import resource
import shutil
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from postroom import postroom
from proving import Stages, stages, told_over
from scripted import Scripted, say
from stage import SLUG, Running, Stage, judge, settle

READERS = 24
LINES = [1, 4]


@pytest.fixture(scope="module")
def stage_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    yield from stages(tmp_path_factory.mktemp("world"))


def at_nth(room: Scripted, moment: str, nth: int, do: Callable[[], None]) -> None:
    """Do this once, when the server hears of the moment for the nth time, before it answers."""
    left = [nth]

    def listen(heard: str, about: str) -> None:
        if heard == moment:
            left[0] -= 1
            if left[0] == 0:
                do()

    room.listeners.append(listen)


def well_again(stage: Stage, room: Scripted, *, in_doubt: int) -> None:
    """The next run serves whoever waits; nobody gets two."""
    room.listeners.clear()
    ended = stage.send()
    found = judge(stage, room, READERS)
    assert found.sound, (found, ended)
    assert found.states == +Counter({"sent": READERS - in_doubt, "in-doubt": in_doubt}), ended
    assert ended.code == (1 if in_doubt else 0), ended


def doubts(stage: Stage) -> int:
    return sum(state in ("sending", "in-doubt") for state in stage.states().values())


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of this size."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "proof", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system can be mounted by root alone")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("lines", LINES)
@pytest.mark.parametrize("moment", ["MAIL", "BODY", "DOT"])
def test_a_full_disk_stops_the_run_and_nobody_gets_two(
    stage_of: Stages, tmp_path: Path, moment: str, lines: int
) -> None:
    with stage_of(READERS, connections=lines) as (whole, room), small_disk(tmp_path / "disk", 24) as disk:
        stage = settle(disk / "here", whole.template, whole.driver, room.port, connections=lines)
        stage.outputs, filler = tmp_path, disk / "filler"
        at_nth(room, moment, 10, lambda: fill(filler))
        ended = stage.send()
        assert ended.code == 78, ended
        assert "full" in ended.err, ended
        assert "Traceback" not in ended.err, ended
        left = doubts(stage)
        assert left <= lines
        assert Counter(stage.states().values())["waiting"] > 0
        filler.unlink()
        well_again(stage, room, in_doubt=left)


def test_of_a_full_disk_the_lead_is_told_and_what_is_known_is_printed(
    stage_of: Stages, tmp_path: Path
) -> None:
    with (
        postroom() as elsewhere,
        stage_of(READERS) as (whole, room),
        small_disk(tmp_path / "disk", 24) as disk,
    ):
        stage = settle(disk / "here", whole.template, whole.driver, room.port)
        stage.outputs = tmp_path
        told_over(stage, elsewhere.port)
        at_nth(room, "DOT", 10, lambda: fill(disk / "filler"))
        ended = stage.send()
        assert ended.code == 78, ended
        left = doubts(stage)
        sent = Counter(stage.states().values())["sent"]
        assert f"{READERS} candidates = {sent} sent" in ended.out
        assert f"{left} in doubt" in ended.out
        assert ("newsletter resolve 2022-09" in ended.out) is (left > 0)
        assert "full" in ended.err
        assert "A notice was mailed to lead@example.org." in ended.err
        (post,) = elsewhere.taken
        assert f"Subject: 2022-09: stopped, sent to {sent} of {READERS}".encode() in post.content
        told = message_from_bytes(post.content, policy=policy.default).get_content()
        assert "full" in told or "no room left" in told


def fill(path: Path) -> None:
    """Until nothing more fits."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


@pytest.mark.parametrize("lines", LINES)
@pytest.mark.parametrize("moment", ["BODY", "DOT"])
def test_a_disk_that_takes_no_more_stops_the_run_and_nobody_gets_two(
    stage_of: Stages, moment: str, lines: int
) -> None:
    with stage_of(READERS, connections=lines) as (stage, room):
        running: list[Running] = []
        ready = threading.Event()

        def stop_growing() -> None:
            assert ready.wait(60)
            size = Path(f"{stage.database}-wal").stat().st_size
            hard = resource.prlimit(running[0].pid, resource.RLIMIT_FSIZE)[1]
            resource.prlimit(running[0].pid, resource.RLIMIT_FSIZE, (size, hard))

        at_nth(room, moment, 10, stop_growing)
        running.append(stage.start("send", SLUG, "--yes"))
        ready.set()
        ended = running[0].wait()
        assert ended.code == 78, ended
        assert "Traceback" not in ended.err, ended
        left = doubts(stage)
        assert left <= lines
        well_again(stage, room, in_doubt=left)


@contextmanager
def held(stage: Stage) -> Iterator[None]:
    """The database, as another program holds it that writes."""
    with closing(sqlite3.connect(stage.database, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.parametrize("lines", LINES)
@pytest.mark.parametrize("moment", ["MAIL", "BODY", "DOT"])
def test_a_database_that_is_held_for_a_second_is_waited_for(
    stage_of: Stages, moment: str, lines: int
) -> None:
    with stage_of(READERS, connections=lines) as (stage, room):
        holder: list[threading.Thread] = []
        begun = threading.Event()

        def hold() -> None:
            with held(stage):
                begun.set()
                time.sleep(1)

        def start() -> None:
            holder.append(threading.Thread(target=hold))
            holder[0].start()
            assert begun.wait(60)

        at_nth(room, moment, 5, start)
        ended = stage.send()
        holder[0].join()
        assert (ended.code, judge(stage, room, READERS).states) == (0, {"sent": READERS}), ended


@pytest.mark.parametrize("lines", LINES)
@pytest.mark.parametrize("moment", ["BODY", "DOT"])
def test_a_database_that_is_held_for_longer_stops_the_run(stage_of: Stages, moment: str, lines: int) -> None:
    """Ten seconds are its patience for a claim and ten minutes for a receipt; here, a fifth of a second and two."""
    with stage_of(READERS, connections=lines) as (stage, room):
        done, begun = threading.Event(), threading.Event()

        def hold() -> None:
            with held(stage):
                begun.set()
                done.wait(60)

        holder = threading.Thread(target=hold)

        def start() -> None:
            holder.start()
            assert begun.wait(60)

        at_nth(room, moment, 5, start)
        ended = stage.send(world={"impatient": 200})
        taken = len(room.taken())
        done.set()
        holder.join()
        assert ended.code == 78, ended
        assert "in use by another program" in ended.err, ended
        left = doubts(stage)
        assert left <= lines
        assert taken < READERS
        well_again(stage, room, in_doubt=left)


@pytest.mark.parametrize("lines", LINES)
def test_a_database_that_may_only_be_read_sends_nothing(stage_of: Stages, lines: int) -> None:
    with stage_of(READERS, connections=lines) as (stage, room):
        ended = stage.send(world={"read only": True})
        assert ended.code == 78, ended
        assert "Traceback" not in ended.err, ended
        assert room.heard == []
        well_again(stage, room, in_doubt=0)


@pytest.mark.parametrize("lines", LINES)
@pytest.mark.parametrize("fate", ["deleted", "replaced"])
def test_a_database_that_is_another_file_by_now_ends_the_run(stage_of: Stages, fate: str, lines: int) -> None:
    with stage_of(READERS, connections=lines) as (stage, room):
        before: list[int] = []

        def take_away() -> None:
            before.append(len(room.taken()))
            copy = stage.folder / "copy.db"
            shutil.copy(stage.database, copy)
            stage.database.unlink()
            if fate == "replaced":
                copy.rename(stage.database)

        at_nth(room, "BODY", 8, take_away)
        ended = stage.send()
        assert ended.code == 78, ended
        assert "was deleted or replaced" in ended.err, ended
        assert len(room.taken()) <= before[0] + lines
        taken = len(room.taken())
        room.listeners.clear()
        again = stage.send()
        assert again.code == 78, again
        assert len(room.taken()) == taken, "what does not know of all that was sent does not send"


CLOCKS = {
    "back a day": ("0", "-86400"),
    "forward a day": ("0", "86400"),
    "over the night of summer time": ("at 2026-10-25T00:59:59+00:00 {}", "3600"),
    "beyond 2038": ("0", "at 2038-01-19T03:14:06+00:00 {}"),
    "back from 2038": ("at 2038-01-19T03:14:09+00:00 {}", "0"),
}


@pytest.mark.parametrize("lines", LINES)
@pytest.mark.parametrize("jump", CLOCKS)
def test_a_clock_that_jumps_makes_nobody_get_two_or_none(stage_of: Stages, jump: str, lines: int) -> None:
    first, then = (text.format(time.time()) for text in CLOCKS[jump])
    with stage_of(READERS, connections=lines, rate="50/second") as (stage, room):
        clock = stage.home / "clock"
        clock.write_text(first, encoding="ascii")
        at_nth(room, "MAIL", 10, lambda: set_clock(clock, then))
        room.at("RCPT", say("450 4.2.0 later"), only="reader3@", times=1)
        ended = stage.send(world={"clock": str(clock)})
        states = Counter(stage.states().values())
        assert states in ({"sent": READERS - 1, "waiting": 1}, {"sent": READERS}), ended
        # Whatever the clock said when it was put off, in two days it is due.
        set_clock(
            clock,
            str(2 * 86400) if not then.startswith("at") else f"at 2038-01-20T09:00:00+00:00 {time.time()}",
        )
        last = stage.send(world={"clock": str(clock)})
        found = judge(stage, room, READERS)
        assert found.sound
        assert found.states == {"sent": READERS}, last


def set_clock(path: Path, text: str) -> None:
    """At once: the command never sees half of it."""
    path.with_suffix(".new").write_text(text, encoding="ascii")
    path.with_suffix(".new").replace(path)


@pytest.mark.parametrize("lines", LINES)
def test_a_name_that_cannot_be_found_is_a_server_that_is_away(stage_of: Stages, lines: int) -> None:
    with stage_of(READERS, connections=lines, host="mail.example.org", security="starttls") as (stage, room):
        ended = stage.send(world={"no dns": True})
        assert ended.code == 69, ended
        assert "Traceback" not in ended.err
        assert Counter(stage.states().values()) == {"waiting": READERS}
        assert room.heard == []


def test_a_keyring_that_stays_locked_sends_nothing(stage_of: Stages) -> None:
    with stage_of(READERS, user="news") as (stage, room):
        stage.environment = {"PYTHON_KEYRING_BACKEND": "lockedring.Locked"}
        ended = stage.send()
        assert ended.code == 78, ended
        assert "Traceback" not in ended.err, ended
        assert "keyring" in ended.err
        assert room.heard == []
        assert not stage.states(), "nothing was queued"
    assert "PYTHON_KEYRING_BACKEND" not in os.environ
