"""What waits comes to its turn: for a domain that rests, over lines that are fewer, and none when none can be had."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from deliveries import state_of
from postroom import Postroom

from newsletter.config import Config
from newsletter.database import Database
from newsletter.errors import ProofFailed, ServerUnavailable
from newsletter.outbox import send_due
from newsletter.outbox.desk import Claim, Found
from newsletter.outbox.dialogue import Envelope
from newsletter.outbox.engine import Engine, Post
from newsletter.outbox.pile import Pile
from newsletter.outbox.rates import Buckets
from newsletter.outbox.resting import Span
from newsletter.outbox.states import PUT_BACK


def due_to(number: int, email: str) -> Any:
    return SimpleNamespace(delivery=SimpleNamespace(id=number), decision=SimpleNamespace(email=email), seen=1)


@pytest.fixture
def pile(config: Config, now: dt.datetime) -> Pile:
    press = SimpleNamespace(prepare=lambda delivery, decision, now: f"to {decision.email}")
    return Pile(press, Buckets(config.smtp), None, clock=lambda: now, limit=None)  # type: ignore[arg-type]


def test_whoever_waited_for_a_domain_is_ready_when_its_rest_is_over(pile: Pile) -> None:
    # If the line was closed meanwhile, nothing else would ever open another one.
    due = due_to(1, "ada@example.org")
    pile.add([due], dry=True)
    pile.rest_domain(due, 60)
    assert pile.next([]) is None
    assert pile.ready == 0
    pile.rest_domain(due, 0)
    assert (pile.ready, pile.exhausted) == (1, False)


def test_what_was_given_back_or_made_ahead_keeps_to_the_rest_of_its_domain(pile: Pile) -> None:
    ada, ben = due_to(1, "ada@example.org"), due_to(2, "ben@example.net")
    pile.add([ada, ben], dry=True)
    pile.stock(2, [])
    pile.rest_domain(ada, 60)
    claim = pile.next([])
    assert claim is not None
    assert claim.due is ben
    pile.give_back(claim)
    pile.rest_domain(ben, 60)
    assert pile.next([]) is None
    pile.rest_domain(ada, 0)
    claim = pile.next([])
    assert claim is not None
    assert claim.due is ada
    pile.rest_domain(ben, 0)
    claim = pile.next([])
    assert claim is not None
    assert claim.due is ben
    assert (pile.next([]), pile.ready, pile.waiting) == (None, 0, False)


def test_what_goes_next_is_made_ahead_for_all_but_a_domain_that_rests(pile: Pile) -> None:
    ada, ben = due_to(1, "ada@example.org"), due_to(2, "ben@example.net")
    pile.rest_domain(ada, 60)
    pile.add([ada, ben], dry=True)
    pile.stock(2, [])
    assert [claim.due for claim in pile._again] == [ben]
    pile.rest_domain(ada, 0)
    pile.stock(2, [])
    assert [claim.due for claim in pile._again] == [ben, ada]


def test_messages_are_made_ahead_a_few_at_a_time_until_there_are_enough(pile: Pile) -> None:
    # A line that has something to say waits until those few are made.
    everybody = [due_to(number, f"p{number}@example.org") for number in range(30)]
    pile.add(everybody, dry=True)
    made, more = [], True
    while more:
        more = pile.stock(20, [])
        made.append(len(pile._again))
    assert made == [8, 16, 20]
    assert [pile.next([]).due for _ in range(30)] == everybody  # type: ignore[union-attr]
    assert not pile.stock(20, [])


def test_what_was_decided_before_the_database_changed_is_looked_up_anew(pile: Pile) -> None:
    ada, ben, dora = (due_to(number, f"p{number}@example.org") for number in (1, 2, 3))
    pile.add([ada, ben], dry=False)
    pile.stock(1, [])
    assert pile.wanted(ending=False) > 0
    pile.take(Found(version=2))
    assert pile.next([]) is None
    assert pile.in_hand() == frozenset()
    # This look began before they were let go, and has passed them over.
    pile.take(Found([dora], looked=True, dry=True, version=2))
    dora.seen = 2
    assert pile.next([]).due is dora  # type: ignore[union-attr]
    assert not pile.exhausted
    assert pile.wanted(ending=False) > 0
    pile.take(Found(looked=True, dry=True, version=2))
    assert pile.exhausted


def test_a_large_domain_that_rests_for_long_holds_up_nobody_else(pile: Pile) -> None:
    pile.add([due_to(number, f"p{number}@example.net") for number in range(1100)], dry=False)
    pile.rest_domain(due_to(0, "p0@example.net"), 3600)
    notes: list[Any] = []
    assert pile.next(notes) is None
    assert [step.letter for note in notes for step, _ in note.moves] == ["e"] * 100
    assert {columns["due_at"] for note in notes for _, columns in note.moves} <= {
        "2022-09-30T09:59:59Z",
        "2022-09-30T10:00:00Z",
    }
    assert len(pile.in_hand()) == 1000
    assert pile.wanted(ending=False) > 0


def test_a_server_that_finds_the_lines_too_many_is_left_with_fewer(
    people: Any, queue: Any, send: Any, room: Postroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        __import__("newsletter.outbox.trouble", fromlist=[""])._OF_ALL, "crowded", Span(0.2, 1)
    )
    for number in range(30):
        people.add(f"P{number}")
    open_then: list[int] = []
    room.before_answer = lambda post: open_then.append(room.open_now)
    room.say("RCPT", "451 4.7.0 too many concurrent connections", times=1)
    assert send(queue(), connections=2).sent == 29
    assert open_then[-1] == 1


def test_the_run_ends_when_no_line_is_left_and_none_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    # Two calls were under way when the server asked for fewer lines; both failed while others still stood.
    away = ServerUnavailable("away")
    calls = SimpleNamespace(size=-1, calling=0, answers=lambda: [away], call=lambda: None)
    engine = Engine(None, None, calls, None, None, sender="", halt=None, watcher=None)  # type: ignore[arg-type]
    engine._wires = {object(): set()}  # type: ignore[dict-item]
    engine._answer_calls()
    assert engine.stopped is None
    engine._wires.clear()
    calls.answers = list
    engine._answer_calls()
    assert engine.stopped is away


class Mute:
    """A line on which a body was said; it keeps what is said then."""

    def __init__(self) -> None:
        self.said: list[bytes] = []
        self.dialogue = SimpleNamespace(cut=lambda why: [], words=lambda: b"", lost="the run ends")

    def say(self, words: bytes) -> None:
        self.said.append(words)


def test_a_claim_that_is_granted_when_the_run_has_stopped_is_put_back_without_a_dot() -> None:
    put_down: list[Any] = []
    pile = SimpleNamespace(put_down=put_down.append, take=lambda found: None)
    engine = Engine(None, pile, None, None, None, sender="", halt=None, watcher=None)  # type: ignore[arg-type]
    wire, due = Mute(), due_to(1, "ada@example.org")
    letter = Envelope("news@example.org", "ada@example.org")
    post = Post(letter, (b"News",), claim=Claim(due, None), wire=wire, asked=True)  # type: ignore[arg-type]
    engine._wires, engine._asked = {wire: {post}}, {1: post}  # type: ignore[dict-item]
    engine._hang_up = lambda wire: None  # type: ignore[method-assign, assignment]
    engine._take(Found(claimed=[post.claim], stop=ProofFailed("a receipt could not be kept")))
    assert [(note.delivery, [step for step, _ in note.moves]) for note in engine._notes] == [(1, [PUT_BACK])]
    assert (wire.said, put_down) == ([], [due])


def test_no_dot_follows_a_body_that_could_not_be_sent(
    db: Database, cast: Any, queue: Any, send: Any, room: Postroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_half(engine: Engine, wire: Any, post: Any) -> None:
        wire.say(post.content[0][:100])
        wire.broken = "bad record"  # as of TLS: the socket itself has nothing to tell

    monkeypatch.setattr(Engine, "write_body", write_half)
    send(queue())
    assert (state_of(db, "ada"), room.taken) == ("waiting", [])


def test_a_watcher_that_fails_takes_no_receipt_with_it(
    db: Database, people: Any, queue: Any, config: Config, room: Postroom, now: dt.datetime
) -> None:
    for number in range(12):
        people.add(f"P{number}")

    class Blind:
        def moved(self, changes: Any) -> None:
            raise RuntimeError("cannot look")

        def flight(self, number: int, lines: int) -> None:
            pass

        def waits(self, seconds: float, why: str) -> None:
            pass

    settings = config.smtp.model_copy(update={"port": room.port, "timeout": 5.0, "connections": 4})
    with pytest.raises(RuntimeError, match="cannot look"):
        send_due(
            db,
            queue(),
            config.model_copy(update={"smtp": settings}),
            secret=lambda: "",
            clock=lambda: now,
            jitter=lambda: 0.5,
            watch=Blind(),
        )
    found = dict(map(tuple, db.conn.execute("SELECT state, count(*) FROM deliveries GROUP BY state")))
    assert "sending" not in found
    assert found["sent"] == len(room.taken)
