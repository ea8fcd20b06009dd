"""What a scripted mail server is told to do, and what it kept; `scripted.py` starts it."""

import hashlib
import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

#: Every moment at which something else than the usual can be done. BODY: its first octets have come;
#: WHOLE: as many as MAIL's SIZE named, but no dot; AUTH-2: a login's second step; TLS: the handshake.
MOMENTS = (
    "GREETING", "EHLO", "STARTTLS", "TLS", "AUTH", "AUTH-2", "MAIL", "RCPT", "DATA", "BODY", "WHOLE", "DOT", "RSET", "QUIT",
)  # fmt: skip
EXTENSIONS = frozenset({"PIPELINING", "SIZE 50000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"})
_MANY = 1 << 30
YES = ("usual", "drip", "usual, then hang up")


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
class Rule:
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
    logins: str = "PLAIN LOGIN XOAUTH2"
    heard: list[str] = field(default_factory=list)
    in_the_clear: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    keep_contents: bool = False
    #: Where contents are kept: each message whose dot came, taken or not, with its recipient.
    offered: list[tuple[str, bytes]] = field(default_factory=list)
    #: What no client of ours may do: a second recipient, a bare CR or LF, a line of more than 998 octets.
    wrongs: list[str] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    connections: int = 0
    tls: ssl.SSLContext | None = None
    rules: list[Rule] = field(default_factory=list)
    file: int = -1

    def at(self, moment: str, act: Act, *, only: str = "", times: int = _MANY, first: int = 0) -> None:
        """Do `act` at `moment`, `times` times, after the usual was done `first` times, only about `only` if given."""
        assert moment in MOMENTS, moment
        self.rules.append(Rule(moment, act, only, times, first))

    def well(self) -> None:
        """Behave from now on."""
        self.rules.clear()

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
        for rule in self.rules:
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
        os.write(self.file, f"{recipient} {digest}\n".encode())
        if self.keep_contents:
            self.contents.append(content)


def applies(rule: Rule, recipient: str) -> bool:
    return rule.moment == "DOT" and bool(rule.left) and rule.only in recipient and not rule.first
