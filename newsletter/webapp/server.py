"""Serves the public pages until it is stopped: on this machine, for a reverse proxy to pass on."""

import datetime as dt
import ipaddress
import logging
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

from newsletter.config import Workspace
from newsletter.errors import InputError

if TYPE_CHECKING:
    import uvicorn

    from newsletter.webapp.guard import App, Receive, Scope, Send

#: Octets of a request's head, connections at once, seconds for which a connection may be silent, and for going.
_MOST_HEAD, _MOST_AT_ONCE, _SILENCE, _FAREWELL = 16 * 1024, 1000, 30, 10


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen, and the addresses of the proxies whose word on who asks is believed; none: nobody's."""

    host: str = "127.0.0.1"
    port: int = 8025
    proxies: tuple[str, ...] = ()


def serve_public(
    workspace: Workspace,
    where: Listening,
    *,
    clock: Callable[[], dt.datetime],
    ready: Callable[[str], None],
) -> None:
    """Serve the public pages of a workspace, or of a folder made for it, until Ctrl-C or SIGTERM.

    `ready` is called with the address as soon as the server listens; port 0 takes a free one. Raises
    InputError where it cannot listen there, and as `open_site`.
    """
    from newsletter.webapp.app import create_app
    from newsletter.webapp.limits import Limits
    from newsletter.webapp.site import open_site

    _require_addresses(where.proxies)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    site = open_site(workspace, clock)
    with site.inbox, closing(_listen(where)) as listener, _stopped_by_signal():
        host, port = listener.getsockname()[:2]
        app = create_app(site, Limits(time.monotonic))
        if not where.proxies:
            app = _warns_of_a_proxy(app)
        named = f"[{host}]" if ":" in host else host
        server = _server(app, where.proxies, lambda: ready(f"http://{named}:{port}{site.root}/"))
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            return  # the one way to end it


def _require_addresses(proxies: Sequence[str]) -> None:
    """Raises InputError for what is neither an address nor a network: a name or '*' would let anybody say who they are."""
    for proxy in proxies:
        try:
            ipaddress.ip_network(proxy)
        except ValueError:
            raise InputError(
                f"--proxy {proxy!r} is no address",
                remedy="Name the proxy by its address, such as 127.0.0.1, or its network, such as 10.88.0.0/16.",
            ) from None


def _warns_of_a_proxy(app: "App") -> "App":
    """`app`, which says once that a proxy stands before it whose word is not believed: all visitors look like one."""
    told = False

    async def warning(scope: "Scope", receive: "Receive", send: "Send") -> None:
        nonlocal told
        if not told and any(name == b"x-forwarded-for" for name, _ in scope.get("headers", ())):
            told = True
            logging.getLogger(__name__).warning(
                "visitors come by a proxy, and are counted as one, so that they soon have to wait: "
                "name its address with --proxy"
            )
        await app(scope, receive, send)

    return warning


def _listen(where: Listening) -> socket.socket:
    try:
        (family, *_, address), *_ = socket.getaddrinfo(
            where.host, where.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise InputError(f"{where.host} cannot be listened on: {error.strerror}") from None
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise InputError(
            f"port {where.port} of {where.host} cannot be used: {error.strerror}",
            remedy="Name another one with --port, and tell the proxy.",
        ) from None
    return listener


@contextmanager
def _stopped_by_signal() -> Iterator[None]:
    """SIGTERM ends it as Ctrl-C does: what is being answered is answered, and the inbox is closed."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _server(app: "App", proxies: Sequence[str], ready: Callable[[], None]) -> "uvicorn.Server":
    import uvicorn

    class Server(uvicorn.Server):
        """Tells when it listens."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            ready()

    config = uvicorn.Config(
        app,
        log_config=None,
        # Our own faults are logged at the door; what is no HTTP is no news, and strangers would fill the log with it.
        log_level="critical",
        access_log=False,  # who reads what is nobody's business
        ws="none",
        lifespan="off",
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=[*proxies],
        limit_concurrency=_MOST_AT_ONCE,
        timeout_keep_alive=_SILENCE,
        timeout_graceful_shutdown=_FAREWELL,
        h11_max_incomplete_event_size=_MOST_HEAD,
    )
    return Server(config)
