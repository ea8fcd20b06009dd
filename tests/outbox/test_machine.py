"""Mailings lived through at random, against a small model of the moves in docs/outbox.md."""

import json
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky, FlakyFailure
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from proving import PLAIN, Stages, stages
from scripted import EXTENSIONS, HANG_UP, Act, Scripted, say
from stage import SLUG, Stage, join, say_of

#: What a server does to one message -> what the delivery is after it, whatever it was about.
FAULTS: dict[str, tuple[str, Act, str]] = {
    "put off at RCPT": ("RCPT", say("450 4.2.0 later"), "waiting"),
    "put off at the dot": ("DOT", say("451 4.3.0 later"), "waiting"),
    "refused at RCPT": ("RCPT", say("550 5.1.1 no"), "refused"),
    "refused at the dot": ("DOT", say("554 5.6.0 no"), "refused"),
    "lost at DATA": ("DATA", HANG_UP, "waiting"),
    "lost at the dot": ("DOT", HANG_UP, "in-doubt"),
    "taken and lost": ("DOT", Act(then="hang up", takes=True), "in-doubt"),
}
DEATHS = [("commit", "before"), ("commit", "after"), ("write_body", "after"), ("send_dots", "before"), ("send_dots", "after"), ("heard", "after")]  # fmt: skip
READERS = 6
#: Nothing that is drawn may depend on what has happened: where a kill strikes is chance, and a replay would differ.
_WHO = st.integers(0, 99)
_DAY = 86_400


class Mailing(RuleBasedStateMachine):
    """`model` has the state that each reader's delivery must have; only a kill leaves it to the rows to say which."""

    stages: ClassVar[Stages]
    broken: ClassVar[dict[str, bool]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.exits = ExitStack()
        self.model: dict[int, str] = {}
        self.agreed: set[int] = set(range(READERS))
        self.gone_before: dict[int, int] = {}  # who has withdrawn -> copies that they had then
        self.people = READERS
        self.days = 0

    @initialize(lines=st.sampled_from([1, 3]), piped=st.booleans())
    def begin(self, lines: int, piped: bool) -> None:
        server = {"extensions": EXTENSIONS if piped else PLAIN}
        self.lines = lines
        opened = type(self).stages(READERS, server=server, connections=lines)
        self.stage: Stage
        self.room: Scripted
        self.stage, self.room = self.exits.enter_context(opened)

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            self.end_well()
        self.exits.close()

    def end_well(self) -> None:
        """Whatever happened: from a server that is well, whoever waits gets theirs, and nobody two."""
        self.room.well()
        if self.paused():
            self.set_state("running")
        if self.model or self.agreed:
            self.deliver(())
        assert not self.waiting()

    def world(self) -> dict[str, Any]:
        """A day later at each run, so that whatever was put off is due."""
        self.days += 1
        clock = self.stage.home / "clock"
        clock.write_text(str(self.days * _DAY), encoding="ascii")
        return {"clock": str(clock), **self.broken}

    def waiting(self) -> list[int]:
        return [number for number, state in self.model.items() if state == "waiting"]

    def recover(self) -> None:
        """What every run begins with that has something to send, and every decision."""
        for number, state in self.model.items():
            if state == "sending":
                self.model[number] = "in-doubt"

    def deliver(self, faults: tuple[str, ...]) -> None:
        """A run to its end, in which the first of those who wait meet these faults."""
        self.queue()
        if not self.waiting():
            return
        self.recover()
        owed = [number for number in self.waiting() if number in self.agreed]
        for number in self.waiting():
            self.model[number] = "sent" if number in self.agreed else "skipped"
        for name, number in zip(faults, owed, strict=False):
            moment, act, then = FAULTS[name]
            self.room.at(moment, act, only=f"reader{number}@", times=1)
            self.model[number] = then
        ended = self.stage.send(world=self.world())
        self.room.well()
        assert ended.code == self.code(), (ended, self.model)

    def queue(self) -> None:
        if not self.model:
            self.model = {
                number: "waiting" if number in self.agreed else "skipped" for number in range(self.people)
            }

    def code(self) -> int:
        states = set(self.model.values())
        return 75 if "waiting" in states else int(bool(states & {"refused", "in-doubt", "sending"}))

    def may_run(self) -> bool:
        return bool(self.agreed) and not self.paused()

    def paused(self) -> bool:
        return bool(self.model) and getattr(self, "is_paused", False)

    @rule(faults=st.lists(st.sampled_from(sorted(FAULTS)), max_size=2).map(tuple))
    def send(self, faults: tuple[str, ...]) -> None:
        if not self.may_run():
            return
        self.deliver(faults)

    @rule(death=st.sampled_from(DEATHS), nth=st.integers(1, 5))
    def send_and_die(self, death: tuple[str, str], nth: int) -> None:
        if not self.may_run():
            return
        before = Counter(self.model.values())["in-doubt"] + Counter(self.model.values())["sending"]
        kill = {"function": death[0], "when": death[1], "nth": nth, "seconds": 0}
        ended = self.stage.send(world={**self.world(), "kill": kill})
        assert ended.code in (-signal.SIGKILL, 0, 1, 75), ended
        self.adopt_rows()
        states = Counter(self.model.values())
        assert states["in-doubt"] + states["sending"] <= before + self.lines

    def adopt_rows(self) -> None:
        """After a kill: each that waited may be anywhere on its way, as far as the server's log allows."""
        arrived = set(self.room.recipients())
        rows = {number_of(email): state for email, state in self.stage.states().items()}
        was = self.model or dict.fromkeys(rows, "waiting")
        for number, state in rows.items():
            if was[number] == "waiting":
                allowed = (
                    {"sending", "sent"}
                    if email_of(number) in arrived
                    else {"waiting", "sending", "skipped", "in-doubt"}
                )
                if number not in self.agreed:
                    allowed = {"waiting", "skipped"}
                assert state in allowed, (number, state)
            elif was[number] == "sending":
                assert state in ("sending", "in-doubt")
            else:
                assert state == was[number]
        self.model = rows

    @rule(chosen=_WHO)
    def withdraw(self, chosen: int) -> None:
        if not self.agreed:
            return
        number = sorted(self.agreed)[chosen % len(self.agreed)]
        with self.stage.door() as db:
            say_of(db, number, "withdrawn")
        self.agreed.discard(number)
        self.gone_before[number] = Counter(self.room.recipients())[email_of(number)]

    @rule()
    def newcomer(self) -> None:
        """Somebody joins; they are only written to if the operator says so."""
        if self.people < READERS + 3:
            with self.stage.door() as db:
                join(db, self.people)
            self.agreed.add(self.people)
            self.people += 1

    @rule()
    def add_newcomers(self) -> None:
        if not (self.model and self.may_run()):
            return
        if self.waiting() or self.agreed - set(self.model):
            self.recover()
        for number in range(self.people):
            if number in self.agreed and self.model.get(number) in (None, "waiting"):
                self.model[number] = "sent"
            elif self.model.get(number) == "waiting":
                self.model[number] = "skipped"
        ended = self.stage.send("--add-new", world=self.world())
        assert ended.code == self.code(), ended

    @rule(chosen=_WHO)
    def decide(self, chosen: int) -> None:
        """The operator has read the server's log, and says of one what is true."""
        if not ({"in-doubt", "sending"} & set(self.model.values())):
            return
        self.recover()
        doubtful = sorted(number for number, state in self.model.items() if state == "in-doubt")
        number = doubtful[chosen % len(doubtful)]
        arrived = email_of(number) in self.room.recipients()
        with self.stage.rows() as conn:
            row = conn.execute("SELECT id FROM deliveries WHERE email = ?", (email_of(number),)).fetchone()
        ended = self.stage.run("resolve", SLUG, "--delivered" if arrived else "--send-again", str(row[0]))
        assert ended.code == 0, ended
        self.model[number] = "sent" if arrived else "waiting"

    @rule()
    def pause(self) -> None:
        if not (self.model and not self.paused() and self.waiting()):
            return
        self.set_state("paused")
        heard = len(self.room.heard)
        ended = self.stage.send(world=self.world())
        assert ended.code == 77, ended
        assert len(self.room.heard) == heard, "a paused mailing speaks to no server"
        rows = {number_of(email): state for email, state in self.stage.states().items()}
        if "in-doubt" in {rows[number] for number, state in self.model.items() if state == "sending"}:
            self.recover()  # it may tidy up before it declines, or not

    @rule()
    def resume(self) -> None:
        if not self.paused():
            return
        self.set_state("running")

    def set_state(self, state: str) -> None:
        self.is_paused = state == "paused"
        with self.stage.rows() as conn:
            conn.execute("UPDATE mailings SET state = ?", (state,))

    @invariant()
    def rows_are_as_the_model_says(self) -> None:
        if self.model:
            rows = {number_of(email): state for email, state in self.stage.states().items()}
            assert rows == self.model

    @invariant()
    def nobody_has_two_or_what_they_did_not_want(self) -> None:
        if not hasattr(self, "stage"):
            return
        arrived = Counter(self.room.recipients())
        assert max(arrived.values(), default=0) <= 1
        assert "cleo@example.org" not in arrived
        for number, copies in self.gone_before.items():
            assert arrived[email_of(number)] == copies, "nothing after a withdrawal"
        for number, state in self.model.items():
            assert state in ("sent", "in-doubt", "sending") or not arrived[email_of(number)]
            assert state != "sent" or arrived[email_of(number)]

    @invariant()
    def only_lettered_moves_were_made(self) -> None:
        if hasattr(self, "stage"):
            assert self.stage.wrong_moves() == []
            assert self.room.wrongs == []

    @rule()
    def the_equation_holds(self) -> None:
        if not self.model:
            return
        found = json.loads(self.stage.run("report", SLUG, "--json").out)
        states = Counter(self.model.values())
        assert found["candidates"] == len(self.model)
        assert (found["sent"], found["refused"], found["waiting"]) == (
            states["sent"],
            states["refused"],
            states["waiting"],
        )
        assert found["in_doubt"] == states["in-doubt"] + states["sending"]
        assert sum(found["skipped"].values()) == states["skipped"]


class BegunBadly(Mailing):
    """The first run dies between a claim and its final dot, whatever else is drawn."""

    @initialize(lines=st.sampled_from([1, 3]), piped=st.booleans())
    def begin(self, lines: int, piped: bool) -> None:
        super().begin(lines, piped)
        self.send_and_die(("send_dots", "before"), 1)
        assert "sending" in self.model.values()


def email_of(number: int) -> str:
    return f"reader{number}@example.org"


def number_of(email: str) -> int:
    return int(email.partition("@")[0].removeprefix("reader"))


@pytest.fixture(scope="module")
def stage_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    yield from stages(tmp_path_factory.mktemp("machine"))


def live_through(
    stage_of: Stages, examples: int, steps: int, mailing: type[RuleBasedStateMachine] = Mailing, **odd: Any
) -> None:
    """So many mailings of so many steps; `odd` is what is broken in them."""
    machine = type("Machine", (mailing,), {"stages": staticmethod(stage_of), "broken": odd})
    bounds = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=bounds)


@pytest.mark.parametrize(("examples", "steps"), [(15, 14), pytest.param(400, 30, marks=pytest.mark.soak)])
def test_whatever_happens_a_mailing_moves_as_the_docs_say(
    stage_of: Stages, examples: int, steps: int
) -> None:
    live_through(stage_of, examples, steps)


def test_the_model_follows_a_mailing_that_begins_with_a_death(stage_of: Stages) -> None:
    live_through(stage_of, 3, 6, BegunBadly)


@pytest.mark.parametrize("broken", ["resend", "forget"])
def test_the_model_notices_an_engine_that_guesses(stage_of: Stages, broken: str) -> None:
    with pytest.raises((AssertionError, FlakyFailure)):
        live_through(stage_of, 3, 6, BegunBadly, **{broken: True})


@pytest.mark.soak
@pytest.mark.parametrize("broken", ["resend", "forget"])
def test_what_is_drawn_leads_to_what_an_engine_that_guesses_does_wrong(stage_of: Stages, broken: str) -> None:
    with pytest.raises((AssertionError, Flaky)):
        live_through(stage_of, 400, 14, **{broken: True})
