"""Somebody withdraws while their message is on its way: whose withdrawal was there before the claim gets nothing."""

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from proving import PLAIN, Stages, stages
from scripted import EXTENSIONS, Scripted
from stage import SLUG, Stage, judge, say_of

from newsletter.database import Database

READERS = 100
MOMENTS = ("MAIL", "RCPT", "DATA", "BODY", "WHOLE", "DOT", "ANSWERED")


@pytest.fixture(scope="module")
def stage_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    yield from stages(tmp_path_factory.mktemp("race"))


@dataclass
class Leavers:
    """People who withdraw when the server hears some moment of their own message, or of anybody's."""

    db: Database
    #: number of reader -> the moment of their own at which they go
    own: dict[int, str]
    #: after so many moments of anybody's -> numbers of readers
    at_large: dict[int, int]
    heard: int = 0
    gone: set[int] = field(default_factory=set)

    def __call__(self, moment: str, about: str) -> None:
        self.heard += 1
        if (number := self.at_large.get(self.heard)) is not None:
            self.leave(number)
        name = about.partition("@")[0].removeprefix("reader")
        if name.isdigit() and self.own.get(int(name)) == moment:
            self.leave(int(name))

    def leave(self, number: int) -> None:
        if number not in self.gone:
            self.gone.add(number)
            say_of(self.db, number, "withdrawn")


def race(stage: Stage, room: Scripted, chance: random.Random) -> Leavers:
    """A run during which half of all withdraw, each at a moment of chance."""
    chosen = chance.sample(range(READERS), READERS // 2)
    own = {number: chance.choice(MOMENTS[1:]) for number in chosen[::2]}
    at_large = {chance.randint(1, 400): number for number in chosen[1::2]}
    with stage.door() as db:
        leavers = Leavers(db, own, at_large)
        room.listeners.append(leavers)
        ended = stage.send()
        room.listeners.clear()
    assert ended.code == 0, ended
    return leavers


def order_of(stage: Stage) -> dict[int, list[str]]:
    """What happened of each reader's delivery and consent, in the order of the commits."""
    found: dict[int, list[str]] = {}
    with stage.rows() as conn:
        rows = conn.execute(
            "SELECT substr(contacts.name, 8), after FROM proof JOIN contacts ON contacts.id = proof.contact "
            "ORDER BY proof.id"
        )
        for name, after in rows:
            found.setdefault(int(name), []).append(after)
    return found


def prove(stage: Stage, room: Scripted, leavers: Leavers) -> int:
    """How many had withdrawn before their claim; none of them got anything."""
    arrived, early = set(room.recipients()), 0
    assert len(leavers.gone) > READERS // 4
    for number, order in order_of(stage).items():
        if "withdrawn" in order and "sending" in order:
            assert order.index("sending") < order.index("withdrawn"), "no claim after a withdrawal"
        elif "withdrawn" in order:
            early += 1
            assert f"reader{number}@example.org" not in arrived
            assert order[-1] == "skipped"
    found = judge(stage, room, READERS)
    assert (found.twice, found.untrue, found.wrong_moves, found.uninvited) == (0, 0, 0, 0)
    assert found.states == {"sent": READERS - early, "skipped": early}
    return early


def once(stage_of: Stages, seed: int) -> int:
    chance = random.Random(seed)  # noqa: S311  # moments, not secrets
    server: dict[str, Any] = {"extensions": chance.choice((EXTENSIONS, PLAIN))}
    with stage_of(READERS, server=server, connections=chance.choice((1, 4, 8))) as (stage, room):
        leavers = race(stage, room, chance)
        return prove(stage, room, leavers)


def test_fifty_withdrawals_at_moments_of_chance(stage_of: Stages) -> None:
    assert once(stage_of, 1) > 0


@pytest.mark.soak
def test_a_thousand_withdrawals_at_moments_of_chance(stage_of: Stages) -> None:
    assert sum(once(stage_of, seed) for seed in range(20)) > 200


@pytest.mark.parametrize("lines", [1, 4])
@pytest.mark.parametrize("moment", ["RCPT", "DATA"])
def test_whoever_withdraws_before_the_body_is_there_gets_nothing(
    stage_of: Stages, moment: str, lines: int
) -> None:
    with (
        stage_of(12, server={"extensions": PLAIN}, connections=lines) as (stage, room),
        stage.door() as db,
    ):
        everybody = dict.fromkeys(range(0, 12, 2), moment)
        room.listeners.append(Leavers(db, everybody, {}))
        assert stage.send().code == 0
        assert judge(stage, room, 12).states == {"sent": 6, "skipped": 6}
        assert {int(address[6:].partition("@")[0]) % 2 for address in room.recipients()} == {1}
        with stage.rows() as conn:
            assert set(conn.execute("SELECT reason FROM deliveries WHERE state = 'skipped'")) == {
                ("withdrawn",)
            }


def test_whoever_withdraws_with_the_command_meanwhile_gets_nothing(stage_of: Stages) -> None:
    with stage_of(12, server={"extensions": PLAIN}) as (stage, room):
        begun, go_on = threading.Event(), threading.Event()

        def wait(moment: str, about: str) -> None:
            if moment == "RCPT" and not begun.is_set():
                begun.set()
                go_on.wait(60)

        room.listeners.append(wait)
        running = stage.start("send", SLUG, "--yes")
        assert begun.wait(60)
        left = [f"reader{number}@example.org" for number in (0, 7, 11)]
        ends = [stage.run("consent", "withdraw", address, "--list", "partners") for address in left]
        go_on.set()
        ended = running.wait()
        assert [end.code for end in ends] == [0, 0, 0], ends
        assert ended.code == 0, ended
        assert not set(left) & set(room.recipients())
        assert judge(stage, room, 12).states == {"sent": 9, "skipped": 3}
