"""Asks web servers whether links still lead somewhere: public addresses only, politely, and bounded in all."""

import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

if TYPE_CHECKING:
    import httpx

#: Which address and port may be asked. Tests allow loopback; nothing else does.
Policy = Callable[[str, int], bool]

MOST_LINKS = 200
_WORKERS, _HOPS = 8, 5
_SECONDS_EACH, _SECONDS_ALL = 5.0, 60.0
_PORTS = {80, 443, 8080, 8443}
# Networks by whose addresses a private IPv4 address can be reached: NAT64, 6to4, Teredo.
_TRANSLATED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))
_PERMANENT, _TEMPORARY = {301, 308}, {302, 303, 307}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a link: the last status (0: none), where it ended, and in words what hindered.

    `moved` is true where every step on the way was a permanent redirect; `private` where a step led to
    an address that is not public, which was not asked; `gone` where the host is not known at all.
    """

    status: int = 0
    final: str = ""
    trouble: str = ""
    moved: bool = False
    private: bool = False
    gone: bool = False


class _NotAskedError(Exception):
    """A step that is not taken; the answer says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.trouble)
        self.answer = answer


def is_public(address: str, port: int) -> bool:
    """Whether the IP address is one of the open internet, and the port one of the web."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        elif any(ip in network for network in _TRANSLATED):
            return False
    return port in _PORTS and ip.is_global and not ip.is_multicast


def ask_links(
    targets: Sequence[str], *, allowed: Policy = is_public, seconds: float = _SECONDS_ALL
) -> dict[str, Answer]:
    """An answer for each of the first 200 different web addresses; those not done in `seconds` say so."""
    wanted = list(dict.fromkeys(targets))[:MOST_LINKS]
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    answers: dict[str, Answer] = {}
    for target in wanted:
        waiting.put(target)

    def work() -> None:
        while True:
            try:
                target = waiting.get_nowait()
            except queue.Empty:
                return
            answers[target] = ask(target, allowed=allowed)

    # Daemons: a server that sends a letter now and then must not keep the program from ending.
    workers = [threading.Thread(target=work, daemon=True) for _ in range(min(_WORKERS, len(wanted)))]
    end = time.monotonic() + seconds
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(max(0.0, end - time.monotonic()))
    late = Answer(trouble=f"no answer within {seconds:.0f} seconds")
    done = dict(answers)
    return {target: done.get(target, late) for target in wanted}


def ask(target: str, *, allowed: Policy = is_public) -> Answer:
    """The answer for one link, after at most five redirects; nothing is raised."""
    import httpx

    url, moved = target.partition("#")[0], True
    try:
        with httpx.Client(timeout=_SECONDS_EACH, trust_env=False, headers=_headers()) as client:
            for _ in range(_HOPS + 1):
                response = _step(client, url, allowed)
                onward = response.headers.get("location", "")
                if response.status_code not in _PERMANENT | _TEMPORARY or not onward:
                    return Answer(response.status_code, url, moved=moved and url != target.partition("#")[0])
                moved = moved and response.status_code in _PERMANENT
                url = urljoin(url, onward).partition("#")[0]
        return Answer(final=url, trouble=f"more than {_HOPS} redirects")
    except _NotAskedError as refused:
        return refused.answer
    except httpx.TimeoutException:
        return Answer(final=url, trouble=f"no answer within {_SECONDS_EACH:.0f} seconds")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return Answer(final=url, trouble=f"no connection ({error})" if str(error) else "no connection")


def _step(client: "httpx.Client", url: str, allowed: Policy) -> "httpx.Response":
    """One request to the address that was looked at, so that the name cannot change its mind in between."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise _NotAskedError(Answer(final=url, trouble="it leads to what is no web address"))
    address = _public_address(parts, url, allowed)
    host = parts.hostname.encode("idna").decode() if not parts.hostname.isascii() else parts.hostname
    shown = f"[{address}]" if ":" in address else address
    port = f":{parts.port}" if parts.port else ""
    pinned = parts._replace(netloc=f"{shown}{port}", fragment="").geturl()
    name = f"[{host}]" if ":" in host else host
    for method in ("HEAD", "GET"):
        request = client.build_request(
            method, pinned, headers={"Host": f"{name}{port}"}, extensions={"sni_hostname": host}
        )
        # What is answered is never read: only the status and where it leads on.
        response = client.send(request, stream=True)
        response.close()
        if response.status_code < 400:
            break
    return response


def _public_address(parts: SplitResult, url: str, allowed: Policy) -> str:
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        unknown = error.errno in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
        trouble = (
            f"there is no host '{parts.hostname}'" if unknown else "the host's name could not be looked up"
        )
        raise _NotAskedError(Answer(final=url, trouble=trouble, gone=unknown)) from None
    addresses = [str(entry[4][0]) for entry in found]
    # One private address among public ones is a trick, or a fault; either way nothing is asked.
    if not addresses or not all(allowed(address, port) for address in addresses):
        trouble = f"'{parts.hostname}' is not an address of the open internet"
        raise _NotAskedError(Answer(final=url, trouble=trouble, private=True))
    return addresses[0]


def _headers() -> dict[str, str]:
    import importlib.metadata

    version = importlib.metadata.version("newsletter")
    return {"User-Agent": f"newsletter/{version} (looks once whether links work)", "Accept": "*/*"}
