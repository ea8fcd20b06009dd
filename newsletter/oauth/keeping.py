"""Keeps a login: what the provider gave us to get tokens with, and to whom it belongs."""

import json
import re
from dataclasses import asdict, dataclass, field

from newsletter import keychain
from newsletter.config import OAuth
from newsletter.errors import ConfigError


class LoginNeeded(ConfigError):
    """Nobody is logged in, or the login has ended."""


@dataclass(frozen=True, slots=True)
class Login:
    """A login as it is kept. `account` is who logged in, `grant` what tokens are had for: never show it.

    `since` and `renewed` are times in UTC (ISO 8601): of the login, and of the last token.
    """

    provider: str
    tenant: str
    client_id: str
    account: str
    since: str
    renewed: str
    grant: str = field(repr=False)


def login_name(user: str) -> str:
    """What the keychain calls the login for this mailbox."""
    return "oauth-" + re.sub(r"[^\w.@+-]", "_", user)


def client_secret_name(settings: OAuth) -> str:
    """What the keychain calls the secret that Google gives to a desktop application; '' where there is none."""
    return f"oauth-client-{settings.client_id}" if settings.provider == "google" else ""


def read_login(settings: OAuth, user: str) -> tuple[Login, str] | None:
    """The login for a mailbox, and in words where it is kept; None where there is none.

    Raises LoginNeeded where there is one that is not for these settings, or cannot be read.
    """
    secret = keychain.read_secret(login_name(user))
    if secret is None:
        return None
    try:
        login = Login(**json.loads(secret.value))
    except (ValueError, TypeError):
        raise _needed(f"what is kept for {user} in {secret.where} is no login") from None
    asked_for = (settings.provider, settings.tenant, settings.client_id)
    if (login.provider, login.tenant, login.client_id) != asked_for:
        raise _needed(f"{user} is logged in with other settings than stand under [oauth] now")
    return login, secret.where


def require_login(settings: OAuth, user: str) -> Login:
    """The login for a mailbox. Raises LoginNeeded where there is none."""
    found = read_login(settings, user)
    if found is None:
        raise LoginNeeded(
            f"nobody is logged in for {user}",
            remedy="Run `newsletter login` once; for cron, docs/login.md tells how to hand the login over in a "
            f"file, which {keychain.environment_name(login_name(user))}_FILE names.",
        )
    return found[0]


def keep_login(login: Login, user: str) -> str:
    """Keep the login for this mailbox; in words where. Raises ConfigError where it cannot be kept."""
    return keychain.write_secret(login_name(user), json.dumps(asdict(login))).where


def forget_login(user: str) -> None:
    """Forget the login for this mailbox wherever we keep it."""
    keychain.delete_secret(login_name(user))


def _needed(what: str) -> LoginNeeded:
    return LoginNeeded(what, remedy="Run `newsletter login` again.")
