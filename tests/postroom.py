"""A real mail server on loopback that misbehaves as it is told, and counts what it takes."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

#: As an answer: hang up instead of answering.
DROP = "drop"
#: As an answer to the dot: take the message, then hang up without saying so.
TAKE_AND_DROP = "take and drop"

#: Is told the verb and what it is about (an address, or the recipient); the reply, or None for the usual one.
Answer = Callable[[str], str | None]


@dataclass(frozen=True)
class Post:
    """One message as it was taken."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass
class Postroom:
    """What the server got, and how it is to behave. `heard` has each command as it came."""

    port: int = 0
    taken: list[Post] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    connections: int = 0
    open_now: int = 0
    most_connections: int = 1000
    locked: bool = False
    #: Take the message and say nothing.
    silent: bool = False
    #: Called after a message was taken and before that is said: the moment of doubt.
    before_answer: Callable[[Post], None] = lambda post: None

    def say(self, verb: str, reply: str, *, only: str = "", times: int = 1 << 30) -> None:
        """Answer `verb` (MAIL, RCPT, DATA, body, dot) with `reply`, `times` times, only about `only` if given."""
        left = [times]

        def answer(about: str) -> str | None:
            if (only and only not in about) or left[0] == 0:
                return None
            left[0] -= 1
            return reply

        self.answers[verb] = answer

    def recipients(self) -> list[str]:
        """Everybody who got something, in the order of arrival, as often as they got it."""
        return [address for post in self.taken for address in post.recipients]


class _Clerk:
    """aiosmtpd's handler."""

    def __init__(self, room: Postroom) -> None:
        self.room = room

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self.room.heard.append(f"MAIL {address} {' '.join(options)}".strip())
        reply = _reply(self.room, server, "MAIL", address)
        if self.room.locked and not session.authenticated:
            reply = "530 5.7.0 log in first"
        if reply is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return reply or "250 2.1.0 ok"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self.room.heard.append(f"RCPT {address}")
        reply = _reply(self.room, server, "RCPT", address)
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 2.1.5 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        post = Post(envelope.mail_from, tuple(envelope.rcpt_tos), bytes(envelope.original_content))
        reply = self.room.answers.get("dot", lambda about: None)(post.recipients[0])
        if reply in (None, TAKE_AND_DROP) or str(reply).startswith("2"):
            self.room.taken.append(post)
            self.room.before_answer(post)
        if self.room.silent:
            await asyncio.Event().wait()
        if reply in (DROP, TAKE_AND_DROP):
            server.transport.abort()
        return reply or "250 2.0.0 taken"

    async def handle_RSET(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.room.heard.append("RSET")
        return "250 2.0.0 ok"


class _Server(SMTP):
    """aiosmtpd's server, with an answer to DATA itself."""

    room: Postroom

    def connection_made(self, transport: Any) -> None:
        self.room.connections += 1
        self.room.open_now += 1
        if self.room.open_now > self.room.most_connections:
            transport.write(b"421 4.3.2 too many connections\r\n")
            transport.close()
        else:
            super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.room.open_now -= 1
        if self.transport is not None:
            super().connection_lost(error)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        about = (self.envelope.rcpt_tos or [""])[0] if self.envelope else ""
        self.room.heard.append("DATA")
        if reply := _reply(self.room, self, "DATA", about):
            await self.push(reply)
        elif early := self.room.answers.get("body", lambda about: None)(about):
            if early == DROP:
                # Nothing is read any more, so that a body larger than all buffers cannot have gone out whole.
                self.transport.pause_reading()
                self.transport.write(b"354 go on\r\n")
                self.loop.call_later(0.05, self.transport.abort)
                return
            # In one piece with the 354: it is there before the body could be.
            self.transport.write(f"354 go on\r\n{early}\r\n".encode())
        else:
            await super().smtp_DATA(arg)


def _reply(room: Postroom, server: Any, verb: str, about: str) -> str | None:
    reply = room.answers.get(verb, lambda about: None)(about)
    if reply == DROP:
        server.transport.abort()
    return reply


@contextmanager
def postroom(
    *,
    tls: ssl.SSLContext | None = None,
    offer_starttls: bool = True,
    password: str = "",
    smtputf8: bool = True,
) -> Iterator[Postroom]:
    """A server on a free port of 127.0.0.1; with `password`, only who logs in as 'news' with it may send."""
    room = Postroom(locked=bool(password))

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (
            b"news",
            password.encode(),
        )
        return AuthResult(success=right, handled=False)

    class Room(Controller):
        def factory(self) -> SMTP:
            server = _Server(
                _Clerk(room),
                enable_SMTPUTF8=smtputf8,
                tls_context=tls if offer_starttls else None,
                auth_require_tls=False,
                authenticator=check if password else None,
                loop=self.loop,
            )
            server.room = room
            return server

    controller = Room(None, hostname="127.0.0.1", port=_free_port())
    controller.start()
    room.port, room.connections = (
        controller.port,
        0,
    )  # aiosmtpd has connected to itself, to see that it stands
    try:
        yield room
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
