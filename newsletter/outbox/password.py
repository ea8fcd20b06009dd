"""The mail server's password or token: where it comes from, and what to do where it is missing."""

import re
from collections.abc import Callable

from newsletter import keychain
from newsletter.config import Config, Smtp
from newsletter.errors import ConfigError
from newsletter.oauth import token_source


def password_name(settings: Smtp) -> str:
    """What the keychain calls the password of this user at this server."""
    return "smtp-" + re.sub(r"[^\w.@+-]", "_", f"{settings.user}@{settings.host}")


def read_secret(config: Config) -> Callable[[], str]:
    """Gives the password, or a token that is fresh, whenever it is called, from any thread.

    Raises ConfigError at once where there is no password or nobody is logged in.
    """
    if config.smtp.auth == "xoauth2":
        if not config.smtp.user:
            raise ConfigError(
                'newsletter.toml: smtp.auth is "xoauth2", and smtp.user is empty',
                remedy="Write there the address of the mailbox that sends.",
            )
        return token_source(config)
    password = _password(config.smtp)
    return lambda: password


def _password(settings: Smtp) -> str:
    """The password; '' where the server is used without a login. Raises ConfigError where it is missing."""
    if not settings.user:
        return ""
    secret = keychain.read_secret(password_name(settings))
    if secret is None:
        raise ConfigError(
            f"there is no password for {settings.user} at {settings.host}",
            remedy="Give it once with `newsletter login`; it is kept in the keyring. Scripts may set "
            f"{keychain.environment_name(password_name(settings))}.",
        )
    return secret.value
