"""One message over one line, step by step and waiting for each: what a test message or a notice needs."""

import select
import time

from newsletter.outbox.connection import Line
from newsletter.outbox.dialogue import Envelope, Event, Parcel, unfit
from newsletter.outbox.receipt import Outcome
from newsletter.outbox.wire import Wire


def transmit(line: Line, envelope: Envelope, content: bytes) -> Outcome:
    """Hand one message over; the line is closed where it cannot be used again."""
    parcel = Parcel(envelope, (content,))
    if misfit := unfit(parcel, line.offered):
        return misfit
    wire = Wire(line)
    try:
        return _converse(wire, parcel)
    except BaseException:
        line.drop()
        raise
    finally:
        if wire.dialogue.lost:
            line.drop()


def _converse(wire: Wire, parcel: Parcel) -> Outcome:
    wire.say(wire.dialogue.begin(parcel))
    outcome = _awaited(wire, wire.patience)
    if outcome is None:
        wire.say(*parcel.content)
        outcome = _said_all(wire) or _told_early(wire)
    if outcome is None:
        wire.say(wire.dialogue.end(parcel))
        outcome = _awaited(wire, wire.patience)
    assert outcome is not None  # noqa: S101  # a line ends with an answer or is cut
    if not outcome.lost and not wire.dialogue.idle:
        _awaited(wire, wire.patience)  # of RSET
    return outcome._replace(lost=bool(outcome.lost or wire.dialogue.lost))


def _told_early(wire: Wire) -> Outcome | None:
    return _outcome_of(wire.listen())


def _said_all(wire: Wire) -> Outcome | None:
    """Until the system has taken everything; an outcome where the server spoke or went before that."""
    until = time.monotonic() + wire.line.timeout
    while not wire.all_said:
        readable, writable, _ = select.select([wire.sock], [wire.sock], [], max(until - time.monotonic(), 0))
        if writable:
            wire.flush()
        if readable and (outcome := _outcome_of(wire.listen())):
            return outcome
        if not readable and not writable:
            return _outcome_of(wire.dialogue.cut("it does not answer"))
    return None


def _awaited(wire: Wire, seconds: float) -> Outcome | None:
    """The outcome, or None when the server awaits the body or has nothing more to answer."""
    until = time.monotonic() + seconds
    while True:
        events = wire.listen()
        if words := wire.dialogue.words():
            wire.say(words)
        if events:
            return _outcome_of(events)
        if wire.dialogue.idle:
            return None
        left = until - time.monotonic()
        if left <= 0 or not select.select([wire.sock], [], [], left)[0]:
            return _outcome_of(wire.dialogue.cut("it does not answer"))


def _outcome_of(events: list[Event]) -> Outcome | None:
    """What became of the message; None where its body is awaited, and nothing was said after that."""
    return events[-1][1] if events else None
