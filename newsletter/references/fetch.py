"""Asks a DOI's registry for its record, within bounds of time, size, redirects and tries."""

import ipaddress
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

from newsletter.internet import WEB_PORTS, Names, NotFound, NotOpen, Policy, Way, client_on, is_open
from newsletter.issue import bare_doi

if TYPE_CHECKING:
    import httpx

_ACCEPT = "application/vnd.citationstyles.csl+json"
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_REDIRECTS = {301, 302, 303, 307, 308}
_LONGEST_PAUSE = 10.0  # seconds
_BY_HAND = "write authors:, title:, year: in the issue instead"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is waited for and taken for one DOI."""

    seconds: float = 30.0
    size: int = 2 << 20  # bytes
    redirects: int = 5
    tries: int = 3


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no record; `temporary` where asking again later may help."""

    doi: str
    message: str
    remedy: str
    temporary: bool = False


@dataclass(frozen=True)
class Registry:
    """Who is asked: `resolver` is https://doi.org/ or a server on this machine.

    Only a resolver that is itself named as this machine may be asked there, on its own port.
    """

    resolver: str
    agent: str
    limits: Limits = field(default_factory=Limits)
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    names: Names = field(default_factory=Names)

    @property
    def policy(self) -> Policy:
        """Which address and port may be connected to, at the first step and at every redirect."""
        parts = urlsplit(self.resolver)
        own = parts.port or (443 if parts.scheme == "https" else 80)
        here = _on_loopback(self.resolver)

        def allowed(address: str, port: int) -> bool:
            if here and port == own and ipaddress.ip_address(address.partition("%")[0]).is_loopback:
                return True
            return port in WEB_PORTS | {own} and is_open(address)

        return allowed


def fetch_record(doi: str, registry: Registry) -> dict[str, Any] | Refusal:
    """The record of a DOI as CSL-JSON, just as the registry gives it, or why there is none."""
    end = registry.clock() + registry.limits.seconds
    way = Way(registry.names, registry.policy, lambda: end - registry.clock())
    headers = (("Accept", _ACCEPT), ("User-Agent", registry.agent))
    with client_on(way, headers, registry.limits.seconds / 3) as client:
        for number in range(1, registry.limits.tries + 1):
            found, asked_for = _once(client, doi, registry)
            wait = max(asked_for, min(0.5 * 2**number, _LONGEST_PAUSE))
            last = number == registry.limits.tries or registry.clock() + wait >= end
            if not isinstance(found, Refusal) or not found.temporary or last:
                return found
            registry.pause(wait)
    raise AssertionError("there is at least one try")


def _once(client: "httpx.Client", doi: str, registry: Registry) -> tuple[dict[str, Any] | Refusal, float]:
    """What one try gave, and for how many seconds the server asks to be left alone."""
    import httpx

    try:
        return _followed(client, doi, registry)
    except (NotOpen, NotFound, httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return _hindered(error, doi, registry), 0.0


def _hindered(error: Exception, doi: str, registry: Registry) -> Refusal:
    import httpx

    if isinstance(error, NotOpen):
        return Refusal(doi, "the registry leads to an address inside a private network", _BY_HAND)
    if isinstance(error, httpx.TimeoutException):
        return Refusal(doi, "the registry did not answer in time", "try again later", temporary=True)
    if isinstance(error, httpx.DecodingError):
        return Refusal(doi, "the registry's record is broken", _BY_HAND)
    if isinstance(error, NotFound | httpx.HTTPError):
        said = f"{registry.resolver} cannot be reached: {error or type(error).__name__}"
        return Refusal(doi, said, "look at your connection, and try again", temporary=True)
    return Refusal(doi, "the registry leads to an address that is none", _BY_HAND)


def _followed(client: "httpx.Client", doi: str, registry: Registry) -> tuple[dict[str, Any] | Refusal, float]:
    url = urljoin(registry.resolver.rstrip("/") + "/", "./" + quote(doi, safe="/:;()._-"))
    for _ in range(registry.limits.redirects + 1):
        with client.stream("GET", url) as answer:
            if answer.status_code not in _REDIRECTS:
                return _read(answer, doi, registry.limits.size), _wanted_wait(answer)
            url = urljoin(url, answer.headers.get("Location", ""))
        if reason := _unfit(url, registry.resolver):
            return Refusal(doi, f"the registry leads to {reason}", _BY_HAND), 0.0
    return Refusal(doi, "the registry leads from address to address without end", _BY_HAND), 0.0


def _read(answer: "httpx.Response", doi: str, most: int) -> dict[str, Any] | Refusal:
    if refusal := _refused(answer, doi):
        return refusal
    data = bytearray()
    for piece in answer.iter_bytes():
        data += piece
        if len(data) > most:
            return Refusal(doi, f"the record is bigger than {most:,} bytes", _BY_HAND)
    return _record(bytes(data), doi)


def _refused(answer: "httpx.Response", doi: str) -> Refusal | None:
    """What status and kind of the answer say against it; None where it may be read."""
    status = answer.status_code
    if status in {404, 410}:
        return Refusal(doi, "there is no such DOI", "look at it again on the paper's own page")
    if status in _AGAIN:
        return Refusal(doi, f"the registry cannot answer now ({status})", "try again later", temporary=True)
    if status != 200:
        return Refusal(doi, f"the registry has no record that can be used ({status})", _BY_HAND)
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not kind.endswith("json"):
        return Refusal(doi, f"the registry answered with {kind or 'something'}, not with a record", _BY_HAND)
    return None


def _record(data: bytes, doi: str) -> dict[str, Any] | Refusal:
    try:
        found = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return Refusal(doi, "the registry's record is broken", _BY_HAND)
    if not isinstance(found, dict):
        return Refusal(doi, "the registry's record is none", _BY_HAND)
    other = bare_doi(str(found.get("DOI") or ""))
    if other.casefold() != doi.casefold():
        named = f"of another DOI: {other[:100]}" if other else "without a DOI"
        return Refusal(doi, f"the registry answered with a record {named}", "use that one if it is meant")
    return found


def _unfit(url: str, resolver: str) -> str:
    """Why `url` is not followed, as it is written; '' where it may be. Its addresses are judged on the way."""
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        return "an address that is none"
    if parts.scheme != "https" and not (_on_loopback(resolver) and _on_loopback(url)):
        return "an address that is not encrypted"
    return ""


def _on_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _wanted_wait(answer: "httpx.Response") -> float:
    """Seconds from now, which a server may give as a number or as a date (RFC 9110, 10.2.3)."""
    said = answer.headers.get("Retry-After", "")
    if said.isdecimal() and len(said) < 6:
        return float(said)
    try:
        now = parsedate_to_datetime(answer.headers.get("Date", ""))
        return max(0.0, (parsedate_to_datetime(said) - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0
