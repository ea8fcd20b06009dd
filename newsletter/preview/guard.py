"""The door: this machine's name, whoever opened the link, and nothing posted from another page."""

import hmac
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ENTRY, STATIC = "/enter", "/static/"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: For the email itself: no script whatever it holds, nothing from elsewhere, and no way out but new windows.
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src {pictures}; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """Lets in who opened the link, once; keeps what tells them again, for one run of the server."""

    def __init__(self, port: int) -> None:
        self.hosts = frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost"))
        # A browser sends cookies to every port of a host, so that each preview needs a name of its own.
        self.cookie = f"newsletter-preview-{port}"
        self.link = f"http://127.0.0.1:{port}{ENTRY}?token="
        self.form_token = secrets.token_urlsafe(24)
        self._token, self._session = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.link += self._token

    def around(self, app: App, door: str) -> App:
        """`app` behind the door; `door` is the page for those who may not come in."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            if headers.get("host", "") not in self.hosts:
                await answer(send, 421, "This address is not served here.")
            elif scope["path"] == ENTRY:
                await self._enter(scope, send, door, known=self._is_known(headers.get("cookie", "")))
            elif not scope["path"].startswith(STATIC) and not self._is_known(headers.get("cookie", "")):
                await answer(send, 403, door, kind="text/html")
            elif scope["method"] not in {"GET", "HEAD"} and not self._from_here(headers):
                await answer(send, 403, "This was asked for by another page, and was not done.")
            else:
                await app(scope, receive, _with_headers(send))

        return guarded

    def is_ours(self, token: str) -> bool:
        """Whether a form carries the token that our own page put into it."""
        return _same(token, self.form_token)

    async def _enter(self, scope: Scope, send: Send, door: str, *, known: bool) -> None:
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if self._token and _same(token, self._token):
            self._token = ""
            cookie = f"{self.cookie}={self._session}; Path=/; HttpOnly; SameSite=Strict"
            await answer(send, 303, "", more={"location": "/", "set-cookie": cookie})
        elif known:
            await answer(send, 303, "", more={"location": "/"})
        else:
            await answer(send, 403, door, kind="text/html")

    def _is_known(self, cookies: str) -> bool:
        try:
            morsel = SimpleCookie(cookies).get(self.cookie)
        except CookieError:
            return False
        return morsel is not None and _same(morsel.value, self._session)

    def _from_here(self, headers: dict[str, str]) -> bool:
        return headers.get("origin", "") == f"http://{headers['host']}"


async def answer(
    send: Send, status: int, text: str, *, kind: str = "text/plain", more: dict[str, str] | None = None
) -> None:
    """A whole answer."""
    body = text.encode()
    headers = {"content-type": f"{kind}; charset=utf-8", "content-length": str(len(body)), **_HEADERS}
    await send(
        {"type": "http.response.start", "status": status, "headers": _encoded({**headers, **(more or {})})}
    )
    await send({"type": "http.response.body", "body": body})


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _with_headers(send: Send) -> Send:
    """Adds our headers, where the answer has none of the same name."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name.decode("latin-1").lower() for name, _ in message.get("headers", [])}
            added = {name: value for name, value in _HEADERS.items() if name not in given}
            message = dict(message, headers=[*message.get("headers", []), *_encoded(added)])
        await send(message)

    return sending


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
