"""The public pages in process: a reader's browser without cookies, links as messages have them, and what came in."""

import asyncio
import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any

import httpx

from newsletter.replies import Arrival, Inbox, sealing_key, unseal
from newsletter.tokens import Key, make_token, public_key
from newsletter.webapp.guard import App

#: The workspace's key was rotated once; its public part is what the pages have.
KEY = Key(bytes(range(32)), 1)
PUBLIC = public_key(KEY, sealing_key(KEY))
OPAQUE = bytes(range(10))
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@dataclass
class ReaderSite:
    """The pages at a moment that stands still until it is set on; `client` is where requests come from."""

    inbox: Inbox
    app: App = field(init=False)
    now: dt.datetime = dt.datetime(2022, 10, 3, 9, 0, tzinfo=dt.UTC)
    seconds: float = 0.0
    client: str = "192.0.2.1"

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request, with no memory of those before."""

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(self.client, 50000))
            async with httpx.AsyncClient(transport=transport, base_url="https://news.example.org") as client:
                return await client.request(method, path, **more)

        return asyncio.run(asked())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, fields: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        return self.ask("POST", path, data=fields or {}, **more)

    def proof(self, path: str) -> str:
        """What stands in the form at `path`."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)
        assert found, path
        return found[1]

    def press(self, path: str, fields: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        """The form at `path`, fetched and sent as a browser does."""
        return self.post(path, {"csrf": self.proof(path), **(fields or {})}, **more)

    def arrived(self) -> list[Arrival]:
        return [unseal(one, KEY) for one in self.inbox.sealed()]

    def told(self) -> list[tuple[str, dict[str, object]]]:
        """What came in: kind and data."""
        return [(one.kind, one.data) for one in self.arrived()]


def token(purpose: str = "unsubscribe", opaque: bytes = OPAQUE, key: Key = KEY) -> str:
    """A token as a message has it."""
    return make_token(key, purpose, opaque)
