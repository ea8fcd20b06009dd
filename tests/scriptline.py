"""One connection of the scripted mail server."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from script import YES, Act, Scripted, applies


class Line(asyncio.Protocol):
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
        self.early = False  # the text was answered before its end: what is left of it is thrown away
        self.sender, self.recipients = False, [""][:0]
        self.steps: list[bytes] = []  # of a login
        self.in_data = False
        self.next: Callable[[], None] | None = None  # once the answer has dripped

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
        if not self.secure:
            self.room.in_the_clear.append(self.room.heard[-1].partition(" ")[0].upper())
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
            self.early = not self.answer("BODY", self.about, b"")
            if self.deaf or self.busy:
                return False
        if self.buffer.startswith(b".\r\n"):
            del self.buffer[:3]
            self.end_message(b"")
            return True
        end = self.buffer.find(b"\r\n.\r\n", max(0, self.seen - 5))
        self.seen = len(self.buffer)
        if end < 0 and self.size and self.seen >= self.size and not self.whole:
            self.whole = True
            self.early = not self.answer("WHOLE", self.about, b"") or self.early
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
        return act.then in YES or (act.octets[:1] == usual[:1] and not act.then)

    def talk_on(self, code: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write((code + b"-and another thing\r\n") * 100)
            asyncio.get_running_loop().call_later(0.002, self.talk_on, code)

    def drip(self, usual: bytes, index: int) -> None:
        if self.deaf:  # the client has gone meanwhile; to start TLS then would never end
            return
        if not self.transport.is_closing():
            self.transport.write(usual[index : index + 1])
        if index + 1 < len(usual):
            asyncio.get_running_loop().call_later(0.001, self.drip, usual, index + 1)
        else:
            self.busy = False
            then, self.next = self.next, None
            (then or self.go_on)()

    def on_ehlo(self, rest: str) -> None:
        offered = sorted(self.room.extensions)
        if self.room.tls and not self.secure:
            offered.append("STARTTLS")
        if self.room.password:
            offered.append(f"AUTH {self.room.logins}")
        lines = [b"250-scripted"] + [b"250-" + name.encode() for name in offered]
        lines[-1] = lines[-1].replace(b"250-", b"250 ", 1)
        self.answer("EHLO", "", b"\r\n".join(lines) + b"\r\n")

    on_helo = on_ehlo

    def on_starttls(self, rest: str) -> None:
        yes = self.answer("STARTTLS", "", b"220 2.0.0 go ahead\r\n")
        if not yes or self.deaf:
            return
        if self.busy:
            self.next = self.shake_hands
        else:
            self.flush()
            self.shake_hands()

    def shake_hands(self) -> None:
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
            self.buffer.clear()
            self.transport = await loop.start_tls(self.transport, self, self.room.tls, server_side=True)
            self.secure, self.busy = True, False
            # The client may have gone on before this did.
            self.go_on()

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
        yes = self.answer("DATA", self.about or "nobody", usual)
        self.in_data = (yes and usual.startswith(b"354")) or self.out.endswith(b"354 nevertheless\r\n")
        self.seen, self.whole, self.early = 0, False, False

    def end_message(self, content: bytes) -> None:
        self.in_data = False
        recipient, kept = self.about, False
        if self.early:
            pass
        elif recipient:
            if self.room.keep_contents:
                self.room.offered.append((recipient, content))
            act = next((r.act for r in self.room.rules if applies(r, recipient)), None)
            kept = act is None or act.takes or act.octets.startswith(b"2") or act.then in YES
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
