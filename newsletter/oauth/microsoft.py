"""Logins and tokens from Microsoft, by msal."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from newsletter.config import OAuth
from newsletter.errors import ConfigError
from newsletter.oauth.keeping import LoginNeeded
from newsletter.oauth.tokens import Token
from newsletter.oauth.wire import DONE, PATIENCE, connection, ended, missing, said, unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    import msal
    import requests

_NAME = "Microsoft"
_AUTHORITY = "https://login.microsoftonline.com"
_SCOPES = {
    "smtp": "https://outlook.office.com/SMTP.Send",
    "imap": "https://outlook.office.com/IMAP.AccessAsUser.All",
}
_TEMPORARY = {"temporarily_unavailable", "server_error"}


def by_browser(
    settings: OAuth, user: str, uses: Sequence[str], tell: "Callable[[str], None]"
) -> tuple[str, str]:
    """Log in with the browser of this computer; the account and the grant."""

    def show(address: str) -> None:
        tell(f"No browser could be opened. Open this address in one on this computer:\n{address}")

    def ask(app: "msal.PublicClientApplication") -> Any:
        tell("Your browser opens: log in there, and agree to what is asked.")
        return app.acquire_token_interactive(
            [_SCOPES[use] for use in uses],
            prompt="select_account",
            login_hint=user,
            timeout=PATIENCE,
            auth_uri_callback=show,
            success_template=DONE,
        )

    return _logged_in(settings, ask)


def by_device(
    settings: OAuth, user: str, uses: Sequence[str], tell: "Callable[[str], None]"
) -> tuple[str, str]:
    """Log in with the browser of any computer or telephone; the account and the grant."""

    def ask(app: "msal.PublicClientApplication") -> Any:
        flow = app.initiate_device_flow([_SCOPES[use] for use in uses])
        if "user_code" not in flow:
            return flow
        tell(
            f"On any computer or telephone open {flow['verification_uri']}, type the code {flow['user_code']}, "
            f"and log in for {user}. This command waits."
        )
        return app.acquire_token_by_device_flow(flow)

    return _logged_in(settings, ask)


def renew(settings: OAuth, user: str, grant: str, use: str) -> Token:
    """A new token. Raises LoginNeeded where the login has ended, ServerUnavailable where nobody answers."""
    cache = _cache()
    cache.deserialize(grant)
    with connection(_NAME) as session:
        app = _app(settings, cache, session)
        account = next(iter(app.get_accounts()), None)
        result = _trying(
            lambda: app.acquire_token_silent_with_error([_SCOPES[use]], account, force_refresh=True)
        )
    if not result:
        raise LoginNeeded(f"nobody is logged in for {user}", remedy="Run `newsletter login`.")
    if "access_token" not in result:
        raise _refused(result)
    return Token(result["access_token"], float(result.get("expires_in", 0)), _grant(cache))


def _logged_in(settings: OAuth, ask: "Callable[[msal.PublicClientApplication], Any]") -> tuple[str, str]:
    cache = _cache()
    with connection(_NAME) as session:
        app = _app(settings, cache, session)
        result = _trying(lambda: ask(app))
        if "access_token" not in result:
            raise _refused(result)
        account: dict[str, str] = next(iter(app.get_accounts()), {})
    return str(account.get("username") or ""), _grant(cache)


def _refused(result: dict[str, Any]) -> Exception:
    error, description = result.get("error", "no token"), result.get("error_description", "")
    if error in _TEMPORARY:
        return unreachable(_NAME, said(_NAME, error, description))
    return ended(_NAME, error, description)


def _trying(deed: "Callable[[], Any]") -> Any:
    """What `deed` gives; msal's own errors become ours."""
    from msal.exceptions import MsalError

    try:
        return deed()
    except MsalError as error:
        raise unreachable(_NAME, error) from None
    except RuntimeError as error:  # nobody logged in in time, or somebody answered in another's place
        raise ended(_NAME, type(error).__name__, error) from None
    except ValueError as error:
        raise unreachable(_NAME, f"its answer makes no sense ({type(error).__name__})") from None


def _app(settings: OAuth, cache: "msal.SerializableTokenCache", session: "requests.Session") -> Any:
    import msal

    address = f"{settings.authority.rstrip('/') or _AUTHORITY}/{settings.tenant}"
    try:
        return msal.PublicClientApplication(
            settings.client_id,
            authority=address,
            token_cache=cache,
            http_client=session,
            # An authority of the study's own choice is not among those that Microsoft vouches for.
            instance_discovery=False if settings.authority else None,
        )
    except ValueError:
        raise ConfigError(
            f"newsletter.toml: oauth.tenant = {settings.tenant!r} is not known at {address.rpartition('/')[0]}",
            remedy="It is the 'Directory (tenant) ID' of your organisation: ask your IT department.",
        ) from None


def _cache() -> "msal.SerializableTokenCache":
    try:
        import msal
    except ImportError:
        raise missing("msal") from None
    return msal.SerializableTokenCache()


def _grant(cache: "msal.SerializableTokenCache") -> str:
    """What is worth keeping: tokens that live an hour are not, since their end is told by a clock that may change."""
    kept = json.loads(cache.serialize())
    return json.dumps({name: part for name, part in kept.items() if name not in ("AccessToken", "IdToken")})
