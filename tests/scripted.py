"""A mail server on loopback that follows a script: it can misbehave at every verb, and writes down what it takes."""

import asyncio
import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from script import DRIP, ENDLESS, EXTENSIONS, HANG_UP, SILENCE, Act, Scripted, say
from scriptline import Line

__all__ = ["DRIP", "ENDLESS", "EXTENSIONS", "HANG_UP", "SILENCE", "Act", "Scripted", "say", "scripted"]


@contextmanager
def scripted(
    log: Path, *, tls: ssl.SSLContext | None = None, tls_at_once: bool = False, **settings: Any
) -> Iterator[Scripted]:
    """A server on a free port of 127.0.0.1 in a thread of its own, that adds to the file `log`."""
    room = Scripted(log, tls=None if tls_at_once else tls, **settings)
    room.file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    loop = asyncio.new_event_loop()

    async def listen() -> asyncio.Server:
        at_once = tls if tls_at_once else None
        return await loop.create_server(lambda: Line(room), "127.0.0.1", 0, ssl=at_once)

    server = loop.run_until_complete(listen())
    room.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, name="scripted", daemon=True)
    thread.start()
    try:
        yield room
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        _close_all(loop)
        os.close(room.file)


def _close_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    for transport in list(getattr(loop, "_transports", {}).values()):
        transport.abort()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
