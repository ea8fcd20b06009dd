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


@pytest.fixture
def group(cast: Cast) -> int:
    """The group that Ada belongs to, met, judged twice, and related to the museum."""
    number = cast.add(
        "engagements", kind="meeting", happened_on="2022-03-01", title="Spring round", said="They want findings",
        follow_up="send notes", due_on="2022-09-20", recorder="Sam", created_at="", updated_at="")  # fmt: skip
    cast.add("engagement_organisations", engagement_id=number, organisation_id=1)
    cast.add("engagement_contacts", engagement_id=number, contact_id=11)
    for influence, interest, day, why in (
        (2, 3, "2021-12-01", "new to us"),
        (4, 5, "2022-08-01", "speaks for the region"),
    ):
        cast.add("stances", organisation_id=1, influence=influence, interest=interest, judged_on=day, judged_by="Sam",
                 why=why, created_at="")  # fmt: skip
    cast.add(
        "relationships",
        kind="works with",
        organisation_id=1,
        to_organisation_id=2,
        since="2020-01-01",
        created_at="",
    )
    cast.add("relationships", kind="chair of", contact_id=11, to_organisation_id=1, created_at="")
    return 1
