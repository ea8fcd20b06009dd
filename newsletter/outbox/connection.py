"""A line to the mail server: opened by smtplib (see opening.py), then spoken to by ourselves."""

import contextlib
import select
import smtplib
import socket
import ssl

from newsletter.outbox.hearing import Encrypted, Plain
from newsletter.outbox.receipt import Receipt, read_receipt

_BLOCK = 64 * 1024
#: How much longer than other replies the answer to the final dot may take (RFC 5321 section 4.5.3.2.6).
_PATIENCE = 10


class LineLost(Exception):
    """The line is gone, or what came over it is no SMTP."""


class Line:
    """One connection to the mail server, kept for many messages; `used` counts the messages begun on it.

    `smtp` is the client that smtplib made: its socket, its ear and what EHLO named.
    """

    def __init__(self, smtp: Plain | Encrypted, timeout: float) -> None:
        self.smtp = smtp
        self._timeout = timeout
        self.used = 0
        # Without it each message waits 40 ms for Nagle's algorithm, since body and dot are written apart.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def offers(self, extension: str) -> bool:
        """Whether the server's EHLO named `extension`."""
        return self.smtp.has_extn(extension)

    def command(self, text: str) -> Receipt:
        """Send one command; its answer. Raises LineLost."""
        try:
            self.smtp.putcmd(text)
        except (OSError, smtplib.SMTPException) as error:
            raise self._lost(error) from None
        return self._answer()

    def write(self, content: bytes) -> None:
        """Send the content of a message, without the final dot. Raises LineLost."""
        try:
            for start in range(0, len(content), _BLOCK):
                self._socket.sendall(content[start : start + _BLOCK])
        except OSError as error:
            raise self._lost(error) from None

    def early_answer(self) -> Receipt | None:
        """What the server said before it was its turn, or None. Raises LineLost where it hung up."""
        return self._answer() if self._has_something_to_say() else None

    def end_message(self) -> Receipt:
        """Send the final dot; the answer. Raises LineLost: then nobody knows."""
        self.write(b".\r\n")
        self._socket.settimeout(self._timeout * _PATIENCE)
        receipt = self._answer()
        self._socket.settimeout(self._timeout)
        return receipt

    def quit(self) -> None:
        """Take leave. What has been accepted stays accepted, whatever is answered here."""
        with contextlib.suppress(OSError, smtplib.SMTPException):
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

    def _answer(self) -> Receipt:
        try:
            code, text = self.smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise self._lost(error) from None
        if not 200 <= code <= 599:
            raise self._lost(ValueError("the server answered something that is no SMTP reply"))
        return read_receipt(code, text)

    def _has_something_to_say(self) -> bool:
        """Whether an answer, or the end of the line, has come unasked; it may lie in smtplib's buffer already."""
        sock = self._socket
        sock.settimeout(0)
        try:
            buffered = self.smtp.file.peek() if self.smtp.file else b""
        except ssl.SSLWantReadError:
            buffered = b""
        except OSError as error:
            raise self._lost(error) from None
        finally:
            sock.settimeout(self._timeout)
        return bool(buffered or select.select([sock], [], [], 0)[0])

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
