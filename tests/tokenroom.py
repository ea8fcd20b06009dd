"""A mail server on loopback that lets in by token only (XOAUTH2), and counts what it takes."""

import base64
import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Tokenroom:
    """What it was told; `good` says whether a token is taken now, `per_line` how many messages on one line."""

    good: Callable[[str], bool]
    user: str
    port: int = 0
    per_line: int = 1000
    tokens: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    #: Called after each message was taken.
    after: Callable[[], None] = lambda: None


class _Clerk(socketserver.StreamRequestHandler):
    room: Tokenroom

    def handle(self) -> None:
        self.known, self.recipient, taken = False, "", 0
        self._say("220 tokenroom")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "QUIT":
                return self._say("221 bye")
            if verb == "AUTH":
                self._let_in(line.split())
            elif verb == "DATA":
                self._take()
                taken += 1
                if taken >= self.room.per_line:
                    return None
            else:
                self._say(self._answer(verb, line))
        return None

    def _answer(self, verb: str, line: str) -> str:
        if verb == "EHLO":
            return "250-tokenroom\r\n250-8BITMIME\r\n250 AUTH XOAUTH2"
        if not self.known:
            return "530 5.7.57 Client not authenticated"
        if verb == "RCPT":
            self.recipient = line.partition("<")[2].partition(">")[0]
        return "250 2.0.0 ok"

    def _let_in(self, words: list[str]) -> None:
        said = base64.b64decode(words[2]).decode() if len(words) == 3 and words[1] == "XOAUTH2" else ""
        token = said.removeprefix(f"user={self.room.user}\1auth=Bearer ").removesuffix("\1\1")
        if said != f"user={self.room.user}\1auth=Bearer {token}\1\1":
            self.room.wrong.append(" ".join(words))
        self.room.tokens.append(token)
        if self.room.good(token):
            self.known = True
            return self._say("235 2.7.0 Accepted")
        complaint = {"status": "401", "schemes": "Bearer", "scope": "https://mail.google.com/"}
        self._say(f"334 {base64.b64encode(json.dumps(complaint).encode()).decode()}")
        if self.rfile.readline() != b"\r\n":
            self.room.wrong.append("the complaint wants an empty answer")
        return self._say("535 5.7.8 Username and token not accepted")

    def _take(self) -> None:
        self._say("354 go on")
        while self.rfile.readline() != b".\r\n":
            pass
        self.room.taken.append(self.recipient)
        self.room.after()
        self._say("250 2.0.0 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is nothing to report."""


@contextmanager
def tokenroom(good: Callable[[str], bool], user: str) -> Iterator[Tokenroom]:
    """The server, on a free port of 127.0.0.1."""
    room = Tokenroom(good, user)
    server = _Server(("127.0.0.1", 0), type("Clerk", (_Clerk,), {"room": room}))
    room.port = int(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield room
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
