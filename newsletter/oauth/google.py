"""Logins and tokens from Google, by google-auth and google-auth-oauthlib."""

import datetime as dt
import json
import webbrowser
from collections.abc import Callable, Sequence
from typing import Any

from newsletter import keychain
from newsletter.config import OAuth
from newsletter.errors import ConfigError, InputError
from newsletter.oauth.keeping import client_secret_name
from newsletter.oauth.tokens import Token
from newsletter.oauth.wire import DONE, PATIENCE, TIMEOUT, connection, ended, missing, unreachable, why

_NAME = "Google"
_SCOPE = "https://mail.google.com/"  # sending by SMTP and reading by IMAP: there is no narrower one


def by_browser(
    settings: OAuth, user: str, uses: Sequence[str], tell: Callable[[str], None]
) -> tuple[str, str]:
    """Log in with the browser of this computer; the account and the grant. The one scope serves all `uses`."""
    flow_class, late, refused = _flow_class(tell)
    word = _client_secret(settings)
    with connection(_NAME):
        flow = flow_class.from_client_config({"installed": _client(settings, word)}, scopes=[_SCOPE])
        try:
            with flow.oauth2session:
                got = flow.run_local_server(
                    host="127.0.0.1",
                    port=0,
                    open_browser=False,
                    authorization_prompt_message=None,
                    success_message=DONE,
                    timeout_seconds=PATIENCE,
                    login_hint=user,
                    # Without it Google gives nothing to renew tokens with to somebody who agreed before.
                    prompt="consent",
                )
        except late:
            raise ended(_NAME, "nobody logged in in time") from None
        except refused as error:
            raise ended(_NAME, error.error, error.description) from None
    if not got.refresh_token:
        raise ended(_NAME, "no refresh token was given")
    # The application's secret goes with it, so that a login can be handed to another computer in one file.
    return user, json.dumps({"refresh_token": got.refresh_token, "client_secret": word})


def _flow_class(tell: Callable[[str], None]) -> tuple[Any, Any, Any]:
    """Google's flow with our words and our patience, and its two errors: nobody came, or they said no."""
    try:
        from google_auth_oauthlib.flow import InstalledAppFlow, WSGITimeoutError
        from oauthlib.oauth2 import OAuth2Error
    except ImportError:
        raise missing("google-auth-oauthlib") from None

    class Flow(InstalledAppFlow):  # type: ignore[misc]  # the library ships no types
        def authorization_url(self, **asked: Any) -> tuple[str, str]:
            address, state = super().authorization_url(**asked)
            if webbrowser.open(address):
                tell("Your browser opens: log in there, and agree to what is asked.")
            else:
                tell(f"No browser could be opened. Open this address in one on this computer:\n{address}")
            return address, state

        def fetch_token(self, **asked: Any) -> Any:
            return super().fetch_token(timeout=TIMEOUT, **asked)

    return Flow, WSGITimeoutError, OAuth2Error


def by_device(
    settings: OAuth, user: str, uses: Sequence[str], tell: Callable[[str], None]
) -> tuple[str, str]:
    """Raises InputError: Google gives no device codes for mail."""
    raise InputError(
        "Google lets nobody log in for mail with a device code",
        remedy="Run `newsletter login` on a computer with a browser, then hand the login over in a file: docs/login.md.",
    )


def renew(settings: OAuth, user: str, grant: str, use: str) -> Token:
    """A new token. Raises LoginNeeded where the login has ended, ServerUnavailable where nobody answers."""
    try:
        from google.auth.exceptions import GoogleAuthError, RefreshError
        from google.auth.transport.requests import Request
        from google.oauth2.credentials import Credentials
    except ImportError:
        raise missing("google-auth") from None

    held = json.loads(grant)
    client = _client(settings, held["client_secret"])
    credentials = Credentials(  # type: ignore[no-untyped-call]  # it says that it has types, and lacks these
        None,
        refresh_token=held["refresh_token"],
        token_uri=client["token_uri"],
        client_id=client["client_id"],
        client_secret=client["client_secret"],
        scopes=[_SCOPE],
    )
    with connection(_NAME) as session:
        try:
            credentials.refresh(Request(session=session))  # type: ignore[no-untyped-call]
        except RefreshError as error:
            if error.retryable:
                raise unreachable(_NAME, error.args[0]) from None
            raise ended(_NAME, error.args[0]) from None
        except GoogleAuthError as error:
            raise unreachable(_NAME, why(error.__cause__ or error)) from None
    moment = dt.datetime.now(dt.UTC).replace(tzinfo=None)  # as google-auth reckons, without a zone
    seconds = (credentials.expiry - moment).total_seconds() if credentials.expiry else 0.0
    held["refresh_token"] = credentials.refresh_token or held["refresh_token"]
    return Token(str(credentials.token), seconds, json.dumps(held))


def _client_secret(settings: OAuth) -> str:
    """What Google calls a secret, though every desktop application shows it. Raises ConfigError without it."""
    secret = keychain.read_secret(client_secret_name(settings))
    if secret is None:
        raise ConfigError(
            "the client secret that belongs to oauth.client_id is not here",
            remedy="Run `newsletter login`: it asks for it.",
        )
    return secret.value


def _client(settings: OAuth, secret: str) -> dict[str, Any]:
    """Who we are to Google, and where it is."""
    own = settings.authority.rstrip("/")
    return {
        "client_id": settings.client_id,
        "client_secret": secret,
        "auth_uri": f"{own or 'https://accounts.google.com'}/o/oauth2/v2/auth",
        "token_uri": f"{own or 'https://oauth2.googleapis.com'}/token",
    }
