"""Asks the provider that newsletter.toml names: for a login once, for tokens from then on."""

import datetime as dt
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Literal

from newsletter import keychain
from newsletter.config import Config, OAuth
from newsletter.errors import ConfigError, NewsletterError
from newsletter.oauth.keeping import Login, keep_login, login_name, require_login
from newsletter.oauth.tokens import Clocks, Fresh, Token

Use = Literal["smtp", "imap"]
#: Is told, in a sentence, what the person at the screen has to do.
Tell = Callable[[str], None]

_IN_WORDS = {"microsoft": "Microsoft", "google": "Google"}
#: How long a login lives that is not used: Microsoft's lifetime of refresh tokens, Google's six months.
_UNUSED = {"microsoft": dt.timedelta(days=90), "google": dt.timedelta(days=180)}


def in_words(settings: OAuth) -> str:
    """The provider's name as people know it."""
    return _IN_WORDS.get(settings.provider, settings.provider)


def user_of(config: Config, use: Use) -> str:
    """The mailbox that is used, to send or to read."""
    return config.mailbox.user or config.smtp.user if use == "imap" else config.smtp.user


def require_provider(config: Config) -> OAuth:
    """The settings under [oauth]. Raises ConfigError that names what is missing."""
    settings = config.oauth
    missing = [name for name in ("provider", "client_id") if not getattr(settings, name)]
    if settings.provider == "microsoft" and not settings.tenant:
        missing.append("tenant")
    if missing:
        raise ConfigError(
            f'newsletter.toml: auth is "xoauth2", and under [oauth] there is no {" and no ".join(missing)}',
            remedy="Your IT department can tell you what to write there: docs/login.md says what to ask for.",
        )
    return settings


def log_in(
    config: Config, user: str, *, now: dt.datetime, tell: Tell, by_device: bool = False
) -> tuple[Login, str]:
    """Have somebody log in with a browser, on this computer or `by_device` on any; the login and where it is kept.

    Waits for that person, for some minutes. Raises LoginNeeded where it comes to nothing,
    ServerUnavailable, and ConfigError where the settings are not right or a library is missing.
    """
    settings = require_provider(config)
    ways = _ways(settings)
    flow = ways.by_device if by_device else ways.by_browser
    account, grant = flow(settings, user, _uses(config, user), tell)
    moment = now.isoformat(timespec="seconds")
    login = Login(settings.provider, settings.tenant, settings.client_id, account, moment, moment, grant)
    return login, keep_login(login, user)


def token_source(config: Config, use: Use = "smtp", clocks: Clocks | None = None) -> Fresh:
    """Gives a token with some minutes of life left whenever it is called, from any thread.

    Raises ConfigError or LoginNeeded at once where nobody is logged in; when called LoginNeeded where
    the login has ended, and ServerUnavailable where the provider does not answer.
    """
    settings, user = require_provider(config), user_of(config, use)
    ways, clocks = _ways(settings), clocks or Clocks()
    login = require_login(settings, user)

    def renew() -> Token:
        nonlocal login
        token: Token = ways.renew(settings, user, login.grant, use)
        moment = dt.datetime.fromtimestamp(clocks.wall(), dt.UTC).isoformat(timespec="seconds")
        login = replace(login, renewed=moment, grant=token.grant)
        _keep_on(login, user)
        return token

    return Fresh(renew, clocks)


def lasts_until(login: Login) -> dt.datetime:
    """Until when the login holds if it is not used before; each use makes it hold longer."""
    return dt.datetime.fromisoformat(login.renewed) + _UNUSED[login.provider]


def _keep_on(login: Login, user: str) -> None:
    """Keep the renewed login. A run goes on without: the old one serves for weeks yet."""
    name = login_name(user)
    try:
        # What the environment itself says cannot be written back, and what was forgotten meanwhile stays so.
        if not os.environ.get(keychain.environment_name(name)) and keychain.read_secret(name):
            keep_login(login, user)
    except NewsletterError as error:
        logging.getLogger(__name__).warning("the renewed login for the mail server was not kept: %s", error)


def _uses(config: Config, user: str) -> tuple[Use, ...]:
    """What the login of `user` is to be good for, so that people are asked once."""
    by_token: dict[Use, bool] = {
        "smtp": config.smtp.auth == "xoauth2",
        "imap": bool(config.mailbox.host) and config.mailbox.auth == "xoauth2",
    }
    uses = tuple(use for use, wanted in by_token.items() if wanted and user_of(config, use) == user)
    return uses or ("smtp",)


def _ways(settings: OAuth) -> ModuleType:
    from newsletter.oauth import google, microsoft

    return google if settings.provider == "google" else microsoft
