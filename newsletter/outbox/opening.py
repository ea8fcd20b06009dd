"""Opens a line to the mail server: connection, TLS and login."""

import ipaddress
import smtplib
import socket
import ssl
from collections.abc import Callable
from typing import cast

from newsletter.config import Smtp
from newsletter.errors import ConfigError, ServerUnavailable
from newsletter.oauth import Fresh
from newsletter.outbox.connection import Line, reason_of
from newsletter.outbox.hearing import Encrypted, Plain
from newsletter.outbox.login import LoginRefused, log_in
from newsletter.trust import trusting, unsafe


def open_line(settings: Smtp, secret: Callable[[], str], *, introduce_as: str) -> Line:
    """A line that is greeted, encrypted as demanded and logged in.

    `secret` is asked for the password or token, and only where there is a login. A token that is refused
    before its time, as after a change at the provider, is replaced by a new one, once. Raises
    ServerUnavailable where the server is absent, not ready, or cannot be trusted or encrypted to;
    LoginRefused; ConfigError where the login cannot even be tried; and what `secret` raises.
    """
    # Asked before the server is, which would be kept waiting while a token is fetched.
    word = secret() if settings.user else ""
    try:
        return _line(settings, word, introduce_as)
    except LoginRefused:
        if not isinstance(secret, Fresh):
            raise
    return _line(settings, secret.in_place_of(word), introduce_as)


def _line(settings: Smtp, word: str, introduce_as: str) -> Line:
    place = f"{settings.host}, port {settings.port}"
    tls = None if settings.security == "none" else trusting(settings.ca_file, "smtp")
    try:
        return Line(_opened(settings, tls, word, introduce_as), settings.timeout)
    except ssl.SSLError as error:
        raise unsafe(place, error, "smtp") from None
    except UnicodeError:
        raise ConfigError(
            f"newsletter.toml: smtp.host = {settings.host!r} cannot be the name of a server",
            remedy="A name is words of up to 63 letters with single full stops between them.",
        ) from None
    except (OSError, smtplib.SMTPException) as error:
        raise ServerUnavailable(
            f"the mail server at {place} cannot be used: {reason_of(error)}",
            remedy=f"Nothing is lost. {_what_to_do(error)}",
        ) from None


def _what_to_do(error: Exception) -> str:
    if isinstance(error, _Distrusted):
        return "Try from another network, or ask whoever runs the server; then run the same command again."
    if isinstance(error, smtplib.SMTPConnectError) and error.smtp_code >= 500:
        return "Ask whoever runs the server why it turns us away; then run the same command again."
    return "When it is back, run the same command again."


class _Distrusted(smtplib.SMTPException):
    """Somebody on the way may have a hand in it."""


def _opened(settings: Smtp, tls: ssl.SSLContext | None, word: str, introduce_as: str) -> Plain | Encrypted:
    smtp = _connected(settings, tls, introduce_as)
    try:
        smtp.ehlo_or_helo_if_needed()
        if tls is None:
            _require_this_machine(smtp)
        elif settings.security == "starttls":
            _encrypt(smtp, tls)
        if settings.user:
            log_in(smtp, settings, word)
    except BaseException:
        smtp.close()
        raise
    smtp.command_encoding = "utf-8"  # for SMTPUTF8 addresses; ASCII stays as it is
    return smtp


def _connected(settings: Smtp, tls: ssl.SSLContext | None, introduce_as: str) -> Plain | Encrypted:
    # The name is given since smtplib would ask the DNS for this machine's, which is slow and tells more.
    host, port, timeout = settings.host, settings.port, settings.timeout
    if tls and settings.security == "tls":
        return Encrypted(host, port, local_hostname=introduce_as, timeout=timeout, context=tls)
    return Plain(host, port, local_hostname=introduce_as, timeout=timeout)


def _require_this_machine(smtp: Plain | Encrypted) -> None:
    """A name that should mean this machine may be led elsewhere: what counts is where the line ends."""
    peer = smtp.sock.getpeername()[0] if smtp.sock else ""
    if not ipaddress.ip_address(peer.partition("%")[0]).is_loopback:
        raise ConfigError(
            "newsletter.toml: smtp.security = 'none' is for a server on this machine only, and this one is not",
            remedy="Write 'starttls' or 'tls'. Nothing was sent over the line.",
        )


def _encrypt(smtp: Plain | Encrypted, tls: ssl.SSLContext) -> None:
    """Encrypt the line by STARTTLS (RFC 3207), or raise: never go on without."""
    if not smtp.has_extn("starttls"):
        raise _Distrusted(
            "it does not offer STARTTLS, and smtp.security demands it; nothing is sent in the clear"
        )
    smtp.starttls(context=cast(ssl.SSLContext, _Handshake(smtp, tls)))
    smtp.ehlo()


class _Handshake:
    """Begins TLS for smtplib, unless something was said since STARTTLS was agreed to.

    That would have been said in the clear, by anybody on the way (CVE-2011-0411); an honest
    server waits for the handshake.
    """

    def __init__(self, smtp: Plain | Encrypted, tls: ssl.SSLContext) -> None:
        self._smtp, self._tls = smtp, tls

    def wrap_socket(self, sock: socket.socket, *, server_hostname: str) -> ssl.SSLSocket:
        """The encrypted socket. Raises SMTPException where the line cannot be trusted."""
        if self._was_said_already(sock):
            raise _Distrusted(
                "something was slipped into the line before it was encrypted; nothing was sent over it"
            )
        return self._tls.wrap_socket(sock, server_hostname=server_hostname)

    def _was_said_already(self, sock: socket.socket) -> bool:
        patience = sock.gettimeout()
        sock.settimeout(0)
        try:
            # One look into what was heard with the agreement, or at what lies in the socket by now.
            return bool(self._smtp.file and self._smtp.file.peek())
        finally:
            sock.settimeout(patience)
