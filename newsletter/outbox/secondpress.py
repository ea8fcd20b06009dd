"""A press in a process of its own: while this one talks to the mail server, another core makes the next messages."""

import datetime as dt
import pickle
import queue
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from operator import attrgetter
from typing import Any, cast

from newsletter.contacts import Decision
from newsletter.outbox.delivery import Prepared
from newsletter.outbox.desk import Claim, Due
from newsletter.outbox.preparing import Press, Writer

#: Messages asked for at once; more are asked for as soon as half of them are there.
BATCH = 32
_LENGTH = struct.Struct("!Q")
_BLOCK = 1 << 20
_SECONDS = 5.0  # for which it is waited for, once it is to end
_of_prepared = attrgetter("email", "message_id", "edition", "lists", "columns")

_Asked = tuple[dt.datetime, list[tuple[bytes, tuple[Any, ...]]]]
_Fields = tuple[str, str, str, tuple[str, ...], dict[str, str]]
_Made = tuple[_Fields, list[bytes | int]]


class SecondPress:
    """Makes messages elsewhere; `ear` is readable when some are there. Nothing is lost with it.

    Where it ends, or cannot make one, what it had in hand comes back to be made here: that says why.
    """

    def __init__(self, press: Press) -> None:
        ours, theirs = socket.socketpair()
        self.ear, self._press = ours, press
        self._given: deque[list[Due]] = deque()
        self._heard = bytearray()
        self.closed = False
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # ourselves
                # -P: the folder from which newsletter was started may hold anything.
                [sys.executable, "-P", "-c", f"from {__name__} import serve; serve({theirs.fileno()})"],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # Ctrl-C is for the run, which finishes what is in flight, and needs it until then.
                process_group=0,
            )
        try:
            _write(ours, press.writer)
        except OSError:
            self.close()

    @property
    def process(self) -> int:
        """The number of its process."""
        return self._process.pid

    @property
    def in_hand(self) -> int:
        """How many messages were asked for and are not there."""
        return sum(map(len, self._given))

    def give(self, batch: list[Due], now: dt.datetime) -> bool:
        """Ask for these messages, dated `now`; False where it does not take them. At most twice a BATCH at a time."""
        if self.closed:
            return False
        asked: _Asked = (now, [(one.delivery.opaque, tuple(one.decision)) for one in batch])
        try:
            _write(self.ear, asked)
        except OSError:
            return False
        self._given.append(batch)
        return True

    def collect(self) -> tuple[list[Claim], list[Due]]:
        """The messages that are there by now, and what is to be made here after all."""
        made: list[Claim] = []
        left: list[Due] = []
        if not self._hear():
            left += [due for batch in self._given for due in batch]
            self._given.clear()
            self.close()
        while (answer := self._answer()) is not None:
            for due, one in zip(self._given.popleft(), answer, strict=True):
                if one is None:
                    left.append(due)
                else:
                    made.append(Claim(due, self._whole(*one)))
        return made, left

    def close(self) -> None:
        """It is needed no more."""
        if self.closed:
            return
        self.closed = True
        self.ear.close()  # by which it ends
        try:
            self._process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _hear(self) -> bool:
        """Read what has come; False where nothing will any more."""
        try:
            while data := self.ear.recv(_BLOCK, socket.MSG_DONTWAIT):
                self._heard += data
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def _answer(self) -> Sequence[_Made | None] | None:
        if len(self._heard) < _LENGTH.size:
            return None
        end = _LENGTH.size + _LENGTH.unpack_from(self._heard)[0]
        if len(self._heard) < end or not self._given:
            return None
        with memoryview(self._heard) as heard:
            answer: Sequence[_Made | None] = pickle.loads(heard[_LENGTH.size : end])  # noqa: S301  # from our own child
        del self._heard[:end]
        return answer

    def _whole(self, fields: _Fields, carried: list[bytes | int]) -> Prepared:
        email, name, edition, lists, columns = fields
        shared = self._press.compiled[edition].pieces
        pieces = tuple(shared[piece] if isinstance(piece, int) else piece for piece in carried)
        return Prepared(email, name, edition, lists, pieces, columns)


def _write(to: socket.socket, what: object) -> None:
    octets = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
    to.sendall(_LENGTH.pack(len(octets)) + octets)


def _read(line: socket.socket) -> object:
    """What was written at the other end. Raises EOFError where that is gone."""
    (length,) = _LENGTH.unpack(_exactly(line, _LENGTH.size))
    return pickle.loads(_exactly(line, length))  # noqa: S301  # from the process that started this one


def _exactly(line: socket.socket, length: int) -> bytes:
    parts = []
    while length:
        part = line.recv(min(length, _BLOCK))
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _one(writer: Writer, opaque: bytes, decision: Decision, now: dt.datetime) -> _Made | None:
    try:
        prepared = writer.write(opaque, decision, now)
    except Exception:  # it is made again by whoever asked, where the error is raised and told
        return None
    # What all readers share is at both ends: its place is enough.
    places = {id(piece): place for place, piece in enumerate(writer.compiled[prepared.edition].pieces)}
    return _of_prepared(prepared), [places.get(id(piece), piece) for piece in prepared.pieces]


def serve(descriptor: int) -> None:
    """Make what is asked for over a socket until whoever asks has gone."""
    for name in ("SIGINT", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    with suppress(EOFError, OSError), socket.socket(fileno=descriptor) as line:
        writer = _read(line)
        assert isinstance(writer, Writer)  # noqa: S101  # what `SecondPress` begins with
        orders: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        threading.Thread(target=_listen, args=(line, orders), daemon=True).start()
        while order := orders.get():
            now, asked = order
            _write(line, [_one(writer, opaque, Decision(*values), now) for opaque, values in asked])


def _listen(line: socket.socket, orders: "queue.SimpleQueue[_Asked | None]") -> None:
    """Take orders while others are carried out; None at their end.

    Where both ends wrote and neither read, both would wait for ever: what lies in a socket is bounded.
    """
    try:
        with suppress(EOFError, OSError):
            while True:
                orders.put(cast(_Asked, _read(line)))
    finally:
        orders.put(None)
