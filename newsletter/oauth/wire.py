"""What both providers' libraries need of us: a connection that ends, and their errors in our words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from newsletter.errors import ConfigError, ServerUnavailable
from newsletter.oauth.keeping import LoginNeeded

if TYPE_CHECKING:
    import requests

#: Seconds that a person has to log in, and that a provider has to answer.
PATIENCE, TIMEOUT = 600, 30
DONE = "You are logged in. You can close this page and go back to the terminal."

_ADDRESS = re.compile(r"[^\s<>\"'(),:;]+@[^\s<>\"'(),:;]+")
_LONGEST = 300  # characters of what a provider says
#: What stands in the provider's answer, and what that means for the person at the screen: first what an IT
#: department has to mend, then what logging in again does.
_FOR_IT = (
    (
        r"AADSTS(65001|90094|90095|650052)|consent_required",
        "your IT department has to allow this program first",
    ),
    (r"AADSTS7000218", "the program is not registered as one that people run themselves ('public client')"),
    (r"AADSTS(53003|530\d\d|50005)", "a rule of your organisation (Conditional Access) does not allow this"),
    (r"AADSTS50105", "your account has not been assigned to this program by your IT department"),
    (r"AADSTS(90002|900023)", "the tenant under [oauth] is not known there"),
    (
        r"AADSTS(700016|7000215)|invalid_client|unauthorized_client",
        "the client_id under [oauth] is not known there",
    ),
)
_FOR_YOU = (
    (r"AADSTS(50173|70008|700082|700084)|expired or revoked|invalid_grant", "the login has ended"),
    (r"access_denied", "it was not agreed to"),
)


def missing(library: str) -> ConfigError:
    """Says that an optional library is not installed, and how to get it."""
    return ConfigError(
        f"logins by token need {library}, which is not installed",
        remedy="Install it with: pip install 'newsletter[oauth]'",
    )


def said(provider: str, error: object, description: object = "") -> str:
    """What a provider said, in plain words first; fit to be shown and kept."""
    text = " ".join(f"{error}: {description}".split())
    meaning = _meaning(text, _FOR_IT) or _meaning(text, _FOR_YOU)
    # Microsoft appends the time and numbers for its own support.
    text = _ADDRESS.sub("<address>", re.split(r" ?Trace ID:", text)[0])[:_LONGEST].rstrip(": ")
    return f"{provider}: {meaning} ({text})" if meaning else f"{provider}: {text}"


def ended(provider: str, error: object, description: object = "") -> LoginNeeded:
    """The login is not, or no longer, accepted."""
    remedy = "Run `newsletter login` again; nothing is lost, and what was not sent waits."
    if _meaning(f"{error}: {description}", _FOR_IT):
        remedy = "Show this to your IT department; docs/login.md says what they have to do. What was not sent waits."
    return LoginNeeded(said(provider, error, description), remedy=remedy)


def _meaning(text: str, known: tuple[tuple[str, str], ...]) -> str:
    return next((words for pattern, words in known if re.search(pattern, text)), "")


@contextmanager
def connection(provider: str) -> "Iterator[requests.Session]":
    """A connection to the provider, closed in the end; its failures become ServerUnavailable."""
    import requests

    class Session(requests.Session):
        def request(self, *args: Any, **kwargs: Any) -> "requests.Response":
            kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT
            return super().request(*args, **kwargs)

    try:
        with Session() as session:
            yield session
    except (requests.RequestException, OSError) as error:
        raise unreachable(provider, why(error)) from None


def why(error: BaseException) -> str:
    """What came between us and the provider; never its own words, which hold addresses with what was asked."""
    import requests

    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not good, or somebody on the way shows another"
    if isinstance(error, requests.Timeout | TimeoutError):
        return "it does not answer"
    return "it cannot be reached"


def unreachable(provider: str, why: object) -> ServerUnavailable:
    """The provider cannot be asked now."""
    return ServerUnavailable(
        f"{provider} cannot be asked for a token: {why}",
        remedy="Nothing is lost. Look at your connection, then run the same command again.",
    )
