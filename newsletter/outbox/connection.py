"""A line to the mail server: opened by smtplib (see opening.py), then spoken to by ourselves."""

import contextlib
import re
import smtplib
import socket

from newsletter.outbox.dialogue import Offers
from newsletter.outbox.hearing import Encrypted, Plain
from newsletter.outbox.receipt import Receipt, read_receipt

_SIZE = re.compile(r"[0-9]{1,20}")  # RFC 1870 section 3


class LineLost(Exception):
    """The line is gone, or what came over it is no SMTP."""


class Line:
    """One connection to the mail server, opened, encrypted and logged in.

    `smtp` is the client that smtplib made: its socket, its ear and what EHLO named. `timeout` is in seconds.
    """

    def __init__(self, smtp: Plain | Encrypted, timeout: float) -> None:
        self.smtp = smtp
        self.timeout = timeout
        # Without it each message waits 40 ms for Nagle's algorithm, since body and dot are written apart.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def offered(self) -> Offers:
        """What the server's EHLO named."""
        features = self.smtp.esmtp_features
        largest = features.get("size", "").strip()
        return Offers(
            pipelining="pipelining" in features,
            size="size" in features,
            largest=int(largest) if _SIZE.fullmatch(largest) else 0,
            smtputf8="smtputf8" in features,
        )

    def offers(self, extension: str) -> bool:
        """Whether the server's EHLO named `extension`."""
        return self.smtp.has_extn(extension)

    def command(self, text: str) -> Receipt:
        """Send one command; its answer. Raises LineLost."""
        try:
            self.smtp.putcmd(text)
            code, answer = self.smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise self._lost(error) from None
        if not 200 <= code <= 599:
            raise self._lost(ValueError("the server answered something that is no SMTP reply"))
        return read_receipt(code, answer)

    def hand_over(self) -> tuple[socket.socket, bytes]:
        """The socket, which blocks no more, and what was read from it too early. smtplib's part ends here."""
        sock = self._socket
        sock.setblocking(False)
        early = b""
        with contextlib.suppress(OSError):  # nothing there, or gone: the next look at the socket tells which
            early = self.smtp.file.peek() if self.smtp.file else b""
        return sock, early

    def quit(self) -> None:
        """Take leave. What has been accepted stays accepted, whatever is answered here."""
        with contextlib.suppress(OSError, smtplib.SMTPException, LineLost):
            self._socket.settimeout(self.timeout)
            self.smtp.docmd("QUIT")
        self.drop()

    def drop(self) -> None:
        """Close without a word: a message without its dot is thrown away (RFC 5321 section 4.1.1.4)."""
        self.smtp.close()

    @property
    def _socket(self) -> socket.socket:
        sock = self.smtp.sock
        if sock is None:
            raise LineLost("the line is closed")
        return sock

    def _lost(self, error: Exception) -> LineLost:
        self.drop()
        return LineLost(reason_of(error) or type(error).__name__)


def reason_of(error: Exception) -> str:
    """What went wrong on a line, in the words of the server or the system."""
    if isinstance(error, smtplib.SMTPResponseException):
        return str(read_receipt(error.smtp_code, octets(error.smtp_error)))
    if isinstance(error, TimeoutError):
        return "it does not answer"
    return read_receipt(0, (getattr(error, "strerror", None) or str(error)).encode()).text


def octets(text: bytes | str) -> bytes:
    """A reply's text as smtplib gives it, which is now this and now that."""
    return text if isinstance(text, bytes) else text.encode()
