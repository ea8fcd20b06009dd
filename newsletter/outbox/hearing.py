"""Hears a mail server's replies, with an end to its patience: smtplib would listen for ever."""

import smtplib
import socket
import time

_LONGEST = 64 * 1024  # octets of one reply with all its lines; the longest EHLO in use has some hundreds


class Ear:
    """What a socket says, line by line, for smtplib; no reply may be endless, in length or in time."""

    def __init__(self, sock: socket.socket) -> None:
        self._file = sock.makefile("rb")
        self._left = 0
        self._until = 0.0

    def begin(self, seconds: float) -> None:
        """A reply is awaited, whole in this time; drop by drop it takes the socket's time-out longer at most."""
        self._left, self._until = _LONGEST, time.monotonic() + seconds

    def readline(self, limit: int) -> bytes:
        """The next line, or its first `limit` octets; b'' at the end. Raises OSError where patience ends."""
        line = b""
        while not line.endswith(b"\n") and len(line) < limit:
            if time.monotonic() > self._until:
                raise TimeoutError("timed out")
            waiting = self._file.peek(1)  # reads from the socket once at most
            if not waiting:
                break
            line += self._file.read(min(waiting.find(b"\n") + 1 or len(waiting), limit - len(line)))
        self._left -= len(line)
        if self._left < 0:
            raise OSError("its reply has no end")
        return line

    def peek(self) -> bytes:
        """What has been said already, as far as one look can tell."""
        return self._file.peek(1)

    def close(self) -> None:
        """Let go of the socket."""
        self._file.close()


class _Listening(smtplib.SMTP):
    """smtplib's client with an Ear; smtplib itself forgets it after STARTTLS, and makes its own if there is none."""

    file: Ear | None

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = Ear(self.sock)
        if self.file is not None and self.sock is not None:
            self.file.begin(self.sock.gettimeout() or 0.0)
        return super().getreply()


class Plain(_Listening):
    """A client that begins in the clear."""


class Encrypted(_Listening, smtplib.SMTP_SSL):
    """A client that speaks TLS from the first octet."""
