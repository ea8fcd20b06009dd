"""Logs in on an open line: which way, the words exchanged, and what a refusal means."""

import base64
import hmac
import json
import re
import smtplib
import ssl

from newsletter.config import Smtp
from newsletter.errors import ConfigError, NewsletterError, NotAllowed, ServerUnavailable
from newsletter.outbox.connection import octets
from newsletter.outbox.receipt import Receipt, read_receipt

#: Ways to log in with a password, the best first. On an encrypted line the plain ones are as safe as
#: CRAM-MD5, for which the server must keep passwords readable.
_WITH_A_PASSWORD = ("PLAIN", "LOGIN", "CRAM-MD5")
_WITH_A_TOKEN = ("XOAUTH2",)
_PASSWORDS_OFF = re.compile(r"5\.7\.30\b|basic auth\w* is (?:disabled|not supported)", re.IGNORECASE)
_MAILBOX_OFF = re.compile(r"SmtpClientAuthentication is disabled", re.IGNORECASE)
_APP_PASSWORD = re.compile(r"application-specific password|InvalidSecondFactor", re.IGNORECASE)


class LoginRefused(NotAllowed):
    """The mail server does not accept the user name and password."""


class _Text(str):
    """Text that goes out as UTF-8, as RFC 4616 wants it; smtplib knows ASCII only."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return super().encode("utf-8", errors)


def log_in(smtp: smtplib.SMTP, settings: Smtp, secret: str) -> None:
    """Log in as `smtp.user` with the password or token, by the best way that the server offers.

    Raises LoginRefused; ServerUnavailable where the server cannot say now, or hangs up; ConfigError
    where server and settings do not fit.
    """
    if settings.security != "none" and not isinstance(smtp.sock, ssl.SSLSocket):
        raise AssertionError("a login before the line is encrypted")
    ways = _ways(smtp, settings)
    for number, mechanism in enumerate(ways, 1):
        exchange = _Exchange(mechanism, settings, secret)
        receipt = _exchanged(smtp, exchange)
        if receipt.code == 235:
            return
        # A way may be offered by mistake (RFC 4954 section 4: 504); a refusal is not asked for twice.
        if receipt.code != 504 or number == len(ways):
            raise _refusal(receipt, exchange)


def _ways(smtp: smtplib.SMTP, settings: Smtp) -> list[str]:
    """The ways that the server offers and we can go. Raises ConfigError where there are none."""
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    wanted = _WITH_A_TOKEN if settings.auth == "xoauth2" else _WITH_A_PASSWORD
    if ways := [mechanism for mechanism in wanted if mechanism in offered]:
        return ways
    if not offered:
        raise ConfigError(
            f"{settings.host} offers no login, and smtp.user is {settings.user!r}",
            remedy="If the server wants no login, leave smtp.user empty. Some servers offer one at another "
            "port only (587 with starttls, 465 with tls) or on an encrypted line.",
        )
    if settings.auth == "password" and "XOAUTH2" in offered:
        raise ConfigError(
            f"{settings.host} takes no passwords, it wants tokens (XOAUTH2)",
            remedy='Write auth = "xoauth2" under [smtp], fill in [oauth], then run `newsletter login`: '
            "docs/login.md tells how.",
        )
    raise ConfigError(
        f"{settings.host} offers no login that smtp.auth = {settings.auth!r} can use, only: {' '.join(offered)}",
        remedy='Write auth = "password" under [smtp].'
        if settings.auth == "xoauth2"
        else "Ask whoever runs it.",
    )


class _Exchange:
    """What is said in one attempt to log in, and what the server said between."""

    def __init__(self, mechanism: str, settings: Smtp, secret: str) -> None:
        self.mechanism, self.settings, self.secret = mechanism, settings, secret
        self.complaint = b""
        self._left = [self._bearer] if mechanism == "XOAUTH2" else [settings.user, secret]

    @property
    def begins(self) -> bool:
        """Whether we speak first; not all servers let us in LOGIN, and in CRAM-MD5 there is nothing to say."""
        return self.mechanism in ("PLAIN", "XOAUTH2")

    def answer(self, challenge: bytes | None = None) -> str:
        """The next thing to say; '' once all is said: then the server gives its verdict."""
        if self.mechanism == "PLAIN":
            return _Text(self._plain)
        if self.mechanism == "CRAM-MD5":
            mac = hmac.new(self.secret.encode(), challenge or b"", "md5")
            return _Text(f"{self.settings.user} {mac.hexdigest()}")
        if not self._left:
            self.complaint = challenge or b""
            return ""
        return _Text(self._left.pop(0))

    @property
    def _plain(self) -> str:
        return f"\0{self.settings.user}\0{self.secret}"

    @property
    def _bearer(self) -> str:
        return f"user={self.settings.user}\1auth=Bearer {self.secret}\1\1"

    def discreet(self, said: bytes) -> bytes:
        """What the server said, without our own secret: some repeat what they were told."""
        for word in (self.secret, self._plain, self._bearer):
            for form in (base64.b64encode(word.encode()), word.encode()):
                said = said.replace(form, b"...") if form else said
        return said


def _exchanged(smtp: smtplib.SMTP, exchange: _Exchange) -> Receipt:
    """The server's verdict. Raises ServerUnavailable where there is none."""
    settings = exchange.settings
    try:
        code, said = smtp.auth(exchange.mechanism, exchange.answer, initial_response_ok=exchange.begins)
    except smtplib.SMTPAuthenticationError as error:
        code, said = error.smtp_code, octets(error.smtp_error)
    except smtplib.SMTPServerDisconnected:
        raise ServerUnavailable(
            f"{settings.host} hung up in the middle of the login of {settings.user}",
            remedy="Some servers do so instead of saying no: look at smtp.user, and log in again with "
            "`newsletter login`. Else try again later; nothing is lost.",
        ) from None
    except (ValueError, smtplib.SMTPException):
        raise ServerUnavailable(
            f"{settings.host} talks on in the login, and makes no sense",
            remedy="Ask whoever runs the server; nothing is lost.",
        ) from None
    return read_receipt(code, exchange.discreet(octets(said)))


def _refusal(receipt: Receipt, exchange: _Exchange) -> NewsletterError:
    """What the verdict means, and what to do."""
    settings = exchange.settings
    if receipt.code < 500 and receipt.enhanced != "4.7.12":
        return _later(receipt, settings)
    if receipt.code in (530, 538):
        return ConfigError(
            f"{settings.host} takes a login on an encrypted line only: {receipt}",
            remedy='Write security = "starttls" or "tls" under [smtp].',
        )
    if receipt.code in (500, 501, 502, 503, 504):
        return ConfigError(
            f"{settings.host} offers a login that does not work ({exchange.mechanism}): {receipt}",
            remedy="Ask whoever runs the server which login it takes.",
        )
    what = "token" if settings.auth == "xoauth2" else "login"
    complaint = _complaint(exchange.complaint)
    return LoginRefused(
        f"{settings.host} refuses the {what} of {settings.user}: {receipt}"
        + (complaint and f" ({complaint})"),
        remedy=_remedy(receipt, exchange),
    )


def _later(receipt: Receipt, settings: Smtp) -> ServerUnavailable:
    if receipt.enhanced == "4.3.2" or receipt.code == 432:
        return ServerUnavailable(
            f"{settings.host} has too many lines open for {settings.user}: {receipt}",
            remedy="Write a smaller number for smtp.connections; Microsoft 365 allows 3.",
        )
    return ServerUnavailable(
        f"{settings.host} cannot check the login now: {receipt}",
        remedy="Nothing is lost. Run the same command again later.",
    )


def _remedy(receipt: Receipt, exchange: _Exchange) -> str:
    token = exchange.settings.auth == "xoauth2"
    if _PASSWORDS_OFF.search(receipt.text) and not token:
        return (
            "Logins with a password are switched off there, as Microsoft does by default from the end of 2026. "
            'Write auth = "xoauth2" under [smtp], fill in [oauth], then run `newsletter login`: docs/login.md '
            "tells how, and what to ask your IT department for."
        )
    if _MAILBOX_OFF.search(receipt.text):
        return "The mailbox may not be used by programs: ask your IT department to allow 'Authenticated SMTP' for it."
    if token:
        return (
            "Run `newsletter login` again. If that does not help, smtp.user may not be the mailbox that you "
            "logged in to, or your IT department has not allowed it to send (docs/login.md)."
        )
    if _APP_PASSWORD.search(receipt.text) or receipt.code == 534:
        return (
            "The account wants an app password, made in its security settings: give that one with "
            '`newsletter login`. Or write auth = "xoauth2" under [smtp] (docs/login.md).'
        )
    if not exchange.secret.isascii():
        return (
            "The password has letters beyond A to Z, which went out as UTF-8 as the standard says; some servers "
            "read them otherwise. Give it again with `newsletter login`, or choose one of plain letters, digits "
            "and signs."
        )
    return "Give the password again with `newsletter login`; some servers want an app password."


def _complaint(said: bytes) -> str:
    """What the server has against a token, in words (the JSON that XOAUTH2 puts into a challenge); '' if unsaid."""
    try:
        found = json.loads(said)
    except ValueError:
        return ""
    if not isinstance(found, dict):
        return ""
    status, scope = str(found.get("status", "")), str(found.get("scope", ""))
    words = {
        "400": "it says that this is no token that it can read",
        "401": "it says that the token has run out, was withdrawn, or is not for this mailbox",
        "403": "it says that the token does not allow this",
    }
    parts = [
        words.get(status, f"it says status {status}" if status else ""),
        scope and f"it wants one for {scope}",
    ]
    return read_receipt(0, ", ".join(part for part in parts if part).encode()).text
