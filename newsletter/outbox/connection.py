"""A line to the mail server: opened with TLS and login by smtplib, then spoken to by ourselves."""

import contextlib
import select
import smtplib
import socket
import ssl

from newsletter.config import Smtp
from newsletter.errors import ConfigError, NotAllowed, ServerUnavailable
from newsletter.outbox.hearing import Encrypted, Plain
from newsletter.outbox.receipt import Receipt, read_receipt

_BLOCK = 64 * 1024
#: How much longer than other replies the answer to the final dot may take (RFC 5321 section 4.5.3.2.6).
_PATIENCE = 10


class LoginRefused(NotAllowed):
    """The mail server does not accept the user name and password."""


class LineLost(Exception):
    """The line is gone, or what came over it is no SMTP."""


class Line:
    """One connection to the mail server, kept for many messages; `used` counts the messages begun on it."""

    def __init__(self, smtp: Plain | Encrypted, timeout: float) -> None:
        self._smtp = smtp
        self._timeout = timeout
        self.used = 0
        # Without it each message waits 40 ms for Nagle's algorithm, since body and dot are written apart.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def offers(self, extension: str) -> bool:
        """Whether the server's EHLO named `extension`."""
        return self._smtp.has_extn(extension)

    def command(self, text: str) -> Receipt:
        """Send one command; its answer. Raises LineLost."""
        try:
            self._smtp.putcmd(text)
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
            self._smtp.docmd("QUIT")
        self.drop()

    def drop(self) -> None:
        """Close without a word: a message without its dot is thrown away (RFC 5321 section 4.1.1.4)."""
        self._smtp.close()

    @property
    def _socket(self) -> socket.socket:
        sock = self._smtp.sock
        if sock is None:
            raise LineLost("the line is closed")
        return sock

    def _answer(self) -> Receipt:
        try:
            code, text = self._smtp.getreply()
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
            buffered = self._smtp.file.peek() if self._smtp.file else b""
        except ssl.SSLWantReadError:
            buffered = b""
        except OSError as error:
            raise self._lost(error) from None
        finally:
            sock.settimeout(self._timeout)
        return bool(buffered or select.select([sock], [], [], 0)[0])

    def _lost(self, error: Exception) -> LineLost:
        self.drop()
        return LineLost(_reason(error) or type(error).__name__)


def open_line(settings: Smtp, password: str, *, introduce_as: str) -> Line:
    """A line that is greeted, encrypted as demanded and logged in.

    Raises ServerUnavailable where the server is absent, not ready, or cannot be trusted or
    encrypted to; LoginRefused; ConfigError where the login cannot even be tried.
    """
    place = f"{settings.host}, port {settings.port}"
    try:
        smtp = _connected(settings, introduce_as)
        try:
            _secure(smtp, settings)
            if settings.user:
                _log_in(smtp, settings, password)
            smtp.ehlo_or_helo_if_needed()
        except BaseException:
            smtp.close()
            raise
    except ssl.SSLError as error:
        raise ServerUnavailable(
            f"{place}: no safe line can be had: {_tls_reason(error)}",
            remedy="Nothing was sent over it. Check smtp.host and smtp.security, or ask whoever runs the server.",
        ) from None
    except UnicodeError:
        raise ConfigError(
            f"newsletter.toml: smtp.host = {settings.host!r} cannot be the name of a server",
            remedy="A name is words of up to 63 letters with single full stops between them.",
        ) from None
    except (OSError, smtplib.SMTPException) as error:
        raise ServerUnavailable(
            f"the mail server at {place} cannot be used: {_reason(error)}",
            remedy="Nothing is lost. When it is back, run the same command again.",
        ) from None
    smtp.command_encoding = "utf-8"  # for SMTPUTF8 addresses; ASCII stays as it is
    return Line(smtp, settings.timeout)


def _connected(settings: Smtp, introduce_as: str) -> Plain | Encrypted:
    # The name is given since smtplib would ask the DNS for this machine's, which is slow and tells more.
    if settings.security == "tls":
        return Encrypted(
            settings.host,
            settings.port,
            local_hostname=introduce_as,
            timeout=settings.timeout,
            context=_tls(),
        )
    return Plain(settings.host, settings.port, local_hostname=introduce_as, timeout=settings.timeout)


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _secure(smtp: smtplib.SMTP, settings: Smtp) -> None:
    smtp.ehlo_or_helo_if_needed()
    if settings.security != "starttls":
        return
    if not smtp.has_extn("starttls"):
        raise smtplib.SMTPException(
            "it does not offer STARTTLS, and smtp.security demands it; nothing is sent in the clear"
        )
    smtp.starttls(context=_tls())
    smtp.ehlo()


def _log_in(smtp: smtplib.SMTP, settings: Smtp, password: str) -> None:
    if settings.auth != "password":
        raise ConfigError(f"smtp.auth = {settings.auth!r} cannot be used yet: write 'password'")
    try:
        smtp.login(settings.user, password)
    except smtplib.SMTPAuthenticationError as error:
        receipt = read_receipt(error.smtp_code, _octets(error.smtp_error))
        if receipt.code < 500:
            raise smtplib.SMTPException(f"it cannot check the login now: {receipt}") from None
        raise LoginRefused(
            f"{settings.host} refuses the login of {settings.user}: {receipt}",
            remedy="Give the password again with `newsletter login`; some servers want an app password.",
        ) from None
    except UnicodeEncodeError:
        raise ConfigError("the password has characters beyond ASCII, which this login cannot carry") from None
    except smtplib.SMTPException as error:
        raise ConfigError(
            f"{settings.host} offers no login that we can use: {_reason(error)}",
            remedy="If the server wants no login, leave smtp.user empty.",
        ) from None


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return str(read_receipt(error.smtp_code, _octets(error.smtp_error)))
    if isinstance(error, TimeoutError):
        return "it does not answer"
    return read_receipt(0, (getattr(error, "strerror", None) or str(error)).encode()).text


def _tls_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not good: {error.verify_message}"
    return error.reason or str(error)


def _octets(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
