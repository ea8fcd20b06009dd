"""The mailbox's password or token: where it comes from, and what to do where it is missing."""

import re
from collections.abc import Callable

from newsletter import keychain
from newsletter.config import Config
from newsletter.errors import ConfigError
from newsletter.oauth import token_source, user_of


def mailbox_password_name(config: Config) -> str:
    """What the keychain calls the password of this user at this server."""
    return "imap-" + re.sub(r"[^\w.@+-]", "_", f"{user_of(config, 'imap')}@{config.mailbox.host}")


def read_mailbox_secret(config: Config) -> Callable[[], str]:
    """Gives the password, or a token that is fresh, whenever it is called.

    Raises ConfigError at once where there is no user, no password, or nobody is logged in.
    """
    user, host = user_of(config, "imap"), config.mailbox.host
    if not user:
        raise ConfigError(
            "newsletter.toml: mailbox.user is empty, and so is smtp.user",
            remedy="Write there your login at the server of the mailbox, often its address.",
        )
    if config.mailbox.auth == "xoauth2":
        return token_source(config, "imap")
    secret = keychain.read_secret(mailbox_password_name(config))
    if secret is None:
        variable = keychain.environment_name(mailbox_password_name(config))
        raise ConfigError(
            f"there is no password for the mailbox of {user} at {host}",
            remedy=f"Give it once with `newsletter login mailbox`; it is kept in the keyring. Scripts may set {variable}.",
        )
    password = secret.value
    return lambda: password
