"""Serves the public pages until it is stopped: on this machine, for a reverse proxy to pass on."""

import datetime as dt
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

    from newsletter.webapp.guard import App

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

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    site = open_site(workspace, clock)
    with site.inbox, closing(_listen(where)) as listener, _stopped_by_signal():
        host, port = listener.getsockname()[:2]
        app = create_app(site, Limits(time.monotonic))
        named = f"[{host}]" if ":" in host else host
        server = _server(app, where.proxies, lambda: ready(f"http://{named}:{port}{site.root}/"))
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            return  # the one way to end it


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
        log_level="warning",
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
