"""Closed unless opened: who may read our database through any Datasette, and from where."""

import asyncio
import re
import sqlite3
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from newsletter.browse.facets import uncounted
from newsletter.browse.hooks import Datasette, browser_of, last_hook
from newsletter.browse.search import prefix_query
from newsletter.database import APPLICATION_ID

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_FORM = re.compile(r"/people/\d{1,19}/write/[a-z]{1,20}")
#: Far more than any field takes: what is a little too long is then said beside it, with all that was typed.
_FORM_BYTES = 1_000_000
STATIC = "/-/static-plugins/newsletter/"
_LOGIN = "/-/auth-token"
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@last_hook
def permission_allowed(datasette: Datasette, actor: dict[str, Any] | None) -> object:
    """False for a reader who has not logged in, wherever one of our databases is attached.

    It holds for plain `datasette contacts.db` in the same environment too, and for everything that
    such an instance serves: with `--crossdb` another database's SQL could reach ours. Last of all
    hooks, since Datasette lets the last answer decide.
    """
    if browser_of(datasette):
        return _is_root(actor)
    if actor is not None:
        return None

    async def refuse_if_ours() -> bool | None:
        return False if await _holds_ours(datasette) else None

    return refuse_if_ours


@last_hook
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Make a connection to our database read-only, with foreign keys on, and searching by beginnings.

    Last of all hooks, since Datasette's own sets `escape_fts`, which finds whole words only.
    """
    if _is_ours(conn):
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA query_only = ON")
        conn.create_function("escape_fts", 1, prefix_query, deterministic=True)


def guarded(datasette: Datasette, hosts: frozenset[str]) -> App:
    """The browser's application behind a door: known hosts, reading only, and nobody but root.

    The check of Host keeps out a foreign page whose name was pointed at this machine (DNS
    rebinding). Datasette checks each page once more; this holds for pages of other plugins too.
    """
    app: App = datasette.app()

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await app(scope, receive, send)
        # As it was sent, since Datasette finds its pages by that.
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if headers.get("host", "") not in hosts:
            return await _answer(send, 421, "This address is not served here.")
        if scope["method"] not in {"GET", "HEAD"} and (reason := _refusal(scope["method"], path, headers)):
            status, refused = reason
            return await _answer(send, status, await _page(datasette, refused), kind="text/html")
        public = path.startswith(STATIC) or path == _LOGIN
        if not public and not _is_root(_actor(datasette, headers.get("cookie", ""))):
            return await _answer(send, 403, await _page(datasette), kind="text/html")
        if not public and (browser := browser_of(datasette)):
            await asyncio.to_thread(browser.keeper.renew)
        return await app(uncounted(scope, path), receive, _with_headers(send))

    return door


def _refusal(method: str, path: str, headers: dict[str, str]) -> tuple[int, str] | None:
    """Why nothing is taken in, or None for a form of ours sent from a page of ours.

    The token in the form, which Datasette checks, is the second lock; this is the first.
    """
    if method != "POST" or not _FORM.fullmatch(path):
        return 405, "Nothing can be changed here."
    site, own = headers.get("sec-fetch-site", "same-origin"), f"http://{headers['host']}"
    if site != "same-origin" or headers.get("origin") != own:
        return 403, "A form is taken in from these pages only."
    if headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        return 415, "This is not a form."
    length = headers.get("content-length", "")
    if not length.isdigit():
        return 411, "It must be said how long the form is."
    return (413, "This is far longer than any form takes.") if int(length) > _FORM_BYTES else None


async def _page(datasette: Datasette, refused: str = "") -> str:
    """The page outside the door: how to get in, or why a form was `refused`."""
    template = datasette.jinja_env.get_template("door.html")
    return str(await template.render_async(static=STATIC, refused=refused))


def _is_root(actor: dict[str, Any] | None) -> bool:
    return actor is not None and actor.get("id") == "root"


def _actor(datasette: Datasette, cookies: str) -> dict[str, Any] | None:
    """Who the cookie says it is; it is signed with a secret that is new at each start."""
    from http.cookies import CookieError, SimpleCookie

    from itsdangerous import BadSignature

    try:
        signed = SimpleCookie(cookies).get("ds_actor")
        content = datasette.unsign(signed.value, "actor") if signed else {}
    except (BadSignature, CookieError):
        return None
    actor = content.get("a")
    return actor if isinstance(actor, dict) else None


async def _holds_ours(datasette: Datasette) -> bool:
    for database in list(datasette.databases.values()):
        if database.is_memory:
            continue
        try:
            if await database.execute_fn(_is_ours):
                return True
        except sqlite3.Error:
            # What cannot be read might be ours: closed.
            return True
    return False


def _is_ours(conn: sqlite3.Connection) -> bool:
    return bool(conn.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = dict(message, headers=[*message.get("headers", []), *_encoded(_HEADERS)])
        await send(message)

    return sending


async def _answer(send: Send, status: int, text: str, kind: str = "text/plain") -> None:
    body = text.encode()
    headers = {"content-type": f"{kind}; charset=utf-8", "content-length": str(len(body)), **_HEADERS}
    await send({"type": "http.response.start", "status": status, "headers": _encoded(headers)})
    await send({"type": "http.response.body", "body": body})


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]
