"""Logs in at an IMAP server: which way, and what a refusal means."""

import imaplib
import json
from collections.abc import Callable
from typing import Any

from newsletter.config import Mailbox
from newsletter.errors import ConfigError, NewsletterError, ServerUnavailable
from newsletter.outbox import LoginRefused

#: RFC 5530: what a server says where it is not the login that is wrong.
_NOT_NOW = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")


def log_in(client: Any, settings: Mailbox, user: str, word: str) -> None:
    """Log in with the password or token `word`, by the best way that the server offers.

    Raises LoginRefused; ServerUnavailable where it cannot say now, or hangs up; ConfigError where server
    and settings do not fit.
    """
    complaint: list[bytes] = []
    way = _way(client, settings, user, word, complaint)
    try:
        way()
    except imaplib.IMAP4.error as error:
        # IMAPClient makes one error of both: the server says no, or it has hung up.
        if isinstance(error.__context__ or error, imaplib.IMAP4.abort):
            raise imaplib.IMAP4.abort("it hung up in the middle of the login") from None
        raise _refusal(str(error), settings, user, word, complaint) from None


def _way(client: Any, settings: Mailbox, user: str, word: str, complaint: list[bytes]) -> Callable[[], Any]:
    """How to log in. Raises ConfigError where there is no way."""
    if settings.auth == "xoauth2":
        if not client.has_capability("AUTH=XOAUTH2"):
            raise ConfigError(
                f"{settings.host} takes no tokens (XOAUTH2) for the mailbox",
                remedy='Write auth = "password" under [mailbox], or ask whoever runs the server.',
            )
        return lambda: client.sasl_login("XOAUTH2", _bearer(user, word, complaint))
    if client.has_capability("AUTH=PLAIN"):
        return lambda: client.plain_login(user, word)
    if client.has_capability("LOGINDISABLED"):
        raise ConfigError(
            f"{settings.host} takes no passwords for the mailbox",
            remedy='Write auth = "xoauth2" under [mailbox] and fill in [oauth]: docs/login.md tells how.',
        )
    return lambda: client.login(_quoted(user), word)


def _bearer(user: str, token: str, complaint: list[bytes]) -> Callable[[bytes], str]:
    """Says the token once, and nothing to what the server has against it, which is noted."""
    told = [f"user={user}\1auth=Bearer {token}\1\1"]

    def answer(challenge: bytes) -> str:
        if told:
            return told.pop()
        complaint.append(challenge)
        return ""

    return answer


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _refusal(said: str, settings: Mailbox, user: str, word: str, complaint: list[bytes]) -> NewsletterError:
    # Some servers repeat what they were told.
    said = "".join(char for char in said.replace(word, "...") if char.isprintable())[:300]
    if any(code in said.upper() for code in _NOT_NOW):
        return ServerUnavailable(
            f"{settings.host} cannot check the login of {user} now: {said}",
            remedy="Nothing is lost. Run the same command again later.",
        )
    what = "token" if settings.auth == "xoauth2" else "password"
    return LoginRefused(
        f"{settings.host} refuses the {what} of {user} for the mailbox: {said}{_against(complaint)}",
        remedy=_remedy(settings),
    )


def _against(complaint: list[bytes]) -> str:
    """What the server has against a token (the JSON that XOAUTH2 puts into a challenge)."""
    try:
        found = json.loads(complaint[0]) if complaint else {}
    except ValueError:
        return ""
    status = str(found.get("status", ""))[:40] if isinstance(found, dict) else ""
    return f" (it says status {status})" if status.isalnum() else ""


def _remedy(settings: Mailbox) -> str:
    if settings.auth == "xoauth2":
        return (
            "Run `newsletter login mailbox` again. If that does not help, your IT department may not have allowed "
            "the program to read mail (IMAP.AccessAsUser.All), or IMAP is switched off for the mailbox: docs/login.md."
        )
    return (
        "Give the password again with `newsletter login mailbox`; some servers want an app password, and Microsoft "
        'and Google a token: auth = "xoauth2" under [mailbox] (docs/login.md).'
    )
