"""Opens a line to the IMAP server: connection, TLS and login, as safe as sending."""

import imaplib
import ipaddress
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from newsletter.config import Config, Mailbox
from newsletter.errors import ConfigError, ServerUnavailable
from newsletter.oauth import user_of
from newsletter.replies.mailbox.login import log_in
from newsletter.replies.mailbox.password import read_mailbox_secret
from newsletter.trust import trusting, unsafe

_AGAIN = "Nothing is lost. When it is back, run the same command again."


@contextmanager
def open_mailbox(config: Config) -> Iterator[Any]:
    """The IMAP server, encrypted as demanded and logged in: IMAPClient's client, closed in the end.

    Raises ServerUnavailable where it is absent, cannot be trusted or breaks off, also while it is used;
    LoginRefused; ConfigError where server and settings do not fit, or there is no password.
    """
    settings, word = config.mailbox, read_mailbox_secret(config)()
    place = f"{settings.host}, port {settings.port}"
    with _in_our_words(place):
        client = _connected(settings)
        try:
            log_in(client, settings, user_of(config, "imap"), word)
            yield client
        finally:
            _close(client)


@contextmanager
def _in_our_words(place: str) -> Iterator[None]:
    """Makes errors of the line and of the server ours."""
    try:
        yield
    except ssl.SSLError as error:
        raise unsafe(place, error, "mailbox") from None
    except UnicodeError:
        raise ConfigError(
            f"{place}: the name, the login or the folder has letters that cannot be said to this server",
            remedy="Look at host, user and folder under [mailbox] in newsletter.toml.",
        ) from None
    except (OSError, imaplib.IMAP4.error) as error:
        raise ServerUnavailable(
            f"the mailbox at {place} cannot be used: {said(error)}", remedy=_AGAIN
        ) from None


def said(error: Exception) -> str:
    """What went wrong, in the words of the server or the system, on one line."""
    if isinstance(error, TimeoutError):
        return "it does not answer"
    text = getattr(error, "strerror", None) or str(error)
    if error.args and isinstance(error.args[0], bytes):  # imaplib, of a greeting that is none
        text = error.args[0].decode("utf-8", "replace")
    return " ".join("".join(char if char.isprintable() else " " for char in text[:300]).split())


def _connected(settings: Mailbox) -> Any:
    from imapclient import IMAPClient

    # It logs whole conversations when somebody turns debugging on: addresses, and tokens.
    logging.getLogger("imapclient").setLevel(logging.WARNING)
    tls = None if settings.security == "none" else trusting(settings.ca_file, "mailbox")
    direct = settings.security == "tls"
    client = IMAPClient(
        settings.host,
        settings.port,
        ssl=direct,
        ssl_context=tls if direct else None,
        timeout=settings.timeout,
    )
    try:
        if tls is None:
            _require_this_machine(client)
        elif not direct:
            _encrypt(client, tls)
    except BaseException:
        _drop(client)
        raise
    return client


def _encrypt(client: Any, tls: ssl.SSLContext) -> None:
    """Encrypt the line by STARTTLS, or raise: never go on without. What was said before counts for nothing."""
    if not client.has_capability("STARTTLS"):
        raise imaplib.IMAP4.error(
            "it does not offer STARTTLS, and mailbox.security demands it; nothing is sent in the clear"
        )
    client.starttls(tls)


def _require_this_machine(client: Any) -> None:
    """A name that should mean this machine may be led elsewhere: what counts is where the line ends."""
    peer = client.socket().getpeername()[0]
    if not ipaddress.ip_address(peer.partition("%")[0]).is_loopback:
        raise ConfigError(
            "newsletter.toml: mailbox.security = 'none' is for a server on this machine only, and this one is not",
            remedy="Write 'tls' or 'starttls'. Nothing was sent over the line.",
        )


def _close(client: Any) -> None:
    """Take leave; whatever is answered, all that was asked for has been done."""
    try:
        client.logout()
    except (OSError, imaplib.IMAP4.error):
        _drop(client)


def _drop(client: Any) -> None:
    with suppress(OSError):  # closed already, as after a handshake that failed
        client.shutdown()
