"""The open internet and nothing else: a name is looked up once, judged, and connected to as it was judged."""

import functools
import ipaddress
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, cast

if TYPE_CHECKING:
    import httpcore
    import httpx

#: Whether an address and port may be connected to. Tests allow loopback; nothing else does.
Policy = Callable[[str, int], bool]

WEB_PORTS = frozenset({80, 443, 8080, 8443})
_SECONDS_A_NAME = 5.0
_MOST_UNANSWERED = 8  # names in a row
_MOST_TRIED = 3  # addresses of one name
# The only unicast addresses of IPv6 that are given out; what lies outside is loopback, link-local, ULA …
_GIVEN_OUT = ipaddress.IPv6Network("2000::/3")
# 6to4 and Teredo lead to any IPv4 address. NAT64's own prefix is judged by the address inside.
_TUNNELS = (ipaddress.IPv6Network("2002::/16"), ipaddress.IPv6Network("2001::/32"))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class NotOpen(Exception):
    """The host has an address that is not of the open internet; it was not asked."""


class NotFound(Exception):
    """The host's name leads to no address. `gone`: there is no such host; else nobody could say."""

    def __init__(self, message: str, *, gone: bool = False) -> None:
        super().__init__(message)
        self.gone = gone


def is_open(address: str) -> bool:
    """Whether the IP address is one of the open internet, by what it stands for where it wraps another."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        if inner is not None:
            return is_open(str(inner))
        if ip not in _GIVEN_OUT or any(ip in tunnel for tunnel in _TUNNELS):
            return False
    return ip.is_global and not ip.is_multicast


def is_public(address: str, port: int) -> bool:
    """Whether the IP address is one of the open internet, and the port one of the web."""
    return port in WEB_PORTS and is_open(address)


@dataclass
class Names:
    """Names looked up: each once, for five seconds at most; after eight in a row without an answer no more.

    The system's own look-up cannot be told when to stop, and may take half a minute for each name.
    """

    look_up: Callable[..., list[Any]] = socket.getaddrinfo
    seconds: float = _SECONDS_A_NAME
    _known: dict[tuple[str, int], tuple[str, ...] | NotFound] = field(default_factory=dict)
    _unanswered: int = 0

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses of a host, as numbers. Raises NotFound."""
        known = self._known.get((host, port))
        if known is None:
            known = self._known[host, port] = self._looked_up(host, port)
        if isinstance(known, NotFound):
            raise NotFound(str(known), gone=known.gone)
        return known

    def _looked_up(self, host: str, port: int) -> tuple[str, ...] | NotFound:
        if self._unanswered >= _MOST_UNANSWERED:
            return NotFound("names are not being answered, so this one was not looked up")
        answer: queue.SimpleQueue[tuple[str, ...] | NotFound] = queue.SimpleQueue()
        # A daemon: a look-up that hangs must not keep the program from ending.
        threading.Thread(target=lambda: answer.put(self._asked(host, port)), daemon=True).start()
        try:
            found = answer.get(timeout=self.seconds)
        except queue.Empty:
            self._unanswered += 1
            return NotFound(f"the name '{host}' was not looked up within {self.seconds:g} seconds")
        self._unanswered = 0
        return found

    def _asked(self, host: str, port: int) -> tuple[str, ...] | NotFound:
        try:
            rows = self.look_up(host, port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            gone = error.errno in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
            said = f"there is no host '{host}'" if gone else f"the name '{host}' could not be looked up"
            return NotFound(said, gone=gone)
        except (OSError, ValueError):
            return NotFound(f"'{host[:100]}' is no name of a host", gone=True)
        return tuple(dict.fromkeys(str(row[4][0]) for row in rows))


@dataclass(frozen=True)
class Way:
    """How httpx gets out: to judged addresses only, and for as long as `left()` says, in seconds.

    Built as a network backend of httpcore, so that the address that was judged is the one connected
    to, while TLS still proves the name. A time-out of httpx's own holds for each read: a server that
    drips could keep it for ever.
    """

    names: Names
    allowed: Policy
    left: Callable[[], float]

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *_: Any, **__: Any) -> "_Line":
        """A line to the host. Raises NotFound, NotOpen, or httpcore's own errors."""
        import httpcore

        for address in self._judged(host, port)[:_MOST_TRIED]:
            try:
                return _Line(httpcore.SyncBackend().connect_tcp(address, port, self.time(timeout)), self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def _judged(self, host: str, port: int) -> tuple[str, ...]:
        addresses = self.names.addresses(host, port)
        # One private address among public ones is a trick, or a fault; either way nothing is asked.
        if not addresses or not all(self.allowed(address, port) for address in addresses):
            raise NotOpen(f"'{host}' is not an address of the open internet")
        return addresses

    def time(self, timeout: float | None) -> float:
        """For how long may be waited now. Raises httpcore.ReadTimeout where the time is over."""
        import httpcore

        left = self.left()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is over")
        return min(left, timeout) if timeout is not None else left


@dataclass(frozen=True)
class _Line:
    """A connection whose every wait is cut to the time that is left."""

    stream: "httpcore.NetworkStream"
    way: Way

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self.way.time(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self.way.time(timeout))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> Self:
        secured = self.stream.start_tls(ssl_context, server_hostname, self.way.time(timeout))
        return type(self)(secured, self.way)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


def client_on(way: Way, headers: Iterable[tuple[str, str]], seconds: float) -> "httpx.Client":
    """A client that goes by the `way` only, follows nothing by itself, and waits `seconds` for one answer.

    Proxies of the surroundings are not used, since they would look the name up anew.
    """
    import httpcore
    import httpx

    transport = httpx.HTTPTransport(verify=_authorities(), trust_env=False)
    # httpx has no door for a network backend; its pool is exchanged for one with ours.
    transport._pool = httpcore.ConnectionPool(
        ssl_context=_authorities(),
        max_keepalive_connections=0,
        network_backend=cast("httpcore.NetworkBackend", way),
    )
    return httpx.Client(transport=transport, headers=list(headers), timeout=seconds, trust_env=False)


@functools.lru_cache(maxsize=1)
def _authorities() -> ssl.SSLContext:
    """Whose certificates are trusted; read once, since it takes a while."""
    import httpx

    return httpx.create_ssl_context()
