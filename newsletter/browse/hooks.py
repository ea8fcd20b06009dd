"""Datasette's hook marker, with types, and which Datasette is a browser of ours."""

import asyncio
import datetime as dt
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

from datasette import hookimpl

from newsletter.browse.ready import Keeper
from newsletter.config import Config, Workspace

#: Datasette ships no types.
Datasette = Any
Request = Any
Response = Any

#: What Datasette calls the workspace's `contacts.db`.
DATABASE = "contacts"

Function = TypeVar("Function", bound=Callable[..., Any])


class Marker(Protocol):
    """Marks a function as a hook of Datasette's."""

    def __call__(self, function: Function) -> Function: ...


hook = cast(Marker, hookimpl)
last_hook = cast(Marker, hookimpl(trylast=True))
wrapping_hook = cast(Marker, hookimpl(hookwrapper=True))


@dataclass(frozen=True, slots=True)
class Browser:
    """What the pages need to know beside the database; `who` is named as the one who writes something down.

    `taken` holds digests of the last forms that were taken in: the same one once more is a second click.
    """

    workspace: Workspace
    clock: Callable[[], dt.datetime]
    who: str
    keeper: Keeper
    taken: deque[str] = field(default_factory=lambda: deque(maxlen=1_000))
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def config(self) -> Config:
        return self.workspace.config

    @property
    def today(self) -> dt.date:
        """The day where the workspace is."""
        return self.clock().astimezone(self.config.zone).date()


_BROWSERS: WeakKeyDictionary[Datasette, Browser] = WeakKeyDictionary()


def remember(datasette: Datasette, browser: Browser) -> None:
    """From now on `datasette` is a browser of ours."""
    _BROWSERS[datasette] = browser


def browser_of(datasette: Datasette) -> Browser | None:
    """The browser that `datasette` is, or None for anybody else's, which we leave as it is."""
    return _BROWSERS.get(datasette)


async def rows(datasette: Datasette, sql: str, *values: object) -> list[Any]:
    """The rows that `sql` gives, as mappings. Raises QueryInterrupted beyond the time limit."""
    result = await datasette.get_database(DATABASE).execute(sql, values)
    return list(result.rows)


async def value(datasette: Datasette, sql: str, *values: object) -> Any:
    """The first value of the first row, or None."""
    found = await rows(datasette, sql, *values)
    return found[0][0] if found else None


async def may_look(datasette: Datasette, request: Request) -> Browser:
    """The browser, for the one who logged in. Raises Forbidden for anybody else.

    Datasette checks nothing for a plugin's own pages: each of them begins with this.
    """
    await datasette.ensure_permissions(request.actor, [("view-database", DATABASE), "view-instance"])
    return _BROWSERS[datasette]  # our pages are registered for our browser only
