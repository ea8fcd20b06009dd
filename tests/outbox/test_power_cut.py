"""A power cut, as it can be played: the database's files as the disk had them at an instant, on another machine.

What SQLite has said to be on the disk is there; of what it wrote since, any part may be. So the log
is cut anywhere after the last commit that was said to be kept, or ends in a frame that is torn.
"""

import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import frames_of
from proving import PLAIN, Stages, stages
from scripted import EXTENSIONS, Scripted
from stage import SLUG, Stage, adopt, judge
from test_kill import DEATHS, killed

pytestmark = pytest.mark.soak  # most of a minute; the kills of every run go the same way

READERS = 200
_HEAD, _FRAME = 32, 24 + 4096
#: How far a delivery has come; nothing goes back while the server is well.
_RANK = {"waiting": 0, "sending": 1, "sent": 2, "in-doubt": 2}


@pytest.fixture(scope="module")
def stage_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    yield from stages(tmp_path_factory.mktemp("power"))


def elsewhere(stage: Stage, root: Path, *, frames: int | None, torn: bool = False) -> Stage:
    """Another machine with the files as they are, the log cut after so many frames, the next one torn."""
    shutil.copytree(stage.folder.parent, root)
    other = Stage(root / "study", root / "home", stage.driver, template=stage.template)
    Path(f"{other.database}-shm").unlink(missing_ok=True)
    log = Path(f"{other.database}-wal")
    if frames is not None and log.exists():
        size = _HEAD + frames * _FRAME
        data = bytearray(log.read_bytes())
        end = min(len(data), size + _FRAME // 2) if torn else size
        # What the log held before it was begun anew may still stand behind.
        data[end : size + _FRAME] = bytes(len(data[end : size + _FRAME]))
        log.write_bytes(data)
    return other


def kept_for_certain(stage: Stage, notes: Path) -> tuple[int, int]:
    """How many frames of the log are on the disk, and how many were written."""
    salts, written = frames_of(Path(f"{stage.database}-wal"))
    lines = notes.read_text(encoding="ascii").splitlines() if notes.exists() else []
    noted = [line.split(" ") for line in lines]
    # Begun anew since the last note: all that went before is in the database itself.
    certain = int(noted[-1][1]) if noted and noted[-1][0] == salts else 0
    return min(certain, written), written


def cut(stage_of: Stages, tmp: Path, death: str, chance: random.Random) -> int:
    """One power cut in a run, and the machine started again from three disks; the doubts of the strictest."""
    lines = chance.choice((1, 4, 8))
    server = {"extensions": chance.choice((EXTENSIONS, PLAIN))}
    with stage_of(READERS, server=server, connections=lines) as (stage, room):
        notes = stage.home / "synced"
        if not killed(stage, room, death, chance, most=READERS // 2, world={"synced": str(notes)}):
            return 0
        certain, written = kept_for_certain(stage, notes)
        arrived = set(room.recipients())
        for number, (frames, torn) in enumerate(
            [(written, False), (chance.randint(certain, written), True), (certain, False)]
        ):
            other = elsewhere(stage, tmp / f"{death}-{number}", frames=frames, torn=torn)
            assert other.is_whole()
            adopt(other)
            assert other.run("resolve", SLUG).code in (0, 2)  # nothing was queued yet, if it died early
            states = other.states()
            doubts = Counter(states.values())["in-doubt"]
            assert doubts <= lines, (doubts, lines, frames, certain, written)
            claimed = {email for email, state in states.items() if state in ("sent", "in-doubt")}
            assert arrived <= claimed, "what arrived had been claimed"
            assert {email for email, state in states.items() if state == "sent"} <= arrived
        return going_on(other, room, doubts)


def going_on(other: Stage, room: Scripted, doubts: int) -> int:
    """From the disk that lost most: everybody else gets theirs."""
    ended = other.send()
    assert ended.code == (1 if doubts else 0), ended
    found = judge(other, room, READERS)
    assert found.sound, found
    assert found.states == +Counter({"sent": READERS - doubts, "in-doubt": doubts})
    shutil.rmtree(other.folder.parent)
    return doubts


@pytest.mark.parametrize("death", DEATHS)
def test_after_a_power_cut_nobody_gets_two(stage_of: Stages, tmp_path: Path, death: str) -> None:
    cut(stage_of, tmp_path, death, random.Random(death))  # noqa: S311  # moments, not secrets


@pytest.mark.soak
def test_after_two_hundred_power_cuts_nobody_has_two(stage_of: Stages, tmp_path: Path) -> None:
    for number in range(210):
        chance = random.Random(number)  # noqa: S311  # moments, not secrets
        cut(stage_of, tmp_path / str(number), DEATHS[number % len(DEATHS)], chance)


@pytest.mark.parametrize("images", [12, pytest.param(200, marks=pytest.mark.soak)])
def test_in_copies_made_while_it_sends_no_state_goes_back(
    stage_of: Stages, tmp_path: Path, images: int
) -> None:
    chance = random.Random(images)  # noqa: S311  # moments, not secrets
    while images > 0:
        with stage_of(READERS, connections=4) as (stage, room):
            taken = pictures(stage, room, tmp_path, chance)
            follow(taken)
            images -= len(taken)


def pictures(stage: Stage, room: Scripted, tmp: Path, chance: random.Random) -> list[tuple[Stage, set[str]]]:
    """Copies of the files at instants of one run, each with who had theirs by then."""
    found: list[tuple[Stage, set[str]]] = []
    running = stage.start("send", SLUG, "--yes")
    while not (ended := is_over(running.pid)):
        time.sleep(chance.uniform(0, 0.02))
        os.kill(running.pid, signal.SIGSTOP)
        while not (ended := is_over(running.pid)) and state_of(running.pid) != "T":
            time.sleep(0.0005)
        if not ended:
            root = tmp / f"image-{stage.folder.parent.parent.name}-{len(found)}"
            found.append((elsewhere(stage, root, frames=None), set(room.recipients())))
            os.kill(running.pid, signal.SIGCONT)
    assert running.wait().code == 0
    return found


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]


def is_over(pid: int) -> bool:
    return state_of(pid) == "Z"


def follow(taken: list[tuple[Stage, set[str]]]) -> None:
    before: dict[str, str] = {}
    for image, arrived in taken:
        assert image.is_whole()
        states = image.states()
        for email, state in states.items():
            assert _RANK[state] >= _RANK[before.get(email, "waiting")], "nothing goes back"
            assert state != "sent" or email in arrived
        assert arrived <= {email for email, state in states.items() if state != "waiting"}
        assert Counter(states.values())["sending"] <= 4
        before = states
        shutil.rmtree(image.folder.parent)
