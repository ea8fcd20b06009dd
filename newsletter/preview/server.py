"""Serves the preview on this machine until it is stopped; its link is given when it listens."""

import datetime as dt
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import InputError
from newsletter.preview.guard import App, Guard
from newsletter.preview.session import Session

if TYPE_CHECKING:
    import uvicorn

_HOST = "127.0.0.1"


def serve_preview(
    root: Path, issue: Path, *, port: int, clock: Callable[[], dt.datetime], ready: Callable[[str], None]
) -> None:
    """Serve the preview of the file `issue` of the workspace at `root` until Ctrl-C; port 0 takes a free one.

    `ready` is called with the link, which works once, as soon as the server listens. Raises
    InputError where the port is taken.
    """
    from newsletter.preview.pages import application, door_page

    session = Session(root.resolve(), issue.absolute(), clock)
    with closing(_listen(port)) as listener:
        guard = Guard(listener.getsockname()[1])
        app = guard.around(application(session, guard), door_page())
        server = _server(app, session, lambda: ready(guard.link))
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            return  # the one way to end it


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
    except OSError as error:
        listener.close()
        raise InputError(
            f"port {port} cannot be used: {error.strerror}",
            remedy="Leave out --port, and a free one is taken.",
        ) from None
    return listener


def _server(app: App, session: Session, ready: Callable[[], None]) -> "uvicorn.Server":
    import uvicorn

    class Server(uvicorn.Server):
        """Tells when it listens, and lets open pages go before it waits for them."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await session.start()
            await super().startup(sockets=sockets)
            ready()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            session.let_go()
            await super().shutdown(sockets=sockets)
            await session.stop()

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # whom somebody looked for is nobody's business
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    return Server(config)
