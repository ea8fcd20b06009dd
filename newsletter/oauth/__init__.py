"""Logins by token at Microsoft and Google: given once in a browser, renewed by themselves after that."""

from newsletter.oauth.keeping import (
    Login,
    LoginNeeded,
    client_secret_name,
    forget_login,
    login_name,
    read_login,
)
from newsletter.oauth.provider import (
    Use,
    in_words,
    lasts_until,
    log_in,
    require_provider,
    token_source,
    user_of,
)
from newsletter.oauth.tokens import Fresh

__all__ = [
    "Fresh",
    "Login",
    "LoginNeeded",
    "Use",
    "client_secret_name",
    "forget_login",
    "in_words",
    "lasts_until",
    "log_in",
    "login_name",
    "read_login",
    "require_provider",
    "token_source",
    "user_of",
]
