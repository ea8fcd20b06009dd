"""A mail server on loopback that follows a script: it can misbehave at every verb, and writes down what it takes."""

import asyncio
import hashlib
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Every moment at which something else than the usual can be done. BODY: its first octets have come;
#: WHOLE: as many as MAIL's SIZE named, but no dot; AUTH-2: a login's second step; TLS: the handshake.
MOMENTS = (
    "GREETING", "EHLO", "STARTTLS", "TLS", "AUTH", "AUTH-2", "MAIL", "RCPT", "DATA", "BODY", "WHOLE", "DOT", "RSET", "QUIT",
)  # fmt: skip
EXTENSIONS = frozenset({"PIPELINING", "SIZE 50000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"})
_MANY = 1 << 30


@dataclass(frozen=True)
class Act:
    """What is done instead of the usual: `octets` are said, then `then` happens; `takes`: a message is kept all the same.

    `then` is one of '' (go on), 'hang up', 'fall silent', 'talk on' (without an end), 'drip' (the usual
    answer in single octets), 'usual' (the usual answer follows).
    """

    octets: bytes = b""
    then: str = ""
    takes: bool = False


def say(text: str) -> Act:
    """One reply line."""
    return Act(f"{text}\r\n".encode())


HANG_UP = Act(then="hang up")
SILENCE = Act(then="fall silent")
DRIP = Act(then="drip")
ENDLESS = Act(then="talk on")


@dataclass
class _Rule:
    moment: str
    act: Act
    only: str
    left: int
    first: int


#: Is told each moment and what it is about, before the answer; DOT and ANSWERED name the recipient.
Listener = Callable[[str, str], None]


@dataclass
class Scripted:
    """What the server got and how it behaves. `log` has each recipient taken with the SHA-256 of the message."""

    log: Path
    port: int = 0
    extensions: frozenset[str] = EXTENSIONS
    password: str = ""
    heard: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    keep_contents: bool = False
    #: What no client of ours may do: a second recipient, a bare CR or LF, a line of more than 998 octets.
    wrongs: list[str] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    connections: int = 0
    tls: ssl.SSLContext | None = None
    _rules: list[_Rule] = field(default_factory=list)
    _log: int = -1

    def at(self, moment: str, act: Act, *, only: str = "", times: int = _MANY, first: int = 0) -> None:
        """Do `act` at `moment`, `times` times, after the usual was done `first` times, only about `only` if given."""
        assert moment in MOMENTS, moment
        self._rules.append(_Rule(moment, act, only, times, first))

    def well(self) -> None:
        """Behave from now on."""
        self._rules.clear()

    def taken(self) -> list[tuple[str, str]]:
        """Recipient and SHA-256 of each message taken, in the order of arrival, as the log on disk has it."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        return [(line.split(" ")[0], line.split(" ")[1]) for line in lines]

    def recipients(self) -> list[str]:
        """Everybody who got something, as often as they got it."""
        return [recipient for recipient, _ in self.taken()]

    def act_at(self, moment: str, about: str) -> Act | None:
        """What the script says for this moment, or None for the usual."""
        for listener in self.listeners:
            listener(moment, about)
        for rule in self._rules:
            if rule.moment == moment and rule.left and rule.only in about:
                if rule.first:
                    rule.first -= 1
                    return None
                rule.left -= 1
                return rule.act
        return None

    def take(self, recipient: str, content: bytes) -> None:
        """Keep a message: on the disk before anything is answered."""
        bare = content.replace(b"\r\n", b"")
        if b"\r" in bare or b"\n" in bare:
            self.wrongs.append("a bare CR or LF")
        if max(map(len, content.split(b"\r\n"))) > 998:
            self.wrongs.append("a line of more than 998 octets")
        digest = hashlib.sha256(content).hexdigest()
        os.write(self._log, f"{recipient} {digest}\n".encode())
        if self.keep_contents:
            self.contents.append(content)


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, room: Scripted) -> None:
        self.room = room
        self.transport: Any = None
        self.buffer = bytearray()
        self.out = bytearray()
        self.busy = False  # something is under way: what comes meanwhile waits
        self.deaf = False
        self.secure = False
        self.size = self.seen = 0
        self.whole = False
        self.sender, self.recipients = False, [""][:0]
        self.steps: list[bytes] = []  # of a login
        self.in_data = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.room.connections += 1
        self.answer("GREETING", "", b"220 scripted ready\r\n")
        self.flush()

    def connection_lost(self, error: Exception | None) -> None:
        self.deaf = True

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.go_on()

    def go_on(self) -> None:
        """Everything that can be answered by now; what belongs together leaves in one piece."""
        while not (self.busy or self.deaf) and (self.read_body() if self.in_data else self.read_command()):
            pass
        if not self.busy:
            self.flush()

    def flush(self) -> None:
        if self.out and not self.transport.is_closing():
            self.transport.write(bytes(self.out))
        self.out.clear()

    def read_command(self) -> bool:
        end = self.buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 2]
        self.room.heard.append(line.decode("utf-8", "replace"))
        if self.steps:
            self.log_in(line)
            return True
        verb, _, rest = line.decode("utf-8", "replace").partition(" ")
        handle = getattr(self, f"on_{verb.lower()}", None)
        if handle is None:
            self.out += b"500 5.5.1 what?\r\n"
        else:
            handle(rest)
        return True

    def read_body(self) -> bool:
        if not self.seen and self.buffer:
            self.answer("BODY", self.about, b"")
            if self.deaf or self.busy:
                return False
        end = self.buffer.find(b"\r\n.\r\n", max(0, self.seen - 5))
        self.seen = len(self.buffer)
        if end < 0 and self.size and self.seen >= self.size and not self.whole:
            self.whole = True
            self.answer("WHOLE", self.about, b"")
        if end < 0 or self.deaf:
            return False
        content = bytes(self.buffer[: end + 2])
        del self.buffer[: end + 5]
        self.end_message(content)
        return True

    @property
    def about(self) -> str:
        return self.recipients[0] if self.recipients else ""

    def answer(self, moment: str, about: str, usual: bytes) -> bool:
        """Answer by the script; whether it was a yes of the usual kind."""
        act = self.room.act_at(moment, about)
        if act is None:
            self.out += usual
            return True
        return self.do(act, usual)

    def do(self, act: Act, usual: bytes) -> bool:
        self.out += act.octets
        if act.then == "usual":
            self.out += usual
        elif act.then == "usual, then hang up":
            self.out += usual
            self.flush()
            self.transport.close()
            self.deaf = True
        elif act.then == "hang up":
            self.flush()
            self.deaf = True
            # With an RST only if nothing was said: an RST would wipe what lies in the other's buffer.
            (self.transport.close if act.octets else self.transport.abort)()
        elif act.then == "fall silent":
            self.flush()
            self.deaf = True
        elif act.then == "talk on":
            self.deaf = True
            self.talk_on(usual[:3] or b"250")
        elif act.then == "drip":
            self.busy = True
            self.flush()
            self.drip(usual, 0)
        return act.then in ("usual", "drip", "usual, then hang up") or (
            act.octets[:1] == usual[:1] and not act.then
        )

    def talk_on(self, code: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write((code + b"-and another thing\r\n") * 100)
            asyncio.get_running_loop().call_later(0.002, self.talk_on, code)

    def drip(self, usual: bytes, index: int) -> None:
        if index < len(usual) and not self.transport.is_closing():
            self.transport.write(usual[index : index + 1])
            asyncio.get_running_loop().call_later(0.001, self.drip, usual, index + 1)
        else:
            self.busy = False
            self.go_on()

    def on_ehlo(self, rest: str) -> None:
        offered = sorted(self.room.extensions)
        if self.room.tls and not self.secure:
            offered.append("STARTTLS")
        if self.room.password:
            offered.append("AUTH PLAIN LOGIN XOAUTH2")
        lines = [b"250-scripted"] + [b"250-" + name.encode() for name in offered]
        lines[-1] = lines[-1].replace(b"250-", b"250 ", 1)
        self.answer("EHLO", "", b"\r\n".join(lines) + b"\r\n")

    on_helo = on_ehlo

    def on_starttls(self, rest: str) -> None:
        yes = self.answer("STARTTLS", "", b"220 2.0.0 go ahead\r\n")
        if not yes or self.deaf:
            return
        self.flush()
        if act := self.room.act_at("TLS", ""):
            self.do(act, b"")
            self.flush()
            return
        self.busy = True
        self.task = asyncio.get_running_loop().create_task(self.encrypt())

    async def encrypt(self) -> None:
        loop = asyncio.get_running_loop()
        with suppress(OSError, ConnectionError):
            assert self.room.tls
            self.transport = await loop.start_tls(self.transport, self, self.room.tls, server_side=True)
            self.secure, self.busy = True, False
            self.buffer.clear()

    def on_auth(self, rest: str) -> None:
        kind, _, first = rest.partition(" ")
        if kind.upper() == "LOGIN":
            self.steps = [b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n", b"235 2.7.0 welcome\r\n"]
        else:
            self.steps = [b"334 \r\n", b"235 2.7.0 welcome\r\n"]
        if first:
            del self.steps[0]
        if not self.answer("AUTH", kind, self.steps.pop(0)):
            self.steps.clear()

    def log_in(self, line: bytes) -> None:
        usual = self.steps.pop(0)
        if not self.answer("AUTH-2", "", usual):
            self.steps.clear()

    def on_mail(self, rest: str) -> None:
        if self.sender:
            self.out += b"503 5.5.1 nested MAIL\r\n"
            return
        words = rest.upper().split()
        self.size = next((int(word[5:]) for word in words if word.startswith("SIZE=")), 0)
        self.sender = self.answer("MAIL", rest, b"250 2.1.0 ok\r\n")

    def on_rcpt(self, rest: str) -> None:
        address = rest[rest.find("<") + 1 : rest.rfind(">")]
        if not self.sender:
            self.room.act_at("RCPT", address)
            self.out += b"503 5.5.1 MAIL first\r\n"
            return
        if self.recipients:
            self.room.wrongs.append("a second recipient")
        if self.answer("RCPT", address, b"250 2.1.5 ok\r\n"):
            self.recipients.append(address)

    def on_data(self, rest: str) -> None:
        usual = b"354 go on\r\n" if self.recipients else b"554 5.5.1 no valid recipients\r\n"
        yes = self.answer("DATA", self.about, usual)
        self.in_data = (yes and usual.startswith(b"354")) or self.out.endswith(b"354 nevertheless\r\n")
        self.seen, self.whole = 0, False

    def end_message(self, content: bytes) -> None:
        self.in_data = False
        recipient, kept = self.about, False
        if recipient:
            act = next((r.act for r in self.room._rules if _applies(r, recipient)), None)
            kept = act is None or act.takes or act.octets.startswith(b"2") or act.then in ("usual", "drip")
            if kept:
                self.room.take(recipient, content)
            self.answer("DOT", recipient, b"250 2.0.0 taken as q-" + str(id(content)).encode() + b"\r\n")
        else:
            self.out += b"554 5.5.1 no valid recipients\r\n"
        self.sender, self.recipients = False, []
        if kept and not self.deaf and any(self.room.listeners):
            if not self.busy:
                self.flush()
            for listener in self.room.listeners:
                listener("ANSWERED", recipient)

    def on_rset(self, rest: str) -> None:
        self.answer("RSET", "", b"250 2.0.0 ok\r\n")
        self.sender, self.recipients = False, []

    def on_noop(self, rest: str) -> None:
        self.out += b"250 2.0.0 ok\r\n"

    def on_quit(self, rest: str) -> None:
        self.answer("QUIT", "", b"221 2.0.0 bye\r\n")
        self.flush()
        if not self.deaf and not self.busy:
            self.transport.close()
            self.deaf = True


def _applies(rule: _Rule, recipient: str) -> bool:
    return rule.moment == "DOT" and bool(rule.left) and rule.only in recipient and not rule.first


@contextmanager
def scripted(
    log: Path, *, tls: ssl.SSLContext | None = None, tls_at_once: bool = False, **settings: Any
) -> Iterator[Scripted]:
    """A server on a free port of 127.0.0.1 in a thread of its own, that adds to the file `log`."""
    room = Scripted(log, tls=None if tls_at_once else tls, **settings)
    room._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    loop = asyncio.new_event_loop()

    async def listen() -> asyncio.Server:
        at_once = tls if tls_at_once else None
        return await loop.create_server(lambda: _Line(room), "127.0.0.1", 0, ssl=at_once)

    server = loop.run_until_complete(listen())
    room.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, name="scripted", daemon=True)
    thread.start()
    try:
        yield room
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        _close_all(loop)
        os.close(room._log)


def _close_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    for transport in list(getattr(loop, "_transports", {}).values()):
        transport.abort()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
