"""Opens a line to the mail server: connection, TLS and login."""

import smtplib
import ssl
from collections.abc import Callable

from newsletter.config import Smtp
from newsletter.errors import ConfigError, NotAllowed, ServerUnavailable
from newsletter.outbox.connection import Line, octets, reason_of
from newsletter.outbox.hearing import Encrypted, Plain
from newsletter.outbox.receipt import read_receipt


class LoginRefused(NotAllowed):
    """The mail server does not accept the user name and password."""


def open_line(settings: Smtp, secret: Callable[[], str], *, introduce_as: str) -> Line:
    """A line that is greeted, encrypted as demanded and logged in.

    `secret` is asked for the password or token when it is needed, and only where there is a login.

    Raises ServerUnavailable where the server is absent, not ready, or cannot be trusted or
    encrypted to; LoginRefused; ConfigError where the login cannot even be tried.
    """
    place = f"{settings.host}, port {settings.port}"
    try:
        smtp = _connected(settings, introduce_as)
        try:
            _secure(smtp, settings)
            if settings.user:
                _log_in(smtp, settings, secret())
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
            f"the mail server at {place} cannot be used: {reason_of(error)}",
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
        receipt = read_receipt(error.smtp_code, octets(error.smtp_error))
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
            f"{settings.host} offers no login that we can use: {reason_of(error)}",
            remedy="If the server wants no login, leave smtp.user empty.",
        ) from None


def _tls_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not good: {error.verify_message}"
    return error.reason or str(error)
