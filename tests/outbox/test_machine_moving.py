"""Mailings lived through at random by people who change their addresses, give them back and share them.

What a run must do is told by the rules of `foreseen.py` from the rows before it; what may never happen is
held against what the mail server was offered.
"""

import datetime as dt
import email
import email.policy
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, ClassVar

import pytest
from foreseen import Row, foresee, rows_of
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from proving import PLAIN, Stages, stages
from scripted import EXTENSIONS, Scripted
from stage import SLUG, Stage, join, say_of
from test_machine import DEATHS, FAULTS, live_through

from newsletter.addresses import normalise
from newsletter.contacts import Changes, edit_contact
from newsletter.tokens import address_key

READERS = 5
#: The readers' own, which others may take over, and two that are nobody's at first.
PLACES = [
    *(f"reader{number}@example.org" for number in range(READERS)),
    "new0@example.org",
    "new1@example.org",
]
#: An address that is dead would be barred to whoever has it next: that is about suppressions, and left out here.
MISHAPS = {name: fault for name, fault in FAULTS.items() if name != "refused at RCPT"}
_WHO, _WHERE, _MISHAP = st.integers(0, 99), st.sampled_from(PLACES), st.sampled_from(sorted(MISHAPS))
#: More than the longest wait for the next attempt, and little enough that nobody is given up.
_LATER = 7 * 3_600


class Moving(RuleBasedStateMachine):
    """`home` is where each person lives, by the number of their contact; `rows` are as the last command left them."""

    stages: ClassVar[Stages]
    broken: ClassVar[dict[str, bool]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.exits = ExitStack()
        self.home: dict[int, str] = {}
        self.names: dict[str, int] = {}
        self.agreed: set[int] = set()
        self.rows: list[Row] = []
        self.frozen: dict[int, tuple[str, ...]] = {}
        self.told = 0  # how much of what was offered has been looked at
        self.bytes: dict[str, bytes] = {}
        self.runs = 0

    @initialize(
        lines=st.sampled_from([1, 3]),
        piped=st.booleans(),
        faults=st.dictionaries(st.sampled_from(PLACES[:READERS]), _MISHAP, min_size=2, max_size=2),
    )
    def begin(self, lines: int, piped: bool, faults: dict[str, str]) -> None:
        """Two of them share an address, and a first run leaves some waiting or in doubt.

        No more than two meet a mishap: a line that is lost three times in a row may stop the run.
        """
        server = {"extensions": EXTENSIONS if piped else PLAIN, "keep_contents": True}
        self.lines = lines
        self.stage: Stage
        self.room: Scripted
        self.stage, self.room = self.exits.enter_context(
            type(self).stages(READERS, server=server, connections=lines)
        )
        with self.stage.door() as db:
            self.key = db.key
        self.meet()
        self.rehouse(self.names["Reader 4"], PLACES[3])
        self.deliver(faults)

    def teardown(self) -> None:
        if hasattr(self, "stage") and self.home:
            self.room.well()
            if self.may_run():
                self.deliver({}, newcomers=True)
            assert not [row for row in self.rows if row.state == "waiting"]
        self.exits.close()

    def meet(self) -> None:
        """Whoever is on file and was not known here."""
        with self.stage.rows() as conn:
            found = conn.execute(
                "SELECT c.id, c.name, a.email FROM contacts c JOIN addresses a ON a.contact_id = c.id "
                "AND a.is_primary = 1 WHERE c.name LIKE 'Reader %'"
            ).fetchall()
        for number, name, address in found:
            if number not in self.home:
                self.home[number], self.names[name] = address, number
                self.agreed.add(number)

    def key_of(self, address: str) -> str:
        return address_key(self.key, normalise(address))

    def look(self) -> None:
        with self.stage.rows() as conn:
            self.rows = rows_of(conn, self.key_of)

    def world(self) -> dict[str, Any]:
        self.runs += 1
        clock = self.stage.home / "clock"
        clock.write_text(str(self.runs * _LATER), encoding="ascii")
        return {"clock": str(clock), **self.broken}

    def may_run(self) -> bool:
        return bool(self.rows) or bool(self.agreed)

    def deliver(self, faults: dict[str, str], *, newcomers: bool = False) -> None:
        """A run to its end, held against what was foreseen; `faults` by the address that meets them."""
        for address, name in faults.items():
            moment, act, _ = MISHAPS[name]
            self.room.at(moment, act, only=address, times=1)
        # The first run asks everybody, whether or not it is told to.
        new = newcomers or not self.rows
        before = self.rows
        ended = self.stage.send(*(["--add-new"] if newcomers else []), world=self.world())
        self.room.well()
        self.look()
        ends = {address: MISHAPS[name][2] for address, name in faults.items()}
        self.compare(before, ends, new=new)
        assert ended.code == self.code(), ended

    def compare(self, before: list[Row], ends: dict[str, str], *, new: bool) -> None:
        """What became of the rows, with what had to."""
        wanted = foresee(before, self.home, self.agreed, ends, newcomers=new)
        now = {row.id: row for row in self.rows}
        for row in before:
            if row.id in wanted.states and (row.state != "sending" or now[row.id].state == "in-doubt"):
                # A run that has nothing to send need not tidy up.
                found = (now[row.id].state, now[row.id].reason)
                assert found == wanted.states[row.id], (before, self.rows, self.home)
        settled = {row.id for row in before if row.id in wanted.states}
        for address, members in wanted.served.items():
            got = [
                row
                for row in self.rows
                if row.holds == address and row.id not in settled and row.state != "skipped"
            ]
            about = (address, members, before, self.rows, self.home)
            assert {row.person for row in got} <= set(members), about
            assert len(got) == 1 if address in wanted.surely else len(got) <= 1, about
            assert all(row.state == ends.get(address, "sent") for row in got), about
        for row in self.rows:
            if row.state == "skipped" and row.id not in settled and row.person in self.agreed:
                assert row.reason == "duplicate", (row, before, self.rows, self.home)

    def code(self) -> int:
        states = {row.state for row in self.rows}
        return 75 if "waiting" in states else int(bool(states & {"refused", "in-doubt", "sending"}))

    @rule(chosen=_WHO, to=_WHERE)
    def move(self, chosen: int, to: str) -> None:
        """Somebody has another address from now on: a new one, one they had before, or that of somebody else."""
        # Of those who have it there is little to be told: others come first.
        open_still = {row.person for row in self.rows if row.state != "sent"} or set(self.home)
        self.rehouse(sorted(open_still)[chosen % len(open_still)], to)

    def rehouse(self, person: int, to: str) -> None:
        with self.stage.door() as db:
            known = db.one("SELECT 1 FROM addresses WHERE contact_id = ? AND email = ?", person, to)
            changes = Changes(primary=to) if known else Changes(add_emails=(to,), primary=to)
            edit_contact(db, person, changes, dt.datetime.now(dt.UTC))
        self.home[person] = to

    @rule(chosen=_WHO)
    def withdraw(self, chosen: int) -> None:
        if not self.agreed:
            return
        person = sorted(self.agreed)[chosen % len(self.agreed)]
        name = next(name for name, number in self.names.items() if number == person)
        with self.stage.door() as db:
            say_of(db, int(name.removeprefix("Reader ")), "withdrawn")
        self.agreed.discard(person)

    @rule(to=_WHERE)
    def newcomer(self, to: str) -> None:
        """Somebody joins, perhaps at an address that another has."""
        if len(self.home) < READERS + 2:
            with self.stage.door() as db:
                join(db, len(self.home))
            self.meet()
            self.rehouse(max(self.home), to)

    @rule(faults=st.dictionaries(_WHERE, _MISHAP, max_size=2), newcomers=st.booleans())
    def send(self, faults: dict[str, str], newcomers: bool) -> None:
        if self.may_run():
            self.deliver(faults, newcomers=newcomers)

    @rule(chosen=_WHO, to=_WHERE)
    def send_while_somebody_moves(self, chosen: int, to: str) -> None:
        """They do while their message is on its way, before its claim."""
        waiting = [row.person for row in self.rows if row.state == "waiting"]
        if not waiting:
            return
        person = sorted(waiting)[chosen % len(waiting)]
        left = [person]

        def listen(moment: str, about: str) -> None:
            if moment == "DATA" and left and self.is_written_to(person, about):
                self.rehouse(left.pop(), to)

        self.room.listeners.append(listen)
        try:
            self.deliver({})
        finally:
            self.room.listeners.remove(listen)

    def is_written_to(self, person: int, address: str) -> bool:
        """Whether a message on its way to an address is theirs, and not that of somebody who shares it."""
        theirs = "SELECT 1 FROM deliveries WHERE contact_id = ? AND email = ? AND recipient_key = ? AND state = 'waiting'"
        with self.stage.rows() as conn:
            return conn.execute(theirs, (person, address, self.key_of(address))).fetchone() is not None

    @rule(death=st.sampled_from(DEATHS), nth=st.integers(1, 5))
    def send_and_die(self, death: tuple[str, str], nth: int) -> None:
        if not self.may_run():
            return
        before = self.doubtful()
        kill = {"function": death[0], "when": death[1], "nth": nth, "seconds": 0}
        ended = self.stage.send(world={**self.world(), "kill": kill})
        assert ended.code in (-signal.SIGKILL, 0, 1, 75), ended
        self.look()
        assert len(self.doubtful()) <= len(before) + self.lines

    def doubtful(self) -> list[Row]:
        return [row for row in self.rows if row.state in ("in-doubt", "sending")]

    @rule(chosen=_WHO)
    def decide(self, chosen: int) -> None:
        """The operator has read the server's log, and says of one what is true; they are told where it does not go again."""
        if not (doubtful := self.doubtful()):
            return
        row = doubtful[chosen % len(doubtful)]
        arrived = row.holds in self.room.recipients()
        ended = self.stage.run("resolve", SLUG, "--delivered" if arrived else "--send-again", str(row.id))
        assert ended.code == 0, ended
        left = not arrived and self.home[row.person] != row.holds
        assert ("does not go to the old address again" in ended.out) == left, ended
        assert ("this address is not theirs any more" in ended.err) == left, ended
        self.look()
        now = {one.id: one.state for one in self.rows}
        assert now[row.id] == ("sent" if arrived else "waiting")
        assert all(now[one.id] == "in-doubt" for one in doubtful if one is not row)

    @invariant()
    def each_message_went_where_its_reader_lives_and_is_the_same_each_time(self) -> None:
        if not hasattr(self, "stage"):
            return
        for recipient, content in self.room.offered[self.told :]:
            message = email.message_from_bytes(content, policy=email.policy.SMTP)
            person = self.names[message["To"].addresses[0].display_name]
            assert recipient == self.home[person], (
                "nothing is claimed for an address that its reader has left"
            )
            assert person in self.agreed, "nothing after a withdrawal"
            assert self.bytes.setdefault(message["Message-ID"], content) == content
        self.told = len(self.room.offered)

    @invariant()
    def nobody_has_two(self) -> None:
        if not hasattr(self, "stage"):
            return
        arrived = Counter(self.room.recipients())
        assert max(arrived.values(), default=0) <= 1
        people = Counter(row.person for row in self.rows if row.state not in ("skipped", "refused"))
        assert max(people.values(), default=0) <= 1
        sent = {row.holds for row in self.rows if row.state == "sent"}
        doubtful = {row.holds for row in self.doubtful()}
        assert sent <= set(arrived) <= sent | doubtful

    @invariant()
    def what_was_claimed_once_stays_as_it_was(self) -> None:
        for row in self.rows:
            if row.frozen:
                assert self.frozen.setdefault(row.id, row.frozen) == row.frozen
            else:
                assert row.id not in self.frozen

    @invariant()
    def only_lettered_moves_were_made(self) -> None:
        if hasattr(self, "stage"):
            assert self.stage.wrong_moves() == []
            assert self.room.wrongs == []


@pytest.fixture(scope="module")
def stage_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    yield from stages(tmp_path_factory.mktemp("moving"))


@pytest.mark.parametrize(("examples", "steps"), [(15, 14), pytest.param(300, 30, marks=pytest.mark.soak)])
def test_whoever_moves_gets_it_once_and_where_they_live(stage_of: Stages, examples: int, steps: int) -> None:
    live_through(stage_of, examples, steps, Moving)
