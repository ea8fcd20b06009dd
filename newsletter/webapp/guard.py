"""The door of the public pages: bounds on what comes in, headers on what goes out, and no trace of who came."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_LOG = logging.getLogger(__name__)
#: Nothing of anybody else's, nothing inline, no script at all.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "browsing-topics=(), camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
#: Where even the page that says so could fail; whether anything was kept before the fault is not known.
_SORRY = "Something went wrong here. Please try again later."
_HTTPS_ONLY = {"strict-transport-security": "max-age=31536000"}
#: Seconds for a body that trickles in, and for all that an answer takes, on the slowest line.
_BODY_SECONDS, _ANSWER_SECONDS = 20.0, 600.0


def guarded(app: App, root: str) -> App:
    """`app`, which is asked for paths below `root` and without it, behind the door.

    Neither an address nor a path is logged: of a fault its kind and the lines of our own code that it
    came from, not its words, which may hold what somebody typed.
    """

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # sockets and lifespans: neither is used
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            await _sent(_with_headers(message, scope), send, begun)
            begun = True

        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await app(_below(scope, root), receive, sending)
        except (ClientDisconnect, _Gone):
            return  # nobody is there to be answered
        except Exception as error:
            _LOG.error("a page failed: %s\n%s", type(error).__name__, _places_of(error))
            if not begun:
                await PlainTextResponse(_SORRY, 500)(scope, receive, sending)

    return answering


class BodyTooLarge(Exception):
    """More was sent than a form can be."""


class BodyTooSlow(Exception):
    """What was sent did not come in time."""


class _Gone(Exception):
    """The line has ended, or what came on it was no HTTP, before there was an answer."""


async def _sent(message: Message, send: Send, begun: bool) -> None:
    """Pass it on to the server, which cannot begin an answer on a line that was broken meanwhile."""
    try:
        await send(message)
    except Exception as error:
        if begun:
            raise
        raise _Gone from error


async def read_body(headers: Any, stream: Any, limit: int) -> bytes:
    """What was posted. Raises BodyTooLarge before more than `limit` octets are kept, and BodyTooSlow."""
    told = headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told[:20]) > limit:
        raise BodyTooLarge
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for piece in stream:
                body += piece
                if len(body) > limit:
                    raise BodyTooLarge
    except TimeoutError:
        raise BodyTooSlow from None
    return bytes(body)


def _below(scope: Scope, root: str) -> Scope:
    """The scope with its path as our routes know it, whether or not the proxy has taken `root` off."""
    path = scope["path"]
    if root and (path == root or path.startswith(f"{root}/")):
        return {**scope, "path": path[len(root) :] or "/"}
    return scope


def _with_headers(message: Message, scope: Scope) -> Message:
    """Adds our headers, where the answer has none of the same name."""
    if message["type"] != "http.response.start":
        return message
    given = {name.lower() for name, _ in message.get("headers", [])}
    wanted = {**_HEADERS, **(_HTTPS_ONLY if scope.get("scheme") == "https" else {})}
    added = [(name.encode(), value.encode()) for name, value in wanted.items() if name.encode() not in given]
    return dict(message, headers=[*message.get("headers", []), *added])


def _places_of(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return "\n".join(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
