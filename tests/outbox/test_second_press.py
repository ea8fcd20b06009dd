"""Messages made in a second process: the same bytes, and nothing is lost with it."""

import datetime as dt
import os
import select
import signal
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from postroom import Postroom

from newsletter.config import Config
from newsletter.contacts import decide_each
from newsletter.database import Database
from newsletter.outbox import Mailing, sender
from newsletter.outbox.desk import Claim, Due
from newsletter.outbox.dkimkey import make_dkim_key
from newsletter.outbox.ledger import due_deliveries
from newsletter.outbox.preparing import Press
from newsletter.outbox.rates import Buckets
from newsletter.outbox.secondpress import SecondPress

Queue = Callable[[], Mailing]


def owed(
    db: Database, people: Any, queue: Queue, now: dt.datetime, count: int = 5
) -> tuple[Mailing, list[Due]]:
    for number in range(count):
        people.add(f"Zoë {number}", f"reader{number}@example.org")
    mailing = queue()
    rows = due_deliveries(db, mailing.id, now)
    decisions = decide_each(db, mailing.lists, now, [one.contact_id for one in rows])
    return mailing, [Due(one, decisions[one.contact_id], 1) for one in rows]


def made(second: SecondPress) -> tuple[list[Claim], list[Due]]:
    """Everything that was asked for."""
    claims: list[Claim] = []
    left: list[Due] = []
    while second.in_hand:
        assert select.select([second.ear], [], [], 30)[0], "it does not answer"
        more, back = second.collect()
        claims += more
        left += back
    return claims, left


@pytest.fixture
def opened() -> Iterator[Callable[[Press], SecondPress]]:
    presses: list[SecondPress] = []

    def opened(press: Press) -> SecondPress:
        presses.append(SecondPress(press))
        return presses[-1]

    yield opened
    for second in presses:
        second.close()


@pytest.mark.parametrize("signed", [False, True])
def test_it_makes_the_same_bytes(
    signed: bool, db: Database, people: Any, queue: Queue, config: Config, now: dt.datetime, opened: Any
) -> None:
    if signed:
        config = config.model_copy(update={"dkim": config.dkim.model_copy(update={"domain": "example.org"})})
        make_dkim_key(config)
    mailing, dues = owed(db, people, queue, now)
    press = Press(db, mailing, config)
    second = opened(press)
    assert second.give(dues, now)
    claims, left = made(second)
    assert [claim.due for claim in claims] == dues
    assert left == []
    assert [claim.prepared for claim in claims] == [
        press.prepare(due.delivery, due.decision, now) for due in dues
    ]


def test_what_it_cannot_make_comes_back(
    db: Database, people: Any, queue: Queue, config: Config, now: dt.datetime, opened: Any
) -> None:
    mailing, dues = owed(db, people, queue, now, 3)
    dues[1] = dues[1]._replace(decision=dues[1].decision._replace(email="no address"))
    second = opened(Press(db, mailing, config))
    assert second.give(dues, now)
    claims, left = made(second)
    assert ([claim.due for claim in claims], left) == ([dues[0], dues[2]], [dues[1]])


def test_what_it_had_in_hand_comes_back_when_it_dies(
    db: Database, people: Any, queue: Queue, config: Config, now: dt.datetime, opened: Any
) -> None:
    mailing, dues = owed(db, people, queue, now)
    second = opened(Press(db, mailing, config))
    os.kill(second.process, signal.SIGSTOP)
    assert second.give(dues[:2], now)
    assert second.give(dues[2:], now)
    os.kill(second.process, signal.SIGKILL)
    assert made(second) == ([], dues)
    assert second.closed
    assert not second.give(dues, now)


def test_nobody_waits_for_ever_where_a_socket_holds_little(
    db: Database,
    people: Any,
    queue: Queue,
    config: Config,
    now: dt.datetime,
    opened: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pair = socket.socketpair()
    for end in pair:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4608)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4608)
    monkeypatch.setattr("newsletter.outbox.secondpress.socket.socketpair", lambda: pair)
    mailing, dues = owed(db, people, queue, now, 40)
    dues = [
        due._replace(decision=due.decision._replace(name=f"{number:03}" * 400))
        for number, due in enumerate(dues)
    ]
    second = opened(Press(db, mailing, config))
    assert second.give(dues[:20], now)
    assert select.select([second.ear], [], [], 30)[0], "its answer has begun, and is more than fits"
    second.ear.settimeout(30)
    assert second.give(dues[20:], now)
    second.ear.settimeout(None)
    claims, left = made(second)
    assert ([claim.due for claim in claims], left) == (dues, [])


def test_it_ends_with_whoever_asked(
    db: Database, people: Any, queue: Queue, config: Config, now: dt.datetime, opened: Any
) -> None:
    mailing, _ = owed(db, people, queue, now, 1)
    second = opened(Press(db, mailing, config))
    number = second.process
    second.close()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


@pytest.mark.parametrize("dies", [False, True])
def test_a_run_goes_on_with_it_and_without_it(
    dies: bool, people: Any, queue: Queue, send: Any, room: Postroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Due] = []

    class Spied(SecondPress):
        def give(self, batch: list[Due], now: dt.datetime) -> bool:
            given.extend(batch)
            if dies and len(given) > len(batch):
                os.kill(self.process, signal.SIGKILL)
            return super().give(batch, now)

    monkeypatch.setattr(sender, "_worth_a_second_press", lambda *_: True)
    monkeypatch.setattr(sender, "SecondPress", Spied)
    for number in range(150):
        people.add(f"reader{number}")
    found = send(queue(), connections=2)
    assert (found.sent, found.exit_code) == (150, 0)
    assert Counter(room.recipients()) == Counter(f"reader{number}@example.org" for number in range(150))
    assert given, "it had something to do"


@pytest.mark.parametrize(
    ("signed", "readers", "worth"), [(True, 3, True), (False, 3, False), (True, 2, False)]
)
def test_it_is_for_many_messages_that_are_signed(
    signed: bool,
    readers: int,
    worth: bool,
    db: Database,
    people: Any,
    queue: Queue,
    config: Config,
    now: dt.datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sender, "_MANY", 2)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    if signed:
        config = config.model_copy(update={"dkim": config.dkim.model_copy(update={"domain": "example.org"})})
        make_dkim_key(config)
    mailing, _ = owed(db, people, queue, now, readers)
    press, buckets = Press(db, mailing, config), Buckets.read(db, config.smtp, now)
    assert sender._worth_a_second_press(press, mailing, buckets, None) is worth
    assert not sender._worth_a_second_press(press, mailing, buckets, 100), "a limit is for few"
