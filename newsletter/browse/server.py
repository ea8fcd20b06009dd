"""Serves the browser on this machine until it is stopped; its one-use link is given when it listens."""

import datetime as dt
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.browse.guard import App, guarded
from newsletter.browse.hooks import Browser, Datasette, browser_of, remember
from newsletter.browse.ready import Keeper
from newsletter.browse.tables import SETTINGS, metadata
from newsletter.config import Workspace
from newsletter.errors import InputError

if TYPE_CHECKING:
    import uvicorn

_HOST = "127.0.0.1"
#: Not `templates/` itself, which Datasette would lend to every other Datasette in this environment.
_TEMPLATES = Path(__file__).parent / "templates" / "newsletter"


def serve_browser(  # noqa: PLR0913  # where, under whose name, and what is told when
    workspace: Workspace,
    *,
    port: int,
    who: str,
    clock: Callable[[], dt.datetime],
    ready: Callable[[str], None],
    waiting: Callable[[int], None] = lambda _: None,
) -> None:
    """Serve the workspace's `contacts.db` on 127.0.0.1 until Ctrl-C; port 0 takes a free one.

    What is written down in the pages is recorded as done by `who`. `ready` is called with the login
    link, which works once, as soon as the server listens; `waiting` before it, with the number of rows,
    where what the pages show must first be brought up to date.
    A database of an older version is brought up to date, which needs no key.
    Raises DatabaseProblem as `open_for_renewing`, and InputError where the port is taken.
    """
    with closing(_listen(port)) as listener:
        port = listener.getsockname()[1]
        datasette = make_browser(workspace, clock, who)
        waiting(_keeper(datasette).behind())
        _keeper(datasette).renew_all()
        hosts = frozenset(f"{name}:{port}" for name in (_HOST, "localhost"))
        link = f"http://{_HOST}:{port}/-/auth-token?token={datasette._root_token}"
        server = _server(guarded(datasette, hosts), lambda: ready(link))
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            return  # the one way to end it
        finally:
            close_browser(datasette)


def make_browser(workspace: Workspace, clock: Callable[[], dt.datetime], who: str) -> Datasette:
    """A Datasette over the workspace's database with our pages, templates and settings. Raises as `open_for_renewing`."""
    keeper = Keeper(workspace.database, clock)
    from datasette.app import Datasette as Application

    datasette = Application(
        files=[str(workspace.database.resolve())],
        metadata=metadata(workspace.config),
        settings=SETTINGS,
        template_dir=str(_TEMPLATES),
    )
    remember(datasette, Browser(workspace, clock, who, keeper))
    return datasette


def _keeper(datasette: Datasette) -> Keeper:
    browser = browser_of(datasette)
    assert browser is not None  # noqa: S101  # it was made a line above
    return browser.keeper


def close_browser(datasette: Datasette) -> None:
    """Let go of its threads and connections."""
    datasette.executor.shutdown(wait=True)
    if browser := browser_of(datasette):
        browser.keeper.close()
    for database in datasette.databases.values():
        database.close()


def guarded_browser(
    workspace: Workspace, clock: Callable[[], dt.datetime], host: str, who: str = "tester"
) -> tuple[Datasette, App]:
    """The browser and its application as it is served under `host`, without a server."""
    datasette = make_browser(workspace, clock, who)
    return datasette, guarded(datasette, frozenset({host}))


def _listen(port: int) -> socket.socket:
    # With the protocol named: asyncio turns off Nagle's waiting only where it reads TCP there, and each
    # page would wait 40 ms for the browser's delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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


def _server(app: App, ready: Callable[[], None]) -> "uvicorn.Server":
    import uvicorn

    class Server(uvicorn.Server):
        """Tells when it listens: a link that is opened sooner shows an error."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            ready()

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # what somebody searched for is nobody's business
        ws="none",
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    return Server(config)
