"""A browser over a database with the standing cast, asked through its application, without a server."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from looking import HOST, Ask, Cast, asking, standing_cast

from newsletter.browse.server import close_browser, guarded_browser
from newsletter.config import Workspace
from newsletter.database import Database

NOW = dt.datetime(2022, 9, 25, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def cast(db: Database) -> Cast:
    """The standing cast, in the workspace's database."""
    people = Cast(db)
    standing_cast(people)
    return people


@pytest.fixture
def browser(db: Database, workspace: Workspace) -> Iterator[Any]:
    """The Datasette and its guarded application."""
    datasette, app = guarded_browser(workspace, lambda: NOW, HOST)
    yield datasette, app
    close_browser(datasette)


@pytest.fixture
def look(browser: Any) -> Ask:
    """Asks as the one who logged in."""
    datasette, app = browser
    return asking(app, {"ds_actor": datasette.sign({"a": {"id": "root"}}, "actor")})


@pytest.fixture
def stranger(browser: Any) -> Ask:
    """Asks as somebody who has not logged in."""
    return asking(browser[1])
